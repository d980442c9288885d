"""The words that checks say: every slug of the course has hints, every one that fits an exercise has wrong answers."""

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

from helpers import checks
from helpers.checks import hints
from helpers.checks.hints import common
from tests.wrong_answers import NUMPY, load

LESSONS = Path(__file__).parents[1] / "lessons"

VOCABULARY = [
    "wrong-axis",
    "divides-by-variance",
    "unbiased-variance",
    "epsilon-outside-sqrt",
    "epsilon-ignored",
    "missing-gamma",
    "missing-beta",
    "gamma-beta-swapped",
    "gamma-wrong-axis",
    "unstable-variance",
    "modifies-input",
    "detached-statistics",
    "detached-variance",
    "detached-mean",
    "sum-not-mean",
    "missing-inverse-std",
    "missing-gamma-in-dx",
    "returns-zeros",
    "momentum-inverted",
    "momentum-ignored",
    "mean-not-sum",
    "std-not-variance",
    "modifies-global-state",
    "moving-not-updated",
    "moving-updated-at-inference",
    "batch-statistics-at-inference",
    "averages-std",
    "variance-starts-at-zero",
    "per-position-statistics",
    "instance-statistics",
    "channels-first-ignored",
    "shared-over-time",
    "stats-over-padding",
    "no-step-beyond-last",
    "two-factors-changed",
    "nothing-changed",
    "averages-batch-variances",
    "ignores-counts",
    "whole-batch-statistics",
    "bias-kept",
    "no-batchnorm",
    "after-output",
    "missing-training-flag",
    "uses-test-data",
    "frozen-wrongly",
    "decays-gamma-beta",
    "model-changed",
    "fold-ignores-bias",
    "fold-ignores-epsilon",
    "pytorch-momentum-same",
    "restored-without-moving-statistics",
    "not-attempted",
    "wrong-shape",
    "wrong-dtype",
    "not-finite",
    "raises",
    "wrong-values",
]
"""Every slug of the course, the first to mend first."""

OF_MODELS = {
    "moving-updated-at-inference",
    "variance-starts-at-zero",
    "bias-kept",
    "no-batchnorm",
    "after-output",
    "missing-training-flag",
    "uses-test-data",
    "frozen-wrongly",
    "decays-gamma-beta",
    "model-changed",
    "restored-without-moving-statistics",
}
"""Slugs that only a layer or a model can earn, not a function of arrays."""

WRONG, CORRECT = load(*NUMPY)
TASKS = {
    name: importlib.import_module(f"helpers.checks.{checks.MODULES[name]}").TASK
    for name in NUMPY
    if name not in ("fair_comparison", "to_pytorch")
}


@pytest.mark.parametrize("slug", VOCABULARY)
def test_every_slug_has_a_symptom_and_an_idea_for_any_exercise(slug):
    assert [len(hint) > 20 for hint in common.HINTS[slug]] == [True, True]


@pytest.mark.parametrize("slug", sorted(set(VOCABULARY) - OF_MODELS))
def test_every_slug_that_numpy_code_can_earn_has_two_wrong_answers(slug):
    assert sum(submission.slug == slug for submission in WRONG) >= 2


@pytest.mark.parametrize("exercise", NUMPY)
def test_every_slug_of_an_exercise_has_two_wrong_answers_written_in_different_ways(exercise):
    counted = Counter(submission.slug for submission in WRONG if submission.exercise == exercise)
    assert min(counted.values()) >= 2


@pytest.mark.parametrize("exercise", TASKS)
def test_every_mistake_that_a_check_looks_for_has_a_wrong_answer(exercise):
    known = {mistake.slug for mistake in TASKS[exercise].mistakes}
    assert known <= {submission.slug for submission in WRONG if submission.exercise == exercise}


@pytest.mark.parametrize("exercise", NUMPY)
def test_every_exercise_has_three_correct_answers(exercise):
    assert sum(submission.exercise == exercise for submission in CORRECT) >= 3


@pytest.mark.parametrize("exercise", TASKS)
def test_of_several_mistakes_the_one_that_stands_first_in_the_vocabulary_is_named(exercise):
    slugs = [mistake.slug for mistake in TASKS[exercise].mistakes if mistake.slug in VOCABULARY]
    assert slugs == sorted(slugs, key=VOCABULARY.index)


@pytest.mark.parametrize("exercise", NUMPY)
def test_every_slug_of_an_exercise_has_three_hints(exercise):
    slugs = {submission.slug for submission in WRONG if submission.exercise == exercise} - {"not-attempted"}
    assert all(isinstance(hint, str) for slug in slugs for hint in hints.find(exercise, slug))


@pytest.mark.parametrize("exercise", checks.MODULES)
def test_every_exercise_says_where_to_read_and_what_passing_means(exercise):
    where = hints.find(exercise, "wrong-values")[2]
    assert "esson " in where
    assert len(hints.praise(exercise)) > 20


def test_there_are_twenty_two_exercises():
    assert len(checks.MODULES) == len(hints.LESSONS) == 22


def headings(number):
    """The headings of a lesson; none where there is no such lesson."""
    text = "\n".join(found.read_text(encoding="utf-8") for found in LESSONS.glob(f"{number}_*.py"))
    return re.findall(r"^# #{2,3} (.+)$", text, re.MULTILINE)


def places():
    """(lesson, heading) for every paragraph that a hint of a NumPy exercise sends to."""
    for exercise in NUMPY:
        module = importlib.import_module(f"helpers.checks.hints.lesson_{hints.LESSONS[exercise]}")
        third = [where for _, _, where in module.HINTS[exercise].values() if where] + [module.WHERE[exercise]]
        for hint in third:
            yield from re.findall(r"Lesson (\d\d), '([^']+)'", hint)


@pytest.mark.parametrize(("lesson", "heading"), sorted(set(places())))
def test_a_paragraph_that_a_hint_sends_to_is_a_heading_of_its_lesson(lesson, heading):
    found = headings(lesson)
    assert heading in found, f"hints send to {heading!r}; lesson {lesson} has {found}"
