"""Lesson 00 in JupyterLab in a real browser: it runs to the end, and nothing leaves the machine."""

import shutil
from pathlib import Path

import nbformat
import pytest
from browser import chromium, lab

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "00_start_here.ipynb"
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Lesson 00, all its cells run in a browser."""
    chromium()
    folder = tmp_path_factory.mktemp("course")
    (folder / "notebooks").mkdir()
    shutil.copy(NOTEBOOK, folder / "notebooks")
    with lab(folder, tmp_path_factory.mktemp("home")) as server, server.open(f"notebooks/{NOTEBOOK.name}") as notebook:
        notebook.run_all()
        yield notebook


def test_each_cell_ran_in_order(run):
    ran = [int(prompt.strip("[]: ")) for prompt in run.prompts()]
    assert ran == sorted(set(ran))
    # Cells whose source is folded show no number: those before them and behind them do.
    cells = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code" and cell.source]
    shown = [place for place, cell in enumerate(cells, 1) if "pinned" not in cell.metadata.get("tags", ())]
    assert ran == shown


def test_no_output_is_an_error_or_went_to_stderr(run):
    assert run.errors() == []


def test_a_figure_is_in_the_page(run):
    assert run.tab.locator(".jp-OutputArea-output img").count() > 0


def test_nothing_was_asked_of_another_machine(run):
    assert run.outside() == []
    assert any("/api/kernels" in url for url in run.asked)
