"""Every lesson's notebook in JupyterLab in a real browser: it runs, nothing fails, nothing leaves the machine.

Set BATCHNORM_COURSE_SCREENSHOTS to a folder to keep a picture of each notebook from top to bottom.
"""

import os
import shutil
from pathlib import Path

import pytest
from browser import NO_FAULTS, chromium, lab

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium()
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    with lab(folder, tmp_path_factory.mktemp("home")) as server, server.browser() as opened:
        yield opened


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_runs_in_jupyterlab_without_a_fault(browser, path):
    with browser.open(f"notebooks/{path.name}") as notebook:
        notebook.run_all(seconds=800)
        widgets = sum("widgets." in line and "import" not in line for line in notebook.sources())
        notebook.tab.wait_for_function(f"document.querySelectorAll('img.course-figure').length >= {widgets}")
        keep_picture(notebook, path.stem)
        assert notebook.faults() == NO_FAULTS


def keep_picture(notebook, name):
    """The whole notebook as a picture, where somebody asks for it."""
    folder = os.environ.get("BATCHNORM_COURSE_SCREENSHOTS")
    if folder:
        panel = ".jp-NotebookPanel .jp-WindowedPanel-outer, .jp-NotebookPanel-notebook"
        height = notebook.tab.evaluate(f"document.querySelector('{panel}').scrollHeight")
        notebook.tab.set_viewport_size({"width": 1100, "height": min(int(height) + 200, 16_000)})
        notebook.tab.wait_for_timeout(1000)
        notebook.tab.screenshot(path=str(Path(folder) / f"{name}.png"))
