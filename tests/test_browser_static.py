"""The committed solutions where no kernel runs, a page or JupyterLab before a cell is run: each widget is a picture."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from browser import FLAGS, Browser, chromium, lab
from nbconvert import HTMLExporter

from helpers import widgets

ROOT = Path(__file__).resolve().parents[1]
CALL = re.compile(r"^widgets\.([A-Z]\w+)\(", re.MULTILINE)
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


def with_widgets():
    """The solutions that show widgets, and how many each."""
    found = {}
    for path in sorted((ROOT / "solutions").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        found[path] = [cell for cell in cells if cell.cell_type == "code" and CALL.search(cell.source)]
    return {path: cells for path, cells in found.items() if cells}


SHOWN = with_widgets()


def test_every_widget_is_in_a_solution():
    shown = [name for cells in SHOWN.values() for cell in cells for name in CALL.findall(cell.source)]
    assert sorted(shown) == sorted(name for name in widgets.__all__ if name != "record")


@pytest.fixture(scope="module")
def chrome():
    from playwright.sync_api import sync_playwright

    chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_a_static_page_shows_a_picture_of_each_widget(chrome, path, tmp_path):
    page = tmp_path / "page.html"
    body, _ = HTMLExporter().from_filename(str(path))
    page.write_text(body, encoding="utf-8")
    tab = chrome.new_page()
    tab.goto(page.as_uri(), wait_until="domcontentloaded")
    for cell in SHOWN[path]:
        picture = tab.locator(f'[id="cell-id={cell.id}"] .jp-OutputArea-output img')
        assert picture.count() == 1
        assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 600
    tab.close()


def test_jupyterlab_shows_the_picture_before_a_cell_is_run(chrome, tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    path = next(path for path in SHOWN if path.stem == "01_theory")
    shutil.copy(path, folder)
    with lab(folder, tmp_path_factory.mktemp("home")) as server, Browser(server, chrome).open(path.name) as notebook:
        whole = notebook.tab.inner_text(".jp-NotebookPanel")
        assert "model not found" not in whole
        cells = notebook.tab.locator(".jp-CodeCell").filter(has_text=re.compile(r"widgets\.(Trans|Activ)"))
        assert cells.count() == len(SHOWN[path])
        for cell in cells.all():
            assert cell.locator(".jp-OutputArea-output img").count() == 1
