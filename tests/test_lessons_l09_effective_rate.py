"""Weight decay under batch normalization is a growing learning rate."""

import re

import numpy as np
import pytest

from helpers.experiments import Experiment, train
from helpers.lessons.l09 import effective_rate


def test_decay_and_a_growing_rate_give_the_same_outputs():
    decaying, growing, growth, shrinkage = effective_rate.lockstep(0.05, seeds=2, steps=60)
    assert growth == pytest.approx((1 - 0.3 * 0.05) ** -120)
    np.testing.assert_allclose(decaying, growing, atol=1e-5 * np.abs(growing).max())
    assert shrinkage == pytest.approx(1 / growth, rel=1e-6)


def test_without_the_growing_rate_the_outputs_differ():
    decaying, _, _, _ = effective_rate.lockstep(0.05, seeds=1, steps=60)
    plain, _, growth, shrinkage = effective_rate.lockstep(0.0, seeds=1, steps=60)
    assert (growth, shrinkage) == (1, 1)
    assert np.abs(decaying - plain).max() > 0.1


def test_without_decay_kernels_only_grow():
    squares, _ = effective_rate.with_decay(0.0, seeds=2, steps=50)
    assert squares.shape == (2, 50)
    assert (squares[:, -1] > squares[:, 0]).all()
    assert (np.diff(squares) > -1e-3).all()


def test_with_decay_kernels_shrink_and_the_effective_rate_rises():
    squares, accuracy = effective_rate.with_decay(0.01, seeds=2, steps=200)
    assert (squares[:, -1] < 0.6 * squares[:, 0]).all()
    assert (accuracy > 0.9).all()


def test_training_is_that_of_the_experiments_with_decay():
    settings = {"hidden": (32, 32), "learning_rate": 0.5, "init_scale": "he", "momentum": 0.9, "weight_decay": 0.01}
    engine = train(Experiment(batch_norm=True, activation="relu", steps=10, **settings), seeds=1, progress=False)
    squares, _ = effective_rate.with_decay(0.01, seeds=1, steps=10)
    expected = np.square(engine.network(0).parameters[0]["kernel"]).sum(axis=0).mean()
    assert squares[0, -1] == pytest.approx(expected, rel=1e-4)


@pytest.mark.keras
def test_the_steps_of_adam_are_those_of_keras():
    from helpers.tf.quiet import keras, tf

    theirs, gradients = tf.Variable([0.0, 0.0]), np.array([[1.0, -2.0], [0.5, 3.0], [-4.0, 0.001]], "float32")
    optimizer, ours, step = keras.optimizers.Adam(0.1), 0.0, effective_rate.Adam(0.1)
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)], [theirs])
        ours = ours - step("w", gradient)
    np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5)


def test_l2_shrinks_a_hundred_times_as_fast_as_the_same_decay_of_adamw():
    settings = {"rate": 0.003, "seeds": 1, "steps": 100}
    squares = [effective_rate.with_decay(0.01, optimizer=o, **settings)[0][0] for o in ("Adam, L2", "AdamW")]
    plain = effective_rate.with_decay(0.0, optimizer="AdamW", **settings)[0][0]
    shrunk, hardly = (each[-1] / plain[-1] for each in squares)
    assert shrunk < 0.7
    assert hardly == pytest.approx((1 - 0.003 * 0.01) ** 200, abs=0.02)


def test_a_decay_that_turns_the_sign_is_refused():
    message = "`decay` must be between 0 and 2.0. Received: decay=3.0. Pass a small number such as 0.001."
    with pytest.raises(ValueError, match=re.escape(message)):
        effective_rate.with_decay(3.0)
