"""tools/picture.py: the README's picture is a figure of an executed lesson."""

import base64
import re
from pathlib import Path

import nbformat
import picture
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[1]


def cell(identifier, data):
    return new_code_cell("x", id=identifier, outputs=[new_output("display_data", data=data)])


def test_the_first_picture_below_the_heading_is_taken():
    png = base64.b64encode(b"picture").decode()
    other = base64.b64encode(b"other").decode()
    notebook = new_notebook(
        cells=[
            cell("04-before-1", {"image/png": other}),
            cell("04-races-1", {"text/plain": "12"}),
            cell("04-races-2", {"image/png": png}),
            cell("04-races-3", {"image/png": other}),
        ]
    )
    assert picture.figure(notebook, "04-races-") == b"picture"


def test_a_heading_without_a_figure_is_an_error():
    with pytest.raises(
        ValueError,
        match=r"^A figure is needed below the heading\. Received: heading='04-none-'\. Name one that has a figure\.$",
    ):
        picture.figure(new_notebook(), "04-none-")


def test_the_readmes_picture_is_that_of_the_executed_lesson():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (target,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", readme)
    notebook = nbformat.read(ROOT / picture.NOTEBOOK, as_version=4)
    assert (ROOT / target).read_bytes() == picture.figure(notebook, picture.HEADING), "run tools/picture.py"


def test_each_link_of_the_readme_and_of_contributing_leads_somewhere():
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert target.startswith("https://") or (ROOT / target).exists(), f"{name}: {target}"
