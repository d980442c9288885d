"""Compiled training: one program for all networks of one structure, another one if the structure differs."""

import numpy as np
import pytest

from helpers.lessons.l07.tf_sequences import row_reader
from helpers.tf.quiet import keras
from helpers.tf.xla_trainer import XlaTrainer, _program_for

pytestmark = [pytest.mark.keras, pytest.mark.slow]

RNG = np.random.default_rng(0)
X, Y = RNG.random((2, 12, 3, 2)).astype(np.float32), RNG.integers(0, 10, (2, 12))


def reader(seed=0, **settings):
    keras.utils.set_random_seed(seed)
    return row_reader("batch", units=3, shape=(3, 2), **settings)


def train(network, rate):
    """The losses of two steps, and what the weights were before and are after."""
    trainer = XlaTrainer(network)
    trainer.start(network.get_weights(), rate)
    return trainer.steps(X, Y), network.get_weights(), trainer.get_weights()


def test_networks_that_differ_in_weights_and_initial_gamma_share_a_program():
    assert _program_for(reader(0)) is _program_for(reader(1, initial_gamma=1.0))


@pytest.mark.parametrize("settings", [{"epsilon": 0.1}, {"momentum": 0.5}, {"shared_statistics": True}])
def test_another_setting_gets_another_program(settings):
    assert _program_for(reader()) is not _program_for(reader(**settings))


def test_the_first_loss_is_the_networks_own_and_training_leaves_the_network_as_it_was():
    network = reader()
    losses, before, after = train(network, 0.5)
    for weight, old in zip(network.get_weights(), reader().get_weights(), strict=True):
        np.testing.assert_array_equal(weight, old)
    due = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(Y[0], network(X[0], training=True))
    assert losses[0] == pytest.approx(float(due), rel=1e-5)
    assert max(np.abs(a - b).max() for a, b in zip(before, after)) > 1e-3


def test_a_rate_of_zero_moves_the_memory_alone():
    network = reader()
    _, before, after = train(network, 0.0)
    names = [weight.name for weight in network.weights]
    moved = {name for name, a, b in zip(names, before, after, strict=True) if not np.array_equal(a, b)}
    assert moved == {name for name in names if name.startswith("moving")} | {"steps_trained"}


def test_accuracy_is_that_of_the_weights_that_are_passed():
    trainer, (x, y) = XlaTrainer(reader(0)), (X.reshape(24, 3, 2), Y.ravel())
    for network in (reader(0), reader(1)):
        trainer.start(network.get_weights(), 0.1)
        assert trainer.accuracy(x, y) == pytest.approx(np.mean(np.argmax(network(x, training=False), axis=1) == y))
