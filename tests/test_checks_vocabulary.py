"""The words that checks say: each mistake of each exercise has three hints, and each hint sends to a heading."""

import importlib
import re
from pathlib import Path

import pytest

from helpers.checks import hints
from helpers.course.lessons import EXERCISES, LESSONS
from tests.wrong_answers import NUMPY

ROOT = Path(__file__).parents[1]
COMMON = hints.read_file("common")
ORDER = list(COMMON)
"""Every slug that several exercises share, the first to mend first."""

SOURCES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "helpers" / "checks").rglob("*.py"))
INSTEAD = set(re.findall(r'hint="([\w-]+)"', SOURCES))
"""Hints that a slug has beside its own, where it shows in several ways."""


def tasks():
    """(exercise, Task) for the exercises on arrays."""
    for name in NUMPY:
        module = importlib.import_module(f"helpers.checks.l{EXERCISES[name].lesson}.{name}")
        if hasattr(module, "TASK"):
            yield name, module.TASK


@pytest.mark.parametrize("slug", COMMON)
def test_every_shared_slug_has_a_symptom_and_an_idea(slug):
    assert [len(COMMON[slug][part]) > 20 for part in ("symptom", "idea")] == [True, True]


@pytest.mark.parametrize(("exercise", "slug"), [(e, slug) for e in EXERCISES for slug in EXERCISES[e].mistakes])
def test_every_mistake_of_an_exercise_has_three_hints(exercise, slug):
    assert [len(hint) > 20 for hint in hints.find(exercise, slug)] == [True, True, True]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_hint_of_an_exercise_is_of_one_of_its_mistakes_or_of_any_code(exercise):
    own = {slug for slug, entry in hints.read_exercise(exercise).items() if isinstance(entry, dict)}
    assert own - {*EXERCISES[exercise].mistakes} - INSTEAD <= {*COMMON}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_exercise_says_where_to_read_and_what_passing_means(exercise):
    assert "esson " in hints.find(exercise, "wrong-values")[2]
    assert len(hints.praise(exercise)) > 20


def test_hints_are_those_of_the_course_s_exercises():
    hinted = {name for lesson in LESSONS if lesson.exercises for name in hints.read_file(lesson.number)}
    assert hinted == set(EXERCISES)


@pytest.mark.parametrize(("exercise", "task"), list(tasks()))
def test_a_check_looks_for_mistakes_of_its_exercise_and_names_the_one_to_mend_first(exercise, task):
    slugs = list(dict.fromkeys(mistake.slug for mistake in task.mistakes))
    assert set(slugs) <= set(EXERCISES[exercise].mistakes)
    shared = [slug for slug in slugs if slug in ORDER]
    assert shared == sorted(shared, key=ORDER.index)


def places():
    """(lesson, heading) for every paragraph that a hint sends to."""
    for exercise in EXERCISES:
        for slug in (*EXERCISES[exercise].mistakes, "raises", "wrong-shape", "wrong-values"):
            yield from re.findall(r"[Ll]esson (\d\d), '([^']+)'", hints.find(exercise, slug)[2])


@pytest.mark.parametrize(("lesson", "heading"), sorted(set(places())))
def test_a_paragraph_that_a_hint_sends_to_is_a_heading_of_its_lesson(lesson, heading):
    text = "\n".join(found.read_text(encoding="utf-8") for found in (ROOT / "lessons").glob(f"{lesson}_*.py"))
    found = re.findall(r"^# #{2,3} (.+)$", text, re.MULTILINE)
    assert heading in found, f"hints send to {heading!r}; lesson {lesson} has {found}"
