"""helpers.batchnorm against the third oracle, keras.layers.BatchNormalization."""

import numpy as np
import pytest

from helpers import batchnorm
from helpers.tf.quiet import keras, tf

pytestmark = pytest.mark.keras

CASES = [((8, 5), -1), ((3, 4, 2, 5), -1), ((3, 5, 4, 2), 1), ((6, 4, 5), 2)]


def both_layers(shape, axis, momentum=0.9):
    features = shape[axis]
    rng = np.random.default_rng(0)
    ours = batchnorm.BatchNorm(features, momentum=momentum, axis=axis)
    ours.gamma, ours.beta = rng.normal(2, 1, features), rng.normal(0, 3, features)
    theirs = keras.layers.BatchNormalization(axis=axis, momentum=momentum)
    theirs.build(shape)
    theirs.set_weights([ours.gamma, ours.beta, ours.moving_mean, ours.moving_variance])
    return ours, theirs


@pytest.mark.parametrize(("shape", "axis"), CASES)
def test_outputs_and_moving_statistics_after_ten_steps(shape, axis):
    ours, theirs = both_layers(shape, axis)
    rng = np.random.default_rng(1)
    for _ in range(10):
        x = rng.normal(4, 2, shape).astype(np.float32)
        np.testing.assert_allclose(ours(x, training=True), theirs(x, training=True), rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(ours.moving_mean, theirs.moving_mean, rtol=1e-5)
    np.testing.assert_allclose(ours.moving_variance, theirs.moving_variance, rtol=1e-5)
    np.testing.assert_allclose(ours(x, training=False), theirs(x, training=False), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize(("shape", "axis"), CASES)
def test_gradients(shape, axis):
    ours, theirs = both_layers(shape, axis)
    rng = np.random.default_rng(2)
    x, dy = rng.normal(4, 2, shape).astype(np.float32), rng.normal(size=shape).astype(np.float32)
    ours(x, training=True)
    dx = ours.backward(dy)
    with tf.GradientTape() as tape:
        inputs = tf.convert_to_tensor(x)
        tape.watch(inputs)
        loss = tf.reduce_sum(theirs(inputs, training=True) * dy)
    expected = tape.gradient(loss, [inputs, theirs.gamma, theirs.beta])
    for got, want in zip((dx, ours.dgamma, ours.dbeta), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=2e-5)
