"""What lesson 02 measures on results and networks, one number at a time."""

from dataclasses import replace

import numpy as np
import pytest

from helpers import data
from helpers.experiments import Experiment, train
from helpers.lessons.l02 import benefits

TINY = Experiment(batch_norm=True, activation="relu", hidden=(16, 16), init_scale="he", steps=0, evaluations=1)


def test_steps_to_is_the_first_look_that_reaches_the_target():
    result = train(replace(TINY, steps=4, evaluations=2), 3, progress=False)
    result.validation_accuracy[:] = [[0.1, 0.95, 0.5], [0.1, 0.2, 0.9], [0.1, 0.2, 0.3]]
    assert benefits.steps_to(result, 0.9).tolist() == [2, 4, 4]


def test_a_step_with_batch_normalization_costs_more():
    assert 1 < benefits.step_cost(rounds=4, steps=25) < 5


def test_the_highest_rate_may_lie_beyond_a_gap():
    accuracy = np.array([[0.95, 0.5, 0.95, 0.1], [0.1, 0.1, 0.1, 0.1]])
    assert benefits.highest_rate([0.1, 1, 10, 100], accuracy, step=0.5).tolist() == [1.0, -1.5]


def test_an_untrained_kernel_has_not_grown():
    growth = benefits.kernel_growth(train(TINY, 2, progress=False))
    assert growth.shape == (2, 3)
    np.testing.assert_allclose(growth, 1)


def test_a_kernel_behind_batch_normalization_only_grows():
    growth = benefits.kernel_growth(train(replace(TINY, steps=20, learning_rate=3.0), 2, progress=False))
    assert (growth[:, :2] > 1.05).all()


def test_one_rate_is_the_same_for_all_conditions_of_a_side():
    claim = benefits.initial_weights(10, sds=(0.01, 0.3), rates=(0.01, 1.0), steps=5, progress=False)
    chosen = benefits.at_one_rate(claim.results)
    for side in (False, True):
        assert [e.init_scale for e in chosen[side]] == [0.01, 0.3]
        assert len({e.learning_rate for e in chosen[side]}) == 1


def test_units_that_never_pass_anything_are_idle():
    result = train(replace(TINY, batch_norm=False), 1, progress=False)
    network = result.networks[0]
    network.parameters[0]["bias"][:4] = -1000  # four dead ReLUs of 32
    alive = benefits.idle_units(train(replace(TINY, batch_norm=False), 1, progress=False))
    assert benefits.idle_units(result)[0] >= 4 / 32
    assert benefits.idle_units(result)[0] - alive[0] <= 6 / 32


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_saturated_units_are_idle_and_fresh_ones_are_not(activation):
    plain = replace(TINY, batch_norm=False, activation=activation)
    assert benefits.idle_units(train(plain, 1, progress=False)).tolist() == [0.0]
    saturated = train(replace(plain, init_scale=50.0), 1, progress=False)
    assert benefits.idle_units(saturated)[0] > 0.9


def test_idle_units_are_told_where_batch_normalization_stands_after_the_activation():
    after = train(replace(TINY, placement="after", activation="tanh"), 1, progress=False)
    assert benefits.idle_units(after).tolist() == [0.0]


def test_a_gap_is_measured_on_all_images_not_trained_or_validated_on():
    result = train(replace(TINY, train_size=100), 1, progress=False)
    images = data.load(split=0)
    x = np.concatenate([images.x_train[100:], images.x_test])
    y = np.concatenate([images.y_train[100:], images.y_test])
    expected = result.train_accuracy[0] - result.network(0).accuracy(x, y)
    assert benefits.gaps(result)[0] == pytest.approx(expected)


def test_variance_met_over_expected_follows_the_moving_variance():
    result = train(replace(TINY, steps=40, learning_rate=0.1, momentum=0.9), 1, progress=False)
    before = benefits.variance_shift(result)[0]
    for moving in result.networks[0].moving_statistics:
        moving["moving_variance"] *= 4
    np.testing.assert_allclose(benefits.variance_shift(result)[0, 0], before[0] / 4, rtol=0.05)


def test_gradient_norms_are_those_of_the_first_batch():
    norms = benefits.gradient_norms(2, 1, base=replace(TINY, hidden=(8,)))
    network = train(replace(TINY, hidden=(8, 8), steps=0), 1, progress=False).network(0)
    images = data.load(split=0)
    _, gradients = network.loss_and_gradients(images.x_train[:60], images.y_train[:60])
    assert norms[False].shape == norms[True].shape == (1, 3)
    np.testing.assert_allclose(norms[True][0], [np.linalg.norm(g["kernel"]) for g in gradients])


def test_batch_normalization_makes_gradients_grow_towards_the_input():
    norms = benefits.gradient_norms(12, 3, units=32)
    assert (norms[True][:, 0] / norms[True][:, 11] > 5).all()
    assert (norms[False][:, 0] / norms[False][:, 11] < 5).all()


def test_likeness_is_the_mean_cosine_over_pairs():
    measured = benefits.likeness(1, 1)
    network = train(replace(benefits.BASE, hidden=(50,), steps=0), 1, progress=False).network(0)
    z = network.pre_activations(data.load(split=0).x_train[:60], training=True)[0].astype(float)
    cosines = (z @ z.T) / np.outer(*[np.linalg.norm(z, axis=1)] * 2)
    assert measured[False][0, 0] == pytest.approx(cosines[~np.eye(60, dtype=bool)].mean())


def test_without_batch_normalization_images_grow_alike_with_depth():
    measured = benefits.likeness(30, 2, units=32)
    assert (measured[False][:, -1] > 0.9).all()
    assert (np.abs(measured[True]) < 0.15).all()
