"""helpers.batchnorm against hand numbers and central differences; tests/test_batchnorm_keras.py is the third oracle."""

import doctest

import numpy as np
import pytest

from helpers import batchnorm, gradcheck


def batch(shape=(8, 5), seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(2.0, 3.0, shape)
    gamma, beta = rng.normal(2.0, 1.0, shape[-1]), rng.normal(0.0, 3.0, shape[-1])
    return x, gamma, beta, rng.normal(size=shape)


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(batchnorm).failed == 0


def test_three_and_seven_become_minus_one_and_one():
    y, _ = batchnorm.forward([[3.0], [7.0]], [1.0], [0.0], epsilon=0.0)
    assert y.tolist() == [[-1.0], [1.0]]


def test_gamma_scales_and_beta_shifts():
    y, _ = batchnorm.forward([[3.0], [7.0]], [10.0], [5.0], epsilon=0.0)
    assert y.tolist() == [[-5.0], [15.0]]


def test_epsilon_stands_under_the_root():
    y, _ = batchnorm.forward([[0.30], [0.32]], [1.0], [0.0], epsilon=0.001)
    assert y[1, 0] == pytest.approx(0.01 / np.sqrt(0.01**2 + 0.001), rel=1e-6)


def test_a_single_row_leaves_as_beta():
    y, _ = batchnorm.forward([[3.0, -8.0]], [2.0, 2.0], [5.0, 6.0])
    assert y.tolist() == [[5.0, 6.0]]


def test_a_constant_feature_leaves_as_beta():
    y, _ = batchnorm.forward(np.full((4, 1), 1e4), [2.0], [5.0])
    assert y.tolist() == [[5.0]] * 4


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -2])
def test_any_axis_can_hold_the_features(axis):
    x, gamma, beta, _ = batch((3, 4, 2, 5))
    expected, _ = batchnorm.forward(x, gamma, beta)
    y, _ = batchnorm.forward(np.moveaxis(x, -1, axis), gamma, beta, axis=axis)
    np.testing.assert_allclose(np.moveaxis(y, axis, -1), expected, rtol=1e-12)


def test_a_feature_map_has_one_statistic_over_batch_height_and_width():
    x = np.array([[[[1.0], [2.0]]], [[[3.0], [6.0]]]])  # (N=2, H=1, W=2, C=1): mean 3, variance 3.5
    y, cache = batchnorm.forward(x, [1.0], [0.0], epsilon=0.0)
    assert (cache.mean.tolist(), cache.variance.tolist()) == ([3.0], [3.5])
    assert y[1, 0, 1, 0] == pytest.approx(3 / np.sqrt(3.5))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floating_types_are_kept(dtype):
    y, cache = batchnorm.forward(np.ones((4, 3), dtype), np.ones(3), np.zeros(3))
    dx, dgamma, dbeta = batchnorm.backward(np.ones((4, 3)), cache)
    z = batchnorm.inference(np.ones((4, 3), dtype), *np.ones((4, 3)))
    kernel, bias = batchnorm.fold(np.ones((2, 3), dtype), None, *np.ones((4, 3)))
    assert {a.dtype for a in (y, dx, dgamma, dbeta, z, kernel, bias)} == {np.dtype(dtype)}


def test_integers_are_computed_as_float64():
    y, _ = batchnorm.forward(np.array([[3], [7]]), [1], [0], epsilon=0)
    assert y.dtype == np.float64
    assert y.tolist() == [[-1.0], [1.0]]


def test_a_large_mean_costs_few_digits():
    x = np.random.default_rng(0).normal(1e4, 1.0, (8, 1)).astype(np.float32)
    y, _ = batchnorm.forward(x, [1.0], [0.0])
    exact = x.astype(np.float64)
    np.testing.assert_allclose(y, (exact - exact.mean()) / np.sqrt(exact.var() + 1e-3), atol=0.02)


def test_a_large_mean_costs_the_gradient_few_digits():
    x, gamma, beta, dy = (a.astype(np.float32) for a in batch())
    near = batchnorm.backward(dy, batchnorm.forward(x.round(), gamma, beta)[1])
    far = batchnorm.backward(dy, batchnorm.forward(x.round() + np.float32(1e4), gamma, beta)[1])
    for one, other in zip(near, far, strict=True):
        np.testing.assert_allclose(one, other, atol=0.02)


@pytest.mark.parametrize("shape", [(8, 5), (2, 5), (1, 5), (3, 2, 4, 5)])
@pytest.mark.parametrize("epsilon", [1e-3, 0.5])
def test_backward_agrees_with_central_differences(shape, epsilon):
    x, gamma, beta, dy = batch(shape)
    _, cache = batchnorm.forward(x, gamma, beta, epsilon=epsilon)
    dx, dgamma, dbeta = batchnorm.backward(dy, cache)

    def y(x=x, gamma=gamma, beta=beta):
        return batchnorm.forward(x, gamma, beta, epsilon=epsilon)[0]

    assert np.abs(dx - gradcheck.numerical_gradient(lambda v: y(x=v), x, dy)).max() < 1e-6
    assert gradcheck.relative_error(dgamma, gradcheck.numerical_gradient(lambda v: y(gamma=v), gamma, dy)) < 1e-7
    assert gradcheck.relative_error(dbeta, gradcheck.numerical_gradient(lambda v: y(beta=v), beta, dy)) < 1e-7


def test_backward_along_another_axis_agrees_with_central_differences():
    x, gamma, beta, dy = batch((4, 3, 5))
    x, dy = np.moveaxis(x, -1, 1), np.moveaxis(dy, -1, 1)
    _, cache = batchnorm.forward(x, gamma, beta, axis=1)
    numerical = gradcheck.numerical_gradient(lambda v: batchnorm.forward(v, gamma, beta, axis=1)[0], x, dy)
    assert gradcheck.relative_error(batchnorm.backward(dy, cache)[0], numerical) < 1e-7


def test_the_gradient_of_each_feature_sums_to_zero_over_the_batch():
    x, gamma, beta, dy = batch()
    _, cache = batchnorm.forward(x, gamma, beta)
    assert np.abs(batchnorm.backward(dy, cache)[0].sum(axis=0)).max() < 1e-14


def test_a_batch_of_two_hands_hardly_any_gradient_down():
    _, cache = batchnorm.forward([[3.0], [7.0]], [1.0], [0.0])
    dx, _, _ = batchnorm.backward([[1.0], [-2.0]], cache)
    assert 0 < np.abs(dx).max() < 3e-4


def test_inference_uses_the_statistics_it_is_given():
    y = batchnorm.inference([[7.0], [3.0]], [2.0], [5.0], [3.0], [4.0], epsilon=0.0)
    assert y.tolist() == [[9.0], [5.0]]


def test_inference_with_the_batch_s_own_moments_is_the_forward_pass():
    x, gamma, beta, _ = batch((3, 4, 2, 5))
    y, cache = batchnorm.forward(x, gamma, beta)
    np.testing.assert_allclose(batchnorm.inference(x, gamma, beta, cache.mean, cache.variance), y, rtol=1e-12)


@pytest.mark.parametrize("shape", [(7, 5), (3, 3, 4, 5)])
@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("epsilon", [1e-3, 0.5])
def test_the_folded_layer_gives_what_the_two_layers_gave(shape, with_bias, epsilon):
    rng = np.random.default_rng(1)
    kernel, bias = rng.normal(size=shape), rng.normal(size=5) if with_bias else None
    statistics = [*rng.normal(size=(3, 5)), rng.uniform(0.1, 100.0, 5)]
    x = rng.normal(size=(6, kernel[..., 0].size))
    two = batchnorm.inference(x @ kernel.reshape(-1, 5) + (bias if with_bias else 0), *statistics, epsilon=epsilon)
    folded_kernel, folded_bias = batchnorm.fold(kernel, bias, *statistics, epsilon=epsilon)
    np.testing.assert_allclose(x @ folded_kernel.reshape(-1, 5) + folded_bias, two, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("calls", "mean", "variance"), [(1, 0.5, 1.3), (2, 0.95, 1.57), (10, 3.2566078, 2.9539647)])
def test_the_layer_s_moving_statistics_after_some_calls(calls, mean, variance):
    layer = batchnorm.BatchNorm(1, momentum=0.9)
    for _ in range(calls):
        layer([[3.0], [7.0]], training=True)  # mean 5, variance 4
    assert layer.moving_mean[0] == pytest.approx(mean)
    assert layer.moving_variance[0] == pytest.approx(variance)


def test_the_layer_at_inference_changes_nothing_and_uses_the_moving_statistics():
    layer = batchnorm.BatchNorm(1, epsilon=0.0)
    assert layer([[3.0], [7.0]], training=False).tolist() == [[3.0], [7.0]]
    assert (layer.moving_mean.tolist(), layer.moving_variance.tolist()) == ([0.0], [1.0])


def test_momentum_zero_keeps_the_last_batch_only():
    layer = batchnorm.BatchNorm(1, momentum=0)
    layer([[3.0], [7.0]], training=True)
    assert (layer.moving_mean.tolist(), layer.moving_variance.tolist()) == ([5.0], [4.0])


def test_the_layer_s_backward_belongs_to_the_last_call_in_training_mode():
    x, _, _, dy = batch()
    layer = batchnorm.BatchNorm(5)
    layer(x, training=True)
    layer(x + 100, training=False)
    expected = batchnorm.backward(dy, batchnorm.forward(x, np.ones(5), np.zeros(5))[1])
    for got, want in zip((layer.backward(dy), layer.dgamma, layer.dbeta), expected, strict=True):
        np.testing.assert_array_equal(got, want)
