"""The layers trained in place, against the plain functions; what they keep, after 1, 2, 10 and more steps."""

import numpy as np
import pytest

from helpers import batchnorm
from helpers.networks import engine, layers

R, B, N_IN, UNITS = 3, 7, 4, 5


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def scratch():
    return engine.Scratch(R * B * max(N_IN, UNITS), np.float64)


def dense(rng, bias=True, decay=None, sizes=(N_IN, UNITS)):
    kernel = rng.normal(size=(R, *sizes))
    bias = rng.normal(size=(R, 1, sizes[1])) if bias else None
    return engine.Dense(kernel, bias, B, scratch(), decay=decay)


def norm(rng, momentum=0.9, overwrite=True):
    gamma, beta = rng.normal(size=(2, R, 1, UNITS))
    start = np.zeros((R, 1, UNITS)), np.ones((R, 1, UNITS))
    settings = {"momentum": momentum, "epsilon": 1e-3, "overwrite": overwrite}
    return engine.BatchNorm(gamma, beta, *start, B, scratch(), **settings)


@pytest.mark.parametrize("bias", [True, False])
def test_dense_forward_is_the_functions(rng, bias):
    layer, x = dense(rng, bias), rng.normal(size=(R, B, N_IN))
    expected = layers.dense(x, layer.kernel, layer.bias[:, 0] if bias else None)
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-12)


@pytest.mark.parametrize("cached", [1, 10**6])  # run by run, and all runs at once
def test_dense_subtracts_its_gradients(rng, cached, monkeypatch):
    monkeypatch.setattr(engine, "CACHED", cached)
    layer, x, dz = dense(rng), rng.normal(size=(R, B, N_IN)), rng.normal(size=(R, B, UNITS))
    kernel, bias = layer.kernel.copy(), layer.bias.copy()
    layer.forward(x)
    dx = layer.backward(dz)
    expected_dx, dkernel, dbias = layers.dense_backward(dz, x, kernel)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-12)
    np.testing.assert_allclose(layer.kernel, kernel - dkernel, rtol=1e-12)
    np.testing.assert_allclose(layer.bias[:, 0], bias[:, 0] - dbias, rtol=1e-12)


def test_the_first_dense_layer_computes_no_gradient_for_its_input(rng):
    layer = dense(rng)
    layer.forward(rng.normal(size=(R, B, N_IN)))
    assert layer.backward(rng.normal(size=(R, B, UNITS)), first=True) is None


def test_weight_decay_shrinks_the_kernel_and_not_the_bias(rng):
    layer = dense(rng, decay=np.full((R, 1, 1), 0.75))
    kernel, bias = layer.kernel.copy(), layer.bias.copy()
    layer.forward(rng.normal(size=(R, B, N_IN)))
    layer.backward(np.zeros((R, B, UNITS)))
    np.testing.assert_array_equal(layer.kernel, 0.75 * kernel)
    np.testing.assert_array_equal(layer.bias, bias)


def test_scratch_of_one_name_is_one_piece_of_memory():
    shared = scratch()
    one, other = shared.array("a", (2, 3)), shared.array("a", (6, 2))
    assert np.shares_memory(one, other)
    assert (one.shape, other.shape, one.dtype) == ((2, 3), (6, 2), np.float64)
    assert not np.shares_memory(one, shared.array("b", (2, 3)))


@pytest.mark.parametrize("overwrite", [True, False])
def test_batch_normalization_is_the_courses_for_each_run(rng, overwrite):
    layer, x, dy = norm(rng, overwrite=overwrite), rng.normal(3, 2, (R, B, UNITS)), rng.normal(size=(R, B, UNITS))
    gamma, beta = layer.gamma.copy(), layer.beta.copy()
    given = x.copy()
    y = layer.forward(given).copy()
    assert np.array_equal(given, x) is not overwrite  # an activation before it needs its output again
    dx = layer.backward(dy.copy())
    for run in range(R):
        expected, cache = batchnorm.forward(x[run], gamma[run, 0], beta[run, 0])
        expected_dx, dgamma, dbeta = batchnorm.backward(dy[run], cache)
        np.testing.assert_allclose(y[run], expected, rtol=1e-10)
        np.testing.assert_allclose(dx[run], expected_dx, atol=1e-12)
        np.testing.assert_allclose(layer.gamma[run, 0], gamma[run, 0] - dgamma, rtol=1e-10)
        np.testing.assert_allclose(layer.beta[run, 0], beta[run, 0] - dbeta, rtol=1e-10)


@pytest.mark.parametrize("steps", [1, 2, 10, engine.BatchNorm.MEMORY + 3])
@pytest.mark.parametrize("momentum", [0.0, 0.7, 0.99, 1.0])
def test_moving_statistics_after_some_steps_are_those_of_updates_one_by_one(rng, steps, momentum):
    layer = norm(rng, momentum)
    mean, variance = layer.moving_mean.copy(), layer.moving_variance.copy()
    for _ in range(steps):
        x = rng.normal(3, 2, (R, B, UNITS))
        layer.forward(x.copy())
        mean = batchnorm.update_moving(mean, x.mean(axis=1, keepdims=True), momentum=momentum)
        variance = batchnorm.update_moving(variance, x.var(axis=1, keepdims=True), momentum=momentum)
    layer.update_moving()
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-10)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-10)


def test_moving_statistics_asked_for_twice_are_updated_once(rng):
    layer = norm(rng)
    layer.forward(rng.normal(size=(R, B, UNITS)))
    layer.update_moving()
    once = layer.moving_mean.copy()
    layer.update_moving()
    np.testing.assert_array_equal(layer.moving_mean, once)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_activations_are_the_functions(rng, name):
    layer = {"relu": engine.Relu, "sigmoid": engine.Sigmoid, "tanh": engine.Tanh}[name]
    z, dy = rng.normal(size=(R, B, UNITS)), rng.normal(size=(R, B, UNITS))
    layer, expected = layer(z.shape, scratch()), layers.ACTIVATION[name](z)
    y = layer.forward(z).copy()
    np.testing.assert_allclose(y, expected, rtol=1e-12)
    np.testing.assert_allclose(layer.backward(dy.copy()), dy * layers.DERIVATIVE[name](y), rtol=1e-12)


def test_loss_is_the_functions_and_its_gradient_times_the_rate(rng):
    logits, labels, rates = rng.normal(size=(R, B, UNITS)), rng.integers(0, UNITS, (R, B)), np.array([0.1, 1.0, 2.0])
    losses, dz = engine.SoftmaxCrossEntropy(logits.shape, rates.reshape(R, 1, 1), logits.dtype)(logits.copy(), labels)
    expected, gradient = layers.cross_entropy(logits, labels)
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    np.testing.assert_allclose(dz, rates[:, None, None] * gradient, atol=1e-12)


def test_random_layers_draw_for_each_run_from_its_own_generator(rng):
    def draw(generator, shape, dtype):
        return generator.normal(size=shape).astype(dtype), generator.normal(size=shape).astype(dtype)

    y, dy = rng.normal(size=(R, B, UNITS)), rng.normal(size=(R, B, UNITS))
    layer = engine.Random(draw, [np.random.default_rng(seed) for seed in range(R)], y.shape, y.dtype)
    before = y.copy()
    result = layer.forward(y)
    np.testing.assert_array_equal(y, before)  # the activation's derivative still needs it
    for run in range(R):
        factor, shift = draw(np.random.default_rng(run), (B, UNITS), y.dtype)
        np.testing.assert_array_equal(result[run], y[run] * factor + shift)
    np.testing.assert_array_equal(layer.backward(dy.copy())[2], dy[2] * factor)
