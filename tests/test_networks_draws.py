"""What is drawn for a seed: the same with and without batch normalization, and one thing does not shift another."""

import dataclasses

import numpy as np
import pytest

from helpers.experiments import Experiment
from helpers.networks import draws

BASE = Experiment(batch_norm=False, activation="relu", hidden=(50, 40))


def kernels(seed=0, **settings):
    return draws.initial_kernels(dataclasses.replace(BASE, **settings), seed, 64, 10)


def test_kernels_have_the_layers_shapes_in_float32():
    assert [kernel.shape for kernel in kernels()] == [(64, 50), (50, 40), (40, 10)]
    assert {kernel.dtype for kernel in kernels()} == {np.dtype(np.float32)}


def test_kernels_do_not_depend_on_batch_normalization_nor_on_the_training():
    changes = {
        "batch_norm": True,
        "activation": "tanh",
        "learning_rate": 2,
        "batch_size": 7,
        "steps": 1,
        "dropout": 0.5,
    }
    for setting, value in changes.items():
        for mine, theirs in zip(kernels(), kernels(**{setting: value})):
            np.testing.assert_array_equal(mine, theirs)


def test_kernels_of_other_seeds_and_layers_differ():
    assert np.abs(kernels(0)[0] - kernels(1)[0]).max() > 0.05
    same_size = kernels(hidden=(64, 64))
    assert np.abs(same_size[0] - same_size[1]).max() > 0.05


def test_another_size_of_one_layer_leaves_layers_beyond_it_alone():
    np.testing.assert_array_equal(kernels(hidden=(7, 30, 40))[3], kernels(hidden=(9, 30, 40))[3])


@pytest.mark.parametrize(("scale", "sds"), [(0.05, (0.05,) * 3), (5, (5,) * 3), ("he", (2 / 64, 2 / 50, 2 / 40))])
def test_kernels_have_the_standard_deviation_asked_for(scale, sds):
    sds = np.sqrt(sds) if scale == "he" else sds
    for kernel, sd in zip(kernels(init_scale=scale), sds):
        assert kernel.std() == pytest.approx(sd, rel=0.1)
        assert abs(kernel.mean()) < 0.1 * sd


def test_another_scale_multiplies_the_same_draws():
    for small, large in zip(kernels(init_scale=0.05), kernels(init_scale=5)):
        np.testing.assert_allclose(100 * small, large, rtol=1e-5)


def test_the_output_layer_may_have_a_scale_of_its_own():
    plain, own = kernels(), kernels(output_init_scale=5)
    for mine, theirs in zip(plain[:-1], own[:-1]):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_allclose(100 * plain[-1], own[-1], rtol=1e-5)


def test_batches_are_shuffled_epochs_without_repetition():
    order = draws.Batches(0, images=20, batch_size=5).take(8)
    assert order.shape == (8, 5)
    for epoch in (order[:4], order[4:]):
        assert sorted(epoch.ravel().tolist()) == list(range(20))
    assert order[:4].tolist() != order[4:].tolist()
    assert sorted(order[0].tolist()) != [0, 1, 2, 3, 4]


def test_the_last_incomplete_batch_of_an_epoch_is_dropped():
    order = draws.Batches(0, images=7, batch_size=3).take(20).reshape(10, 6)
    assert all(len(set(epoch.tolist())) == 6 for epoch in order)
    assert {7 - 1 - len(set(range(7)) - set(epoch.tolist())) for epoch in order} == {5}
    assert len({(set(range(7)) - set(epoch.tolist())).pop() for epoch in order}) > 1  # not always the same one


def test_the_order_does_not_depend_on_how_many_are_taken_at_a_time():
    whole = draws.Batches(3, images=20, batch_size=6).take(12)
    parts = draws.Batches(3, images=20, batch_size=6)
    np.testing.assert_array_equal(np.concatenate([parts.take(k) for k in (1, 2, 7, 0, 2)]), whole)


def test_other_seeds_have_other_orders():
    assert draws.Batches(0, 20, 5).take(1).tolist() != draws.Batches(1, 20, 5).take(1).tolist()
