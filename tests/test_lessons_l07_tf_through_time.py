"""Gradients through time, exact statistics, and shared ones."""

import numpy as np
import pytest

from helpers.lessons.l07.tf_sequences import row_reader
from helpers.lessons.l07.tf_through_time import calibrate, gradient_norms, share_in_time
from helpers.tf.quiet import keras, tf
from helpers.tf.recurrent_cell import PLACES

pytestmark = pytest.mark.keras

RNG = np.random.default_rng(0)
X, Y = RNG.normal(1.0, 2.0, (20, 5, 3)).astype(np.float32), RNG.integers(0, 10, 20)


def reader(normalization="batch", seed=0, **settings):
    keras.utils.set_random_seed(seed)
    return row_reader(normalization, units=4, shape=(5, 3), **settings)


def trained(**settings):
    network = reader(**settings)
    for _ in range(3):
        network(X, training=True)
    return network


def memory(network):
    cell = network.layers[-2].cell
    return {
        (place, statistic): cell.moving(statistic, place).numpy()
        for place in PLACES
        for statistic in ("mean", "variance")
    }


@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_gradients_are_those_of_the_loop_written_out(normalization):
    networks, expected = [reader(normalization, seed) for seed in (0, 1)], []
    for network in networks:
        cell, states = network.layers[-2].cell, []
        h = c = tf.zeros((20, 4))
        with tf.GradientTape() as tape:
            tape.watch(h)
            for t in range(5):
                h, c, _ = cell.step(tf.constant(X[:, t]), h, c, t, training=True)
                states.append(h)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(Y, network.layers[-1](h))
            loss = tf.reduce_mean(losses)
        expected.append([np.linalg.norm(gradient) for gradient in tape.gradient(loss, states)])
    np.testing.assert_allclose(gradient_norms(networks, [(X, Y)] * 2), expected, rtol=1e-4)


def test_after_calibration_both_modes_give_the_same():
    network = calibrate(trained(), X)
    np.testing.assert_allclose(network(X).numpy(), network(X, training=True).numpy(), atol=1e-4)


def test_calibration_leaves_the_network_and_the_momentum_as_they_were():
    network = trained()
    before, copy = memory(network), calibrate(network, X + 1)
    for key, values in memory(network).items():
        np.testing.assert_array_equal(values, before[key])
    assert copy.layers[-2].cell.momentum == 0.9


def test_calibration_respects_a_mask():
    padded = X.copy()
    padded[:10, 3:] = -1.0
    network = calibrate(reader(padding=-1.0), padded)
    kernel = network.layers[-2].cell.kernel.numpy()
    np.testing.assert_allclose(memory(network)["input", "mean"][4], X[10:, 4].mean(axis=0) @ kernel, atol=1e-5)


def test_shared_statistics_are_what_the_shared_layer_remembers():
    shared = trained(shared_statistics=True)
    averaged = memory(share_in_time(trained()))
    for key, values in memory(shared).items():
        np.testing.assert_allclose(averaged[key], np.broadcast_to(values, averaged[key].shape), atol=1e-6)


def test_shared_and_separate_statistics_train_the_same_weights():
    networks = [reader(shared_statistics=shared) for shared in (False, True)]
    for network in networks:
        network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        network.fit(X, Y, epochs=3, batch_size=10, shuffle=False, verbose=0)
    for one, other in zip(*(network.trainable_variables for network in networks), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6)
