"""helpers.experiments.arguments: what stands for seeds and experiments, and where their number ends."""

import dataclasses
import itertools

import numpy as np
import pytest

from helpers.experiments import Experiment, arguments, train

BASE = Experiment(batch_norm=True, activation="relu")
OTHER = dataclasses.replace(BASE, batch_norm=False)
SEEDS = "Pass a number of seeds, such as 5, or different integers from 0 up, such as [3, 4]."
ONE_ALONE = "Pass a list; for one experiment alone call train."


def refused(call, *given, error=ValueError):
    with pytest.raises(error) as caught:
        call(*given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "seeds"),
    [
        (1, (0,)),
        (3, (0, 1, 2)),
        (np.int64(2), (0, 1)),
        ([4, 2], (4, 2)),
        (range(2, 4), (2, 3)),
        (np.array([0, 7]), (0, 7)),
        (iter([5]), (5,)),
    ],
)
def test_seeds_are_a_tuple_of_integers(given, seeds):
    assert arguments.seeds(given) == seeds


def test_ten_thousand_seeds_are_the_most():
    assert arguments.seeds(10_000) == arguments.seeds(range(10_000)) == tuple(range(10_000))
    assert refused(arguments.seeds, 10_001) == f"`seeds` must be at most 10,000. Received: seeds=10001. {SEEDS}"


@pytest.mark.parametrize("more", [range(10_001), itertools.count()])
def test_a_longer_sequence_of_seeds_is_refused(more):
    assert refused(arguments.seeds, more) == f"`seeds` must be at most 10,000. Received: seeds={more!r}. {SEEDS}"


@pytest.mark.parametrize(
    ("value", "need"),
    [
        *[(value, "be at least 1") for value in (0, -2)],
        *[(value, "be an integer") for value in (2.5, "five", b"ab", True)],
        *[(value, "be at least one, each different") for value in ([], [1, 2, 1])],
        *[(value, "hold integers, each at least 0") for value in ([0, -1], [0.5])],
    ],
)
def test_seeds_that_are_refused(value, need):
    message = f"`seeds` must {need}. Received: seeds={value!r}. {SEEDS}"
    assert refused(train, BASE, value, error=(TypeError, ValueError)) == message


@pytest.mark.parametrize("given", [[BASE, OTHER], (BASE, OTHER), iter([BASE, OTHER]), {BASE: 1, OTHER: 2}])
def test_any_sequence_of_experiments_becomes_a_list(given):
    assert arguments.experiments(given) == [BASE, OTHER]


@pytest.mark.parametrize("given", [BASE, "relu", 3, None])
def test_what_holds_no_experiments_is_refused(given):
    shown = repr(given) if len(repr(given)) < 300 else repr(given)[:299] + "…"
    message = f"`experiments` must be a sequence of Experiments. Received: experiments={shown}. {ONE_ALONE}"
    assert refused(arguments.experiments, given, error=TypeError) == message


def test_what_only_looks_like_a_sequence_is_refused_as_it_is():
    class Odd:
        __iter__ = None

        def __repr__(self):
            return "odd"

    assert refused(arguments.experiments, Odd(), error=TypeError) == (
        "`experiments` must be a sequence. Received: experiments=odd. Pass a list of Experiments."
    )


def test_a_batch_may_be_the_whole_training_set():
    assert arguments.check_fits(dataclasses.replace(BASE, batch_size=1260), 0) is None
    assert arguments.check_fits(dataclasses.replace(BASE, batch_size=60, train_size=1260), 0) is None
