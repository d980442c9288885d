"""The words that the checks of Keras exercises say: each has three hints, and wrong answers that earn it."""

import re
from collections import Counter
from pathlib import Path

import pytest

from helpers.checks import hints
from tests.wrong_answers import KERAS, load

pytestmark = pytest.mark.keras

LESSONS = Path(__file__).parents[1] / "lessons"
WRONG, CORRECT = load(*KERAS)

OF_MODELS = (
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
)
"""Slugs that only a layer or a model can earn."""

OTHER_HINTS = {
    "tf_layer": {"not-callable"},
    "freeze": {"rest-frozen", "still-by-the-batch"},
    "capstone": {"too-slow"},
    # Hints of all networks, for what cannot happen here: dense layers have no positions, a number stays as it is.
    "add_batchnorm": {"per-position-statistics", "channels-first-ignored"},
    "generator": {"modifies-input"},
}
"""Hints without wrong answers: those that a slug has beside its own, where it shows in several ways, and others."""


def slugs(exercise):
    return Counter(submission.slug for submission in WRONG if submission.exercise == exercise)


@pytest.mark.parametrize("slug", OF_MODELS)
def test_every_slug_that_only_a_model_can_earn_has_two_wrong_answers(slug):
    assert sum(submission.slug == slug for submission in WRONG) >= 2


@pytest.mark.parametrize("exercise", KERAS)
def test_every_slug_of_an_exercise_has_two_wrong_answers(exercise):
    assert min(slugs(exercise).values()) >= 2


@pytest.mark.parametrize("exercise", KERAS)
def test_every_exercise_has_three_correct_answers(exercise):
    assert sum(submission.exercise == exercise for submission in CORRECT) >= 3


@pytest.mark.parametrize("exercise", KERAS)
def test_every_slug_of_an_exercise_has_three_hints(exercise):
    found = [hint for slug in slugs(exercise) if slug != "not-attempted" for hint in hints.find(exercise, slug)]
    assert all(len(hint) > 20 for hint in found)


@pytest.mark.parametrize("exercise", KERAS)
def test_every_hint_written_for_an_exercise_has_wrong_answers(exercise):
    own = set(hints._lesson(exercise).HINTS[exercise]) - OTHER_HINTS.get(exercise, set())
    assert own <= set(slugs(exercise))


@pytest.mark.parametrize("exercise", KERAS)
def test_no_two_answers_share_a_name(exercise):
    names = Counter(one.name for one in WRONG + CORRECT if one.exercise == exercise)
    assert max(names.values()) == 1


def places():
    """(lesson, heading) for every paragraph that a hint of a Keras exercise sends to."""
    for exercise in KERAS:
        lesson = hints._lesson(exercise)
        third = [where for _, _, where in lesson.HINTS[exercise].values()] + [lesson.WHERE[exercise]]
        for hint in third:
            number = None
            for part in re.findall(r"[Ll]esson (\d\d)|'([^']+)'", hint):
                number = part[0] or number
                if part[1]:
                    yield number, part[1]


@pytest.mark.parametrize(("lesson", "heading"), sorted(set(places())))
def test_a_paragraph_that_a_hint_sends_to_is_a_heading_of_its_lesson(lesson, heading):
    text = "\n".join(found.read_text(encoding="utf-8") for found in LESSONS.glob(f"{lesson}_*.py"))
    found = re.findall(r"^# #{2,3} (.+)$", text, re.MULTILINE)
    assert heading in found, f"hints send to {heading!r}; lesson {lesson} has {found}"
