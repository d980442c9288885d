"""The seven experiments of lesson 02 on a few steps: what they compare, and with which settings."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.lessons.l02 import benefits

TINY = replace(benefits.BASE, hidden=(6,), steps=2, evaluations=1)
CALLS = {
    "training_speed": {"starts": {"He weights": ("he", 4, 2)}, "rates": (0.1,), "tuning_seeds": 10},
    "learning_rates": {"rates": (0.1, 1.0)},
    "initial_weights": {"sds": (0.1, 0.5), "rates": (0.1,), "steps": 2},
    "activation_functions": {"rates": (0.1,), "steps": 2},
    "network_depth": {"depths": {1: (0.1,), 2: (0.1, 1.0)}, "units": 4, "steps": 2},
    "regularization": {"rates": (0.1,), "steps": 2},
    "overall": {"rates": (0.1,), "steps": 2, "tuning_seeds": 10},
}
PARTS = dict(zip(CALLS, (1, 1, 2, 3, 2, 2, 1)))


@pytest.fixture(scope="module")
def claims():
    seeds = range(20, 30)
    return {n: getattr(benefits, n)(seeds, base=TINY, progress=False, **options) for n, options in CALLS.items()}


def test_there_are_seven_claims_in_order(claims):
    assert [experiment.__name__ for experiment in benefits.ALL] == list(CALLS)
    assert [claim.number for claim in claims.values()] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("name", CALLS)
def test_values_have_a_row_a_seed_and_a_column_a_setting_on_both_sides(claims, name):
    claim = claims[name]
    assert claim.seeds == tuple(range(20, 30))
    assert claim.values[False].shape == claim.values[True].shape == (10, len(claim.settings))


@pytest.mark.parametrize("name", CALLS)
def test_the_sides_differ_in_batch_normalization_and_the_rate_alone(claims, name):
    for without, with_ in zip(claims[name].chosen[False], claims[name].chosen[True], strict=True):
        assert replace(without, batch_norm=True, learning_rate=with_.learning_rate) == with_


@pytest.mark.parametrize("name", CALLS)
def test_each_part_has_its_interval_and_verdict(claims, name):
    parts = claims[name].parts
    assert len(parts) == PARTS[name]
    assert all(part.interval.pairs == 10 for part in parts)
    assert all(part.verdict in ("supported", "not supported", "harms", "undecided") for part in parts)


def test_speed_compares_halvings_of_steps_and_subtracts_the_cost():
    cost = np.full(10, 2.0)
    claim = benefits.training_speed(10, base=TINY, cost=cost, progress=False, target=2.0, **CALLS["training_speed"])
    interval = claim.parts[0].interval  # nobody reaches an accuracy of 2: equal steps, each twice as long
    assert (interval.low, interval.estimate, interval.high) == (-1.0, -1.0, -1.0)


def test_rates_are_widened_by_a_step_of_the_grid(claims):
    interval = claims["learning_rates"].parts[0].interval
    assert (interval.estimate, interval.low, interval.high) == (0.0, -1.0, 1.0)  # two steps train nothing


def test_weights_average_over_the_sds(claims):
    claim = claims["initial_weights"]
    gains = (claim.values[True] - claim.values[False]).mean(axis=1)
    assert claim.parts[1].interval.estimate == pytest.approx(np.median(gains))


def test_a_closed_gap_is_a_gain(claims):
    claim = claims["regularization"]
    closed = claim.values[False] - claim.values[True]
    for column, part in enumerate(claim.parts):
        assert part.interval.estimate == pytest.approx(np.median(closed[:, column]))


def test_regularization_puts_dropout_beside_none(claims):
    assert [e.dropout for e in claims["regularization"].chosen[True]] == [0.0, 0.3]
    assert {e.train_size for e in claims["regularization"].results} == {300}


def test_depths_are_numbers_of_hidden_layers(claims):
    assert [e.hidden for e in claims["network_depth"].chosen[True]] == [(4,), (4, 4)]


def test_what_is_deeper_than_20_layers_is_measured_and_gets_no_verdict():
    claim = benefits.network_depth(10, depths={1: (0.1,), 21: (0.1,)}, units=2, steps=1, progress=False)
    assert claim.settings == (1, 21)
    assert claim.values[True].shape == (10, 2)
    assert [part.name for part in claim.parts] == ["1 layers"]


def test_the_thresholds_are_those_stated():
    assert benefits.ONE_POINT == 0.01
    assert pytest.approx(1.25) == 2**benefits.speed.FASTER
    assert pytest.approx(2) == 10**benefits.rates.TWICE
    assert benefits.weights.TENTH == 0.1
