"""The site, built: Sphinx warns of nothing, every link leads somewhere, and a page asks for nothing from elsewhere."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("myst_nb", reason="the site needs the extra `site`: Sphinx, MyST-NB, the theme")
from bs4 import BeautifulSoup
from notebook_rules import FOLDERS

ROOT = Path(__file__).resolve().parents[1]
WIDGET = "application/vnd.jupyter.widget"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def site(site_html):
    """The site's folder, and each of its pages as a parsed document."""
    pages = {
        path.relative_to(site_html).as_posix(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site_html.rglob("*.html"))
        if "_static" not in path.parts
    }
    return site_html, pages


def links(page):
    return [tag["href"] for tag in page.find_all("a", href=True)]


def test_each_lesson_has_a_page(site):
    _, pages = site
    lessons = {f"lessons/{path.stem}.html" for path in (ROOT / "solutions").glob("*.ipynb")}
    assert lessons <= pages.keys()


@pytest.mark.parametrize(
    "page",
    ["index", "glossary", "symptoms", "results", "contributing", "reference/index", "instructor/index", "search"],
)
def test_each_part_of_the_site_has_a_page(site, page):
    assert f"{page}.html" in site[1]


def test_every_link_inside_the_site_leads_to_a_file_and_a_place_in_it(site):
    html, pages = site
    dead = []
    for name, page in pages.items():
        for href in links(page):
            parts = urlsplit(href)
            if parts.scheme:
                continue
            target = (html / name).parent / unquote(parts.path) if parts.path else html / name
            key = target.resolve().relative_to(html.resolve()).as_posix() if target.exists() else None
            place = unquote(parts.fragment)
            if key is None:
                dead.append(f"{name}: there is no {href}")
            elif (
                place and key in pages and not pages[key].find(id=place) and not pages[key].find(attrs={"name": place})
            ):
                dead.append(f"{name}: no place {href}")
    assert dead == []


def test_every_link_to_the_web_is_well_formed_and_https(site):
    found = {href for page in site[1].values() for href in links(page) if urlsplit(href).scheme}
    wrong = [href for href in found if not re.fullmatch(r"(https://[\w.-]+\.[a-z]{2,}(/\S*)?|mailto:\S+)", href)]
    # The lesson's own machine is where Jupyter answers.
    assert [href for href in wrong if not href.startswith("http://localhost")] == []


def test_no_page_loads_a_script_a_style_or_a_picture_from_elsewhere(site):
    wanted = {"script": "src", "img": "src", "link": "href", "iframe": "src"}
    found = [
        f"{name}: {tag[attribute]}"
        for name, page in site[1].items()
        for kind, attribute in wanted.items()
        for tag in page.find_all(kind, **{attribute: True})
        if re.match(r"(https?:)?//", tag[attribute])
    ]
    assert found == []


def test_no_page_waits_for_a_kernel(site):
    assert [name for name, page in site[1].items() if page.find("script", type=re.compile(WIDGET))] == []


def test_each_quiz_answers_by_itself(site):
    for path in (ROOT / "solutions").glob("*.ipynb"):
        page = site[1][f"lessons/{path.stem}.html"]
        controls = page.select(".quiz input")
        assert len(controls) >= 6, path.stem
        assert all(control.find_next("p", class_="feedback") for control in controls)


def test_each_picture_has_an_alternative_text(site):
    without = [f"{name}: {tag}" for name, page in site[1].items() for tag in page.find_all("img") if not tag.get("alt")]
    assert without == []


def test_the_search_knows_a_lessons_words(site):
    assert "calibration" in (site[0] / "searchindex.js").read_text(encoding="utf-8").lower()


def test_the_mathematics_is_typeset_by_a_script_of_the_site(site):
    assert (site[0] / "_static" / "tex-svg-full.js").exists()
    scripts = [tag["src"] for tag in site[1]["lessons/05_low_level.html"].find_all("script", src=True)]
    assert any("tex-svg-full.js" in source for source in scripts)


def test_no_sentence_of_a_docstring_was_taken_for_a_type(site):
    found = [
        f"{name}: {entry.dt.get('id')}"
        for name, page in site[1].items()
        for entry in page.select("dl.py.property, dl.py.data")
        if any(field.get_text().startswith("Type") for field in entry.select("dl.field-list dt"))
    ]
    assert found == []


def test_formulas_and_code_of_docstrings_keep_their_lines(site):
    assert [name for name, page in site[1].items() if name.startswith("reference/") and page.select("blockquote")] == []
    assert "sum(dy * x_hat)\ndx = gamma" in site[1]["reference/helpers.batchnorm.html"].get_text()


def test_a_layers_arguments_are_shown_and_the_stand_in_of_tensorflow_is_not(site):
    text = site[1]["reference/helpers.tf.batchnorm.html"].get_text()
    assert "epsilon=0.001" in text.replace(" ", "")
    assert not any("stand-in" in page.get_text() for name, page in site[1].items() if name.startswith("reference/"))


def test_no_page_shows_a_path_of_the_machine_that_built_it(site):
    found = re.compile(rf"/(?:{'|'.join(set(FOLDERS) - {'tmp'})})/\w+/")  # a guide may name the folder of what is brief
    assert [name for name, page in site[1].items() if found.search(page.get_text())] == []
