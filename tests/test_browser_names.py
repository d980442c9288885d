"""Widgets and quizzes for a screen reader and a keyboard: everything has a name, and nothing needs the mouse."""

import re

import nbformat
import pytest
from browser import NO_FAULTS, chromium, lab
from browser_widgets import Widget
from lessonbuild.notebooks import METADATA
from test_browser_widgets import CELLS

from helpers import widgets
from helpers.course import quiz

pytest.importorskip("axe_playwright_python", reason="what axe-core finds needs the extra `site`")
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(480)]

QUIZ = "00_start_here"
# Lines of Playwright's accessibility tree such as `- button "Start"`; one without a name is `- button`.
ROLES = "slider|spinbutton|combobox|button|img|textbox|radio|checkbox"
CONTROL = re.compile(rf"^- '?({ROLES})\b(?: \"(.*?)\")?", re.MULTILINE)


@pytest.fixture(scope="module", params=["lab", "notebook"])
def page(request, tmp_path_factory):
    chromium()
    folder = tmp_path_factory.mktemp("course")
    cells = [nbformat.v4.new_markdown_cell("$$x^2$$", id="formula")]  # with MathJax in the page
    sources = [*CELLS, f"from helpers.course import quiz\nquiz.show({QUIZ!r})"]
    cells += [nbformat.v4.new_code_cell(source, id=f"cell-{place}") for place, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), folder / "names.ipynb")
    with (
        lab(folder, tmp_path_factory.mktemp("home")) as server,
        server.browser() as browser,
        browser.open("names.ipynb", app=request.param) as notebook,
    ):
        notebook.run_all()
        notebook.tab.wait_for_selector(".Quiz .MCButton")
        yield notebook


def controls(page, where):
    """Role and name of each control and picture in the elements of this class."""
    trees = [element.aria_snapshot() for element in page.tab.locator(where).all()]
    return [found for tree in trees for found in CONTROL.findall(re.sub(r"^ +", "", tree, flags=re.MULTILINE))]


def test_each_control_and_picture_of_a_widget_has_a_name(page):
    found = controls(page, ".course-widget")
    assert [role for role, name in found if not name.strip()] == []
    pictures = [name for role, name in found if role == "img"]
    assert len(pictures) == len(set(pictures)) == sum(name[0].isupper() for name in widgets.__all__)
    assert all(name.endswith(": the text below says what this picture shows.") for name in pictures)


def test_each_option_and_field_of_a_quiz_has_a_name(page):
    found = controls(page, ".Quiz")
    options = [answer["answer"] for one in quiz.load(QUIZ) if one["type"] != "numeric" for answer in one["answers"]]
    assert sorted(name for role, name in found if role == "button") == sorted(options)
    assert [name for role, name in found if role == "textbox"] == ["Type numeric answer here:"]


@pytest.mark.parametrize("where", [".course-widget", ".Quiz"])
def test_axe_finds_nothing(page, where):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page.tab, context=where).response["violations"]
    assert [f"{one['id']} ({len(one['nodes'])}): {one['nodes'][0]['html'][:150]}" for one in found] == []


def test_a_slider_is_dragged_by_mouse_and_no_stop_for_the_keyboard(page):
    explorer = Widget(page.tab, "Transform explorer")
    explorer.root.scroll_into_view_if_needed()
    box = explorer.slider("shift").locator(".noUi-touch-area").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    with explorer.changing():
        page.tab.mouse.move(x, y)
        page.tab.mouse.down()
        page.tab.mouse.move(x - 30, y, steps=5)
        page.tab.mouse.up()
    assert float(explorer.control("shift").input_value()) < 8
    explorer.control("shift").focus()
    page.tab.keyboard.press("Tab")
    assert explorer.control("scale").evaluate("field => field === document.activeElement")


@pytest.mark.parametrize("key", ["Enter", " "])
def test_every_option_of_a_quiz_is_reached_by_tab_and_says_its_feedback(page, key):
    for place, question in enumerate(quiz.load(QUIZ)):
        if question["type"] == "numeric":
            continue
        box = page.tab.locator(".Quiz").nth(place)
        box.locator("input").first.focus()
        said = {}
        for _ in question["answers"]:
            option = page.tab.evaluate("document.activeElement.closest('label').innerText")
            frame = page.tab.evaluate("getComputedStyle(document.activeElement.closest('label')).outlineStyle")
            page.tab.keyboard.press(key)
            said[option.strip()] = box.get_by_role("status").inner_text().strip()
            assert frame == "solid"
            page.tab.keyboard.press("Tab")
        assert said == {answer["answer"]: answer["feedback"] for answer in question["answers"]}
    page.tab.wait_for_timeout(1000)  # what the quiz's script does later
    assert page.faults() == NO_FAULTS


def test_a_number_is_typed_and_gets_its_feedback(page):
    place, question = next((k, one) for k, one in enumerate(quiz.load(QUIZ)) if one["type"] == "numeric")
    box = page.tab.locator(".Quiz").nth(place)
    for answer in question["answers"]:
        if answer["type"] == "value":
            box.get_by_role("textbox").fill(f"{answer['value']:g}")
            box.get_by_role("textbox").press("Enter")
            assert box.get_by_role("status").inner_text().strip() == answer["feedback"]
    assert page.faults() == NO_FAULTS
