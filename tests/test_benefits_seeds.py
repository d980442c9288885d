"""Lesson 02's seven verdicts do not depend on the seeds: three other sets of them give the same.

One claim with one of the sets in `make test-slow`, all in `make test-weekly`.
"""

import pytest

from helpers.lessons.l02 import benefits

VERDICTS = {
    "training_speed": "supported",
    "learning_rates": "supported",
    "initial_weights": "supported",
    "activation_functions": "depends",
    "network_depth": "depends",
    "regularization": "undecided",
    "overall": "undecided",
}
MANY = {"training_speed": 30, "overall": 40}
"""How many seeds the claims take that choose rates with 12 of them and then train more."""


def test_there_is_a_verdict_for_each_of_the_seven_experiments():
    assert list(VERDICTS) == [experiment.__name__ for experiment in benefits.ALL]


SAMPLE = ("initial_weights", 200)


@pytest.mark.timeout(1500)
@pytest.mark.parametrize(
    ("name", "first"),
    [
        pytest.param(name, first, marks=pytest.mark.slow if (name, first) == SAMPLE else pytest.mark.weekly)
        for name in VERDICTS
        for first in (100, 200, 300)
    ],
)
def test_other_seeds_give_the_same_verdict(name, first):
    seeds = range(first, first + 12)
    more = {}
    if name in MANY:
        more, seeds = {"tuning_seeds": seeds}, range(first, first + MANY[name])
    claim = getattr(benefits, name)(seeds, **more, progress=False)
    assert claim.seeds == tuple(seeds)
    assert claim.verdict == VERDICTS[name], claim.table().to_string()
