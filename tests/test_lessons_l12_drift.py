"""The drift of a layer's inputs, by hand and on small networks."""

import numpy as np
import pytest

from helpers.experiments import Experiment
from helpers.lessons.l12.drift import drift, step_drift

SMALL = Experiment(batch_norm=True, activation="relu", hidden=(8, 6), learning_rate=0.1, init_scale="he")


def test_drift_is_the_shift_of_the_mean_in_standard_deviations():
    # sd 1, mean 2 -> 5 in the first unit; sd 2, mean 2 -> 1 in the second: (3 + 0.5) / 2
    assert drift([[1, 0], [3, 4]], [[5, 1], [5, 1]]) == pytest.approx(1.75)


def test_drift_does_not_depend_on_the_unit_in_which_values_are_measured():
    before, after = np.random.default_rng(0).normal(size=(2, 50, 4))
    assert drift(1000 * before, 1000 * after) == pytest.approx(drift(before, after), rel=1e-12)


def test_a_unit_that_is_constant_before_is_left_out():
    assert drift([[1, 7], [3, 7]], [[2, 9], [4, 9]]) == 1.0


def test_units_that_all_are_constant_are_refused():
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        drift([[1.0], [1.0]], [[1.0], [2.0]])
    assert str(error.value) == (
        "`before` must vary in at least one unit. Received: before with 0 units that vary. "
        "Pass the values of several images."
    )


def test_layers_of_different_width_are_refused():
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        drift(np.ones((4, 3)), np.ones((4, 2)))
    assert str(error.value) == (
        "`before` and `after` must be (N, units), with the same units. "
        "Received: before.shape=(4, 3), after.shape=(4, 2). Pass the same layer twice."
    )


def test_there_is_one_number_for_each_seed_and_hidden_layer():
    assert step_drift(SMALL, at=3, seeds=[4, 1, 2]).shape == (3, 2)


def test_nothing_drifts_at_learning_rate_zero():
    still = Experiment(batch_norm=False, activation="tanh", hidden=(8,), learning_rate=0.0)
    assert step_drift(still, at=2, seeds=2).tolist() == [[0.0], [0.0]]


def test_one_step_moves_the_normalized_mean_by_the_rate_times_the_gradient_of_beta():
    # After step 0 each unit has mean beta = -0.1 * gradient; before it mean 0 and sd (nearly) 1.
    from helpers import data
    from helpers.experiments import train
    from helpers.networks import draws

    split = data.load(split=0)
    network = train(Experiment(**{**vars(SMALL), "steps": 0}), seeds=[0]).network(0)
    batch = draws.Batches(0, len(split.x_train), 60).take(1)[0]
    _, gradients = network.loss_and_gradients(split.x_train[batch], split.y_train[batch])
    x = split.x_train[:600]
    sd = network.pre_activations(x, training=True)[0].std(axis=0)
    expected = np.mean(0.1 * np.abs(gradients[0]["beta"])[sd > 0] / sd[sd > 0])
    assert step_drift(SMALL, at=0, seeds=[0])[0, 0] == pytest.approx(expected, rel=1e-3)


def test_noise_of_strength_one_moves_means_by_about_half_a_standard_deviation():
    # Centres from U(-1, 1) differ by 2/3 on average; the noise's own spread makes a standard deviation about 1.27.
    noisy = Experiment(**{**vars(SMALL), "noise": 1.0, "hidden": (100,)})
    assert step_drift(noisy, at=1, seeds=3) == pytest.approx(np.full((3, 1), 0.52), abs=0.12)


def test_noise_that_does_not_reach_the_activation_is_refused():
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        step_drift(Experiment(batch_norm=False, activation="relu", noise=0.5), at=1)
    assert str(error.value) == (
        "`experiment` with noise must have batch normalization before the activation. "
        "Received: noise=0.5, normalized=None. Elsewhere the noise does not reach what an activation receives."
    )


def test_a_negative_step_is_refused():
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        step_drift(SMALL, at=-1)
    assert str(error.value) == (
        "`at` must be at least 0. Received: at=-1. Pass a number of training steps, such as 100."
    )
