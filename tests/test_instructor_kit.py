"""The instructor's kit is that of the lessons: each poll has a reply to each answer, each lesson has its page."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import slides
from kit_faults import faults
from sitebuild import kit, symptoms

from helpers.course.lessons import EXERCISES


@pytest.fixture(scope="session")
def root():
    return Path(__file__).resolve().parents[1]


def test_each_lesson_has_its_notes(root):
    notes = {path.stem for path in (root / "docs" / "instructor" / "lessons").glob("*.toml")}
    assert {path.stem for path in (root / "lessons").glob("[0-9]*.py")} <= notes


def test_each_poll_of_each_lesson_has_a_reply_to_each_answer(root):
    found = [f"{name}: {fault}" for name, notes, asked in kit.written(root) for fault in faults(asked, notes)]
    assert found == [], "correct the lesson's file in docs/instructor/lessons/"


def test_a_lessons_page_has_a_question_for_each_usual_wrong_answer(root):
    pages = kit.pages(root, symptoms.causes(root / "docs" / "symptoms.toml"))
    slugs = EXERCISES["backward"].mistakes
    assert [slug for slug in slugs if f"| `{slug}` |" not in pages["05_low_level"]] == []


def test_no_page_says_how_many_people_choose_an_answer(root):
    texts = [path.read_text(encoding="utf-8") for path in (root / "docs" / "instructor").rglob("*.toml")]
    assert not any("% of learners" in text or "% of people" in text for text in texts)


@pytest.fixture(scope="module")
def deck(root):
    return slides.projected(nbformat.read(root / "solutions" / "00_start_here.ipynb", as_version=4))


def kinds(deck, tag):
    found = [cell for cell in deck.cells if tag in cell.metadata.get("tags", ())]
    assert found
    return {cell.metadata.slideshow.slide_type for cell in found}


@pytest.mark.parametrize("tag", ["exercise", "check", "quiz"])
def test_slides_leave_out_solutions_and_what_checks_them(deck, tag):
    assert kinds(deck, tag) == {"skip"}


def test_slides_show_a_figure_without_its_code(deck):
    figures = [cell for cell in deck.cells if cell.cell_type == "code" and slides._pictures(cell)]
    assert figures
    assert all(slides.PICTURE in cell.metadata.tags for cell in figures)


@pytest.mark.parametrize("named", [["99"], ["00", "99"]])
def test_slides_of_an_unknown_lesson_are_refused_and_none_are_written(root, tmp_path, capsys, named):
    assert slides.main([*named, "--to", str(tmp_path / "slides")]) == 1
    there = ", ".join(path.stem for path in sorted((root / "solutions").glob("*.ipynb")))
    assert capsys.readouterr().err == f"No such lesson. Received: '99'. There is: {there}.\n"
    assert not (tmp_path / "slides").exists()


def test_slides_ask_for_nothing_from_elsewhere(root):
    notebook = nbformat.read(root / "solutions" / "00_start_here.ipynb", as_version=4)
    page = slides.export("00_start_here", notebook)
    assert [word for word in page.split('"') if word.startswith(("http://", "https://")) and word.endswith(".js")] == []
    assert "cdnjs" not in page
    assert "plt.show" not in page
    assert "unpkg" not in page


@pytest.mark.parametrize("name", ["00_start_here", "01_theory", "02_benefits", "03_implementation"])
def test_the_ninety_minute_path_needs_no_cell_that_it_leaves_out(name, root):
    notebook = nbformat.read(root / "solutions" / f"{name}.ipynb", as_version=4)
    path = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and {"setup", "path-90"} & set(cell.metadata.get("tags", ()))
    ]
    command = [
        sys.executable,
        "-m",
        "ruff",
        *["check", "--isolated", "--select", "F821", "--output-format", "concise", "-"],
    ]
    done = subprocess.run(command, input="\n\n".join(path), capture_output=True, text=True)
    assert done.stdout.strip() == "All checks passed!"
