"""The built site in a browser, on a phone and on a desk: nothing overflows, axe finds nothing, nothing is fetched."""

import os
from pathlib import Path

import pytest
from browser import FLAGS, chromium

pytest.importorskip("myst_nb", reason="the site needs the extra `site`: Sphinx, MyST-NB, the theme")
pytest.importorskip("axe_playwright_python", reason="the site needs the extra `site`: axe-core")

WIDTHS = {"phone": 390, "desk": 1400}
SCHEMES = ("light", "dark")
SERIOUS = ("serious", "critical")
pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def visits(site_html):
    """For each page, width and colour scheme: what axe found, how far the page is too wide, what it asked for.

    SITE_PICTURES names a folder for a picture of each, which takes a quarter of the time.
    """
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    pictures, found = os.environ.get("SITE_PICTURES"), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for device, width in WIDTHS.items():
            for scheme in SCHEMES:
                context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
                context.add_init_script(f"localStorage.mode = localStorage.theme = '{scheme}'")
                tab, asked = context.new_page(), []
                tab.on("request", lambda request, asked=asked: asked.append(request.url))
                for path in pages(site_html, scheme):
                    name = path.relative_to(site_html).with_suffix("").as_posix()
                    tab.goto(path.as_uri(), wait_until="load")
                    tab.evaluate("window.MathJax?.startup?.promise")
                    wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                    if pictures:
                        picture = Path(pictures) / f"{name.replace('/', '-')}-{device}-{scheme}.png"
                        tab.screenshot(path=picture, full_page=scheme == "light")
                    serious = [one for one in Axe().run(tab).response["violations"] if one["impact"] in SERIOUS]
                    found.append((f"{name} ({device}, {scheme})", serious, wide, list(asked)))
                    asked.clear()
                context.close()
        browser.close()
    return found


IN_DARK = ["index", "glossary", "symptoms", "lessons/05_low_level", "reference/helpers.experiments.stats"]


def pages(html, scheme):
    """In light all pages, of the helpers' reference every eighth; in dark one of each kind, which share their colours.

    SITE_PAGES names others in a pattern: "*" for every one.
    """
    every = [path for path in sorted(html.rglob("*.html")) if "_static" not in path.parts]
    names = [path.relative_to(html).with_suffix("").as_posix() for path in every]
    if "SITE_PAGES" in os.environ:
        chosen = [path.relative_to(html).match(os.environ["SITE_PAGES"]) for path in every]
    else:
        reference = [name for name in names if name.startswith("reference/")]
        chosen = [name not in reference or name in reference[::8] for name in names]
    return [
        path for path, name, wanted in zip(every, names, chosen) if wanted and (scheme == "light" or name in IN_DARK)
    ]


def test_axe_finds_no_serious_violation(visits):
    found = [
        f"{name}: {one['id']} ({len(one['nodes'])}): {one['nodes'][0]['html'][:150]}"
        for name, serious, _, _ in visits
        for one in serious
    ]
    assert found == []


def test_no_page_is_wider_than_the_screen(visits):
    assert [f"{name}: {wide} pixels too wide" for name, _, wide, _ in visits if wide > 1] == []


def test_nothing_is_asked_of_another_machine(visits):
    assert [url for _, _, _, asked in visits for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_quiz_shows_its_feedback_to_a_click(site_html):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        tab = browser.new_page()
        tab.goto((site_html / "lessons" / "05_low_level.html").as_uri())
        feedback = tab.locator(".quiz .feedback").first
        assert not feedback.is_visible()
        tab.locator(".quiz label").first.click()
        assert feedback.is_visible()
        browser.close()


@pytest.mark.parametrize("name", ["05_low_level", "07_rnns"])
def test_on_a_desk_no_formula_is_cut(site_html, name):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 850})
        tab.goto((site_html / "lessons" / f"{name}.html").as_uri())
        every = "[...document.querySelectorAll('mjx-container[display=true]')]"
        tab.wait_for_function(f"{every}.length && {every}.every(box => box.scrollWidth <= box.clientWidth)")
        browser.close()
