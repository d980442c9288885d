"""Lesson 02's verdicts on each part of its claims: three other sets of seeds give the same, except where it says so.

One claim with one of the sets in `make test-slow`, all in `make test-weekly`.
"""

import pytest

from helpers.lessons.l02 import benefits

S, U = "supported", "undecided"
VERDICTS = {
    "training_speed": (S, S),
    "learning_rates": (S,),
    "initial_weights": (S, S),
    "activation_functions": (U, S, U),
    "network_depth": (U, None, S, S),
    "regularization": (U, U),
    "overall": (U,),
}
"""Of each part, in order; None where the verdict depends on the seeds: at 5 layers (seeds 0, 1000, ..., 7000 and the
eleven after each: supported on two of these eight sets)."""
MANY = {"training_speed": 30, "overall": 40}
"""How many seeds the claims take that choose rates with 12 of them and then train more."""


def test_there_is_a_verdict_for_each_of_the_seven_experiments():
    assert list(VERDICTS) == [experiment.__name__ for experiment in benefits.ALL]


SAMPLE = ("initial_weights", 1000)


@pytest.mark.timeout(1500)
@pytest.mark.parametrize(
    ("name", "first"),
    [
        pytest.param(name, first, marks=pytest.mark.slow if (name, first) == SAMPLE else pytest.mark.weekly)
        for name in VERDICTS
        for first in (1000, 2000, 7000)
    ],
)
def test_other_seeds_give_the_same_verdict(name, first):
    seeds = range(first, first + 12)
    more = {}
    if name in MANY:
        more, seeds = {"tuning_seeds": range(first + 500, first + 512)}, range(first, first + MANY[name])
    claim = getattr(benefits, name)(seeds, **more, progress=False)
    assert claim.seeds == tuple(seeds)
    found = [said and part.verdict for said, part in zip(VERDICTS[name], claim.parts, strict=True)]
    assert found == list(VERDICTS[name]), claim.table().to_string()
