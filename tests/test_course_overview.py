"""The map of the overview, and the learner's marks on it."""

import re
from pathlib import Path

import pytest

from helpers.course import overview, progress
from helpers.course.lessons import EXERCISES, LESSONS, PARTS

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = sorted(path.stem for path in (ROOT / "lessons").glob("*.py"))
ALL = len(EXERCISES)
NAMES = [lesson.name for lesson in LESSONS]


@pytest.fixture
def own_record(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path))


def test_the_map_has_the_lessons_in_order():
    assert [name[:2] for name in NAMES] == [f"{number:02}" for number in range(len(NAMES))]
    assert set(WRITTEN) <= set(NAMES)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_lesson_that_is_written_is_on_the_map_with_its_own_minutes(name):
    lesson = LESSONS[NAMES.index(name)]
    text = (ROOT / "lessons" / f"{name}.py").read_text(encoding="utf-8")
    assert int(re.search(r"(\d+) min", text).group(1)) == lesson.minutes


def test_a_lesson_builds_on_earlier_ones_only():
    for lesson in LESSONS:
        assert all(number < lesson.number for number in lesson.after)


def test_an_empty_record_begins_with_standardize(own_record):
    assert overview.overview().sentence == f"0 of {ALL} exercises passed. Next: standardize, in lesson 00."


def test_a_passed_exercise_has_a_tick_and_a_failed_one_has_none(own_record):
    progress.record("standardize", True)
    progress.record("forward", False, "wrong-axis")
    shown = str(overview.overview())
    assert shown.startswith(f"1 of {ALL} exercises passed. Next: forward, in lesson 01.")
    assert "✓ standardize" in shown
    assert "○ forward" in shown


def test_an_exercise_that_the_course_does_not_have_is_not_counted():
    assert overview.Overview(["standardize", "of_another_version"]).sentence.startswith(f"1 of {ALL} ")


def test_whoever_passed_everything_is_told_so():
    assert overview.Overview(EXERCISES).sentence == f"{ALL} of {ALL} exercises passed. That is all of them."


def test_in_a_notebook_each_lesson_is_a_link_to_the_notebook_beside_it():
    shown = overview.Overview(["standardize"])._repr_html_()
    assert re.findall(r'<a href="(\w+)\.ipynb">', shown) == NAMES
    assert shown.count("✓") == 1
    assert shown.count("○") == ALL - 1


def test_the_table_has_five_columns_in_every_row():
    shown = overview.Overview([])._repr_html_()
    rows = re.findall(r"<tr>(.*?)</tr>", shown)
    assert len(rows) == len(LESSONS) + 1
    assert all(row.count("<td") == 4 for row in rows[1:])
    heads = [int(size) for size in re.findall(r'<th scope="rowgroup" rowspan="(\d+)"', shown)]
    assert heads == [len(lessons) for lessons in PARTS.values()]
