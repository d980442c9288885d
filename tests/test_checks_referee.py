"""The referee: right submissions pass and wrong ones are called by one of their own slips, whatever their form.

`make test` takes a few of each exercise, `make test-weekly` thousands, with its table (`pytest -s`); REFEREE_SEED
draws others.
"""

import os

import pytest

from tests.referee import judged, line, misjudged
from tests.wrong_answers import KERAS, NUMPY

TRAINING = ("capstone", "examine", "mystery")
"""Exercises whose check trains or builds many networks, seconds each."""

FEW = [exercise for exercise in NUMPY if exercise not in TRAINING]

SEED = int(os.environ.get("REFEREE_SEED", 0))


def errors(exercise, number, seed):
    verdicts = judged(exercise, number, seed=SEED + seed)
    print("\n" + line(exercise, verdicts), end=" ")
    return misjudged(verdicts)


@pytest.mark.parametrize("exercise", FEW)
def test_a_few_submissions_are_judged_rightly(exercise):
    assert errors(exercise, 9, seed=0) == []


@pytest.mark.weekly
@pytest.mark.parametrize("exercise", FEW)
def test_hundreds_of_submissions_are_judged_rightly(exercise):
    assert errors(exercise, 180, seed=1) == []


@pytest.mark.weekly
@pytest.mark.keras
@pytest.mark.parametrize("exercise", [*KERAS, "mystery"])
def test_submissions_to_networks_are_judged_rightly(exercise):
    assert errors(exercise, 5 if exercise in TRAINING else 40, seed=2) == []
