"""A lesson's notebook in JupyterLab in a real browser: it runs, nothing fails, nothing leaves the machine.

Two lessons in `make test-slow`, one with widgets and one with Keras; all in `make test-weekly`.

Set BATCHNORM_COURSE_SCREENSHOTS to a folder to open the solved lessons instead, and to keep what a reader sees of each
from top to bottom: 05_low_level-00.png, 05_low_level-01.png and so on, each a screen further down.
"""

import os
import shutil
from pathlib import Path

import pytest
from browser import NO_FAULTS, chromium, lab

ROOT = Path(__file__).resolve().parents[1]
PICTURES = os.environ.get("BATCHNORM_COURSE_SCREENSHOTS")
COPIES = ROOT / ("solutions" if PICTURES else "notebooks")
NOTEBOOKS = sorted(COPIES.glob("*.ipynb"))
SAMPLE = ("01_theory", "10_in_production")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
# Scroll the notebook to a place; says where that is, how high the notebook is and how much of it is seen.
SCROLL = """place => {
    const outer = document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer')
    outer.scrollTop = place
    return [outer.scrollTop, outer.scrollHeight, outer.clientHeight]
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium()
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(COPIES, folder / COPIES.name, ignore=shutil.ignore_patterns(".*"))
    with lab(folder, tmp_path_factory.mktemp("home")) as server, server.browser() as opened:
        yield opened


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=pytest.mark.slow if path.stem in SAMPLE else pytest.mark.weekly)
        for path in NOTEBOOKS
    ],
)
def test_a_lesson_runs_in_jupyterlab_without_a_fault(browser, path):
    with browser.open(f"{COPIES.name}/{path.name}") as notebook:
        notebook.run_all(seconds=800)
        widgets = sum("widgets." in line and "import" not in line for line in notebook.sources())
        notebook.tab.wait_for_function(f"document.querySelectorAll('img.course-figure').length >= {widgets}")
        assert notebook.faults() == NO_FAULTS
        if PICTURES:
            keep_pictures(notebook, path.stem, Path(PICTURES))
            assert notebook.faults() == NO_FAULTS


def keep_pictures(notebook, name, folder):
    """Pictures of the whole notebook, a screen each; the last one overlaps the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    panel = notebook.tab.locator(".jp-NotebookPanel .jp-WindowedPanel-outer")
    place, number, end = 0, 0, False
    while not end:
        place, whole, seen = notebook.tab.evaluate(SCROLL, place)
        notebook.tab.wait_for_timeout(400)
        panel.screenshot(path=folder / f"{name}-{number:02}.png")
        end = place + seen >= whole - 1
        place, number = place + seen, number + 1
