"""Compiled training: one machine for all networks of one structure, another where the structure differs."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed here.")

from helpers.lessons.l07.tf_sequences import row_reader
from helpers.tf.machine import give, machine, taken
from helpers.tf.training import seeded

pytestmark = pytest.mark.keras

RNG = np.random.default_rng(0)
X, Y = RNG.random((24, 3, 2)).astype(np.float32), RNG.integers(0, 10, 24)


def reader(seed=0, **settings):
    seeded(seed)
    return row_reader("batch", units=3, shape=(3, 2), **settings)


def test_networks_that_differ_in_weights_and_initial_gamma_share_a_machine():
    assert machine(reader(0)) is machine(reader(1, initial_gamma=1.0))


@pytest.mark.parametrize("settings", [{"epsilon": 0.1}, {"momentum": 0.5}, {"shared_statistics": True}])
def test_another_setting_gets_another_machine(settings):
    assert machine(reader()) is not machine(reader(**settings))


def test_training_leaves_the_network_and_the_state_that_went_in_as_they_were():
    network = reader()
    before, state = network.get_weights(), taken(network)
    order = np.arange(24, dtype=np.int32).reshape(2, 12)
    trained = machine(network).epoch(state, X, Y, order, 0.5)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    moved = [np.abs(a - b).max() for a, b in zip(state[0], trained[0], strict=True)]
    assert max(moved) > 1e-3


def test_accuracy_is_that_of_the_weights_that_are_passed():
    network, other = reader(0), reader(1)
    compiled = machine(network)
    for one in (network, other):
        expected = np.mean(np.argmax(one(X, training=False), axis=1) == Y)
        assert compiled.accuracy(taken(one), X, Y) == pytest.approx(expected)


def test_what_is_taken_can_be_given_to_another_network():
    network, other = reader(0), reader(1)
    give(other, taken(network))
    np.testing.assert_array_equal(other(X).numpy(), network(X).numpy())


def test_a_rate_of_zero_moves_the_memory_alone():
    network = reader()
    state = taken(network)
    trained, kept = machine(network).epoch(state, X, Y, np.arange(24, dtype=np.int32).reshape(2, 12), 0.0)
    for old, new in zip(state[0], trained, strict=True):
        np.testing.assert_array_equal(old, new)
    changed = [bool(np.any(old != new)) for old, new in zip(state[1], kept, strict=True)]
    assert any(changed)
