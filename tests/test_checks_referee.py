"""The referee: right submissions pass and wrong ones are called by one of their own slips, whatever their form.

`make test` takes a few of each exercise, `make test-weekly` thousands.
"""

import pytest

from tests.referee import judged
from tests.wrong_answers import KERAS, NUMPY

TRAINING = ("capstone", "examine", "mystery")
"""Exercises whose check trains or builds many networks, seconds each."""

FEW = [exercise for exercise in NUMPY if exercise not in TRAINING]


def misjudged(exercise, number, seed):
    return [
        f"{sorted(one.slips) or 'right'} was called {one.said or 'right'}:\n{one.what}"
        for one in judged(exercise, number, seed=seed)
        if not one.just
    ]


@pytest.mark.parametrize("exercise", FEW)
def test_a_few_submissions_are_judged_rightly(exercise):
    assert misjudged(exercise, 9, seed=0) == []


@pytest.mark.weekly
@pytest.mark.parametrize("exercise", FEW)
def test_hundreds_of_submissions_are_judged_rightly(exercise):
    assert misjudged(exercise, 180, seed=1) == []


@pytest.mark.weekly
@pytest.mark.keras
@pytest.mark.parametrize("exercise", [*KERAS, "mystery"])
def test_submissions_to_networks_are_judged_rightly(exercise):
    assert misjudged(exercise, 5 if exercise in TRAINING else 40, seed=2) == []
