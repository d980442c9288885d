"""A widget of the course in a page: its controls found by their labels, its picture, its text, and how quick it is."""

import contextlib

# The time of the key press is the browser's own; the picture counts once it is decoded and the next frame is due.
WATCH = """picture => {
    window.pressed = window.changed = null;
    document.addEventListener('keydown', event => { window.pressed = event.timeStamp }, {once: true, capture: true});
    picture.addEventListener('load', () => requestAnimationFrame(now => { window.changed = now }), {once: true});
}"""


class Widget:
    """One widget of the course, by the beginning of the sentence above it, such as "Transform explorer"."""

    def __init__(self, tab, name):
        self.tab = tab
        self.root = tab.locator(".course-widget").filter(has_text=name).last
        self.picture = self.root.locator("img.course-figure")
        self.root.wait_for(timeout=60_000)
        self.picture.wait_for(timeout=60_000)

    @property
    def text(self):
        return self.root.locator(".course-text").inner_text()

    @property
    def address(self):
        """The address of the picture; each picture has its own."""
        return self.picture.get_attribute("src")

    def labels(self):
        """The labels of all controls."""
        return [one.strip() for one in self.root.locator(".widget-label").all_inner_texts() if one.strip()]

    def control(self, label):
        """The field of this label."""
        return self.root.get_by_label(label).first

    def slider(self, label):
        """The slider behind the field of this label."""
        row = self.root.locator(".widget-hbox").filter(has=self.tab.locator(".widget-label", has_text=label))
        return row.locator(".noUi-target").first

    def button(self, name):
        return self.root.get_by_role("button", name=name)

    def begin_with(self, label, value):
        """Type a value and press Enter, whether the picture changes or not."""
        self.control(label).fill(value)
        self.control(label).press("Enter")
        self.tab.wait_for_timeout(1000)

    def enter(self, label, value):
        """Type a value, press Enter and wait for the new picture; the milliseconds between the two."""
        self.control(label).fill(value)
        return self.press(label, "Enter")

    def press(self, label, key):
        """Press a key in a field and wait for the new picture; the milliseconds between the two."""
        control = self.control(label)
        control.focus()
        self.picture.evaluate(WATCH)
        control.press(key)
        self.tab.wait_for_function("window.changed", timeout=30_000)
        return self.tab.evaluate("window.changed - window.pressed")

    @contextlib.contextmanager
    def changing(self):
        """Wait until what is done inside has changed the picture."""
        before = self.address
        yield
        self.tab.wait_for_function(
            "([picture, before]) => picture.src !== before && picture.complete && picture.naturalWidth > 0",
            arg=[self.picture.element_handle(), before],
            timeout=30_000,
        )

    def wait_for_text(self, words, seconds=30):
        self.root.locator(".course-text").filter(has_text=words).wait_for(timeout=seconds * 1000)
