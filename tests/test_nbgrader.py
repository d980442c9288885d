"""A lesson as an nbgrader assignment: generated, autograded and answered by nbgrader itself."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import assignment
import nbformat
import pytest
from lessonbuild import source

from helpers.course.lessons import EXERCISES

ROOT = Path(__file__).resolve().parents[1]
NAME = "00_start_here"
RIGHT = "    return (x - x.mean(axis=0)) / x.std(axis=0)"
WRONG = "    return (x - x.mean(axis=0)) / x.var(axis=0)"
REBINDS = """\
    return x


class checks:
    standardize = staticmethod(lambda answer: type("Passed", (), {"passed": True}))"""
ANSWERS = {"right": RIGHT, "wrong": WRONG, "wrong_2": WRONG, "wrong_3": WRONG, "rebinds": REBINDS}
STUB = re.compile(r"^ *# YOUR CODE HERE\n *raise NotImplementedError\(\)$", re.MULTILINE)


def lesson(name):
    return source.read(next((ROOT / "lessons").glob(f"{name}*.py")))


def graded(notebook):
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def test_each_exercise_of_lesson_05_has_a_test_cell_worth_ten_points():
    made = assignment.assignment(lesson("05"))
    assert [cell.metadata.nbgrader.points for cell in graded(made)] == [10] * sum(
        exercise.lesson == "05" for exercise in EXERCISES.values()
    )


def test_a_tilde_that_the_shell_left_as_it_is_means_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert assignment.folder("~/my-course") == tmp_path.resolve() / "my-course"


@pytest.mark.parametrize("arguments", [("05", ""), ("05", " "), ("", "course"), ("", "")])
def test_a_lesson_or_a_course_that_was_left_out_is_refused(arguments, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert assignment.main(list(arguments)) == 1
    given = "LESSON={!r}, COURSE={!r}".format(*arguments)
    assert capsys.readouterr().err == (
        f"An assignment needs a lesson and the folder of a course. Received: {given}. "
        "Run `make assignment LESSON=05 COURSE=DIR`.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_lesson_is_refused_with_those_there_are(tmp_path, capsys):
    assert assignment.main(["99", str(tmp_path)]) == 1
    there = ", ".join(path.stem for path in sorted((ROOT / "lessons").glob("*.py")))
    assert capsys.readouterr().err == f"No such lesson. Received: '99'. There is: {there}.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["5", "05", "05_low_level"])
def test_a_lesson_is_named_by_its_number_or_its_name(name, tmp_path):
    assert assignment.asked(name, str(tmp_path)) == (ROOT / "lessons" / "05_low_level.py", tmp_path.resolve())


def test_a_test_cell_fails_where_the_check_does_not_pass():
    cell = graded(assignment.assignment(lesson("00")))[0]
    assert "assert result.passed" in cell.source
    assert "checks.standardize(standardize)" in cell.source


def test_the_source_keeps_the_solution_between_its_marks():
    made = assignment.assignment(lesson("00"))
    answers = [cell for cell in made.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    assert all("### BEGIN SOLUTION" in cell.source for cell in answers)
    assert len(answers) == 1


def test_a_lesson_without_exercises_is_refused():
    only_text = replace(lesson("04"), cells=lesson("04").cells[:1])
    with pytest.raises(ValueError, match=r"^An assignment needs an exercise with a check. Received: 04_demo, which "):
        assignment.assignment(only_text)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with lesson 00, of which learners hand in ANSWERS."""
    pytest.importorskip("nbgrader", reason="nbgrader is not installed: it comes with the extra `test`")
    folder = tmp_path_factory.mktemp("course")
    command = [sys.executable, str(ROOT / "tools" / "assignment.py"), "00", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=900)
    released = nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    for learner, answer in ANSWERS.items():
        copy = nbformat.from_dict(released)
        for cell in copy.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = STUB.sub(answer, cell.source)
                assert answer in cell.source
        place = folder / "submitted" / learner / NAME
        place.mkdir(parents=True)
        nbformat.write(copy, place / f"{NAME}.ipynb")
    home = folder / "home"
    environment = assignment.environment() | {"BATCHNORM_COURSE_HOME": str(home), "IPYTHONDIR": str(home)}
    for step in (["autograde", NAME, "--create"], ["generate_feedback", NAME]):
        command = [sys.executable, "-m", "nbgrader", *step]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment, timeout=900)
    return folder


def score(course, learner):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        return book.find_submission(NAME, learner).score


def feedback(course, learner):
    return (course / "feedback" / learner / NAME / f"{NAME}.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.timeout(1800)
class TestARealRun:
    def test_the_released_notebook_holds_a_stub_and_no_solution(self, course):
        text = (course / "release" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
        assert "raise NotImplementedError()" in text
        assert RIGHT.strip() not in text

    def test_the_right_answer_gets_all_points(self, course):
        assert score(course, "right") == 10

    @pytest.mark.parametrize("learner", ["wrong", "rebinds"])
    def test_the_wrong_answer_gets_none(self, course, learner):
        assert score(course, learner) == 0

    def test_the_feedback_names_the_mistake_and_is_the_same_for_the_same_answer(self, course):
        told = {
            re.search("divides-by-variance: .+", feedback(course, one)).group() for one in ANSWERS if "wrong" in one
        }
        assert len(told) == 1

    def test_the_feedback_on_the_right_answer_names_none(self, course):
        assert "AssertionError" not in feedback(course, "right")

    def test_grading_writes_no_record(self, course):
        assert not list(course.rglob("progress.json"))
