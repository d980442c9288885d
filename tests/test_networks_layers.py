"""The layers of a network from scratch: hand numbers and central differences."""

import numpy as np
import pytest

from helpers.gradcheck import numerical_gradient, relative_error
from helpers.networks import layers


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_dense_by_hand():
    x, kernel = np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])
    assert layers.dense(x, kernel, np.array([5.0])).tolist() == [[16.0]]
    assert layers.dense(x, kernel, None).tolist() == [[11.0]]


def test_dense_backward_by_hand():
    x, kernel = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[3.0], [4.0]])
    dx, dkernel, dbias = layers.dense_backward(np.array([[1.0], [10.0]]), x, kernel)
    assert dx.tolist() == [[3.0, 4.0], [30.0, 40.0]]
    assert dkernel.tolist() == [[1.0], [12.0]]
    assert dbias.tolist() == [11.0]


def test_activations_by_hand():
    z = np.array([-1.0, 0.0, np.log(3)])
    assert layers.relu(z).tolist() == [0.0, 0.0, np.log(3)]
    np.testing.assert_allclose(layers.sigmoid(z), [1 / (1 + np.e), 0.5, 0.75], rtol=1e-12)
    np.testing.assert_allclose(layers.ACTIVATION["tanh"](z), [-0.761594156, 0.0, 0.8], rtol=1e-9)


def test_sigmoid_of_large_numbers_does_not_overflow():
    assert layers.sigmoid(np.float32([-1e4, 1e4])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_derivatives_agree_with_central_differences(name, rng):
    z = rng.normal(size=(6, 5))
    expected = numerical_gradient(layers.ACTIVATION[name], z)
    assert relative_error(layers.DERIVATIVE[name](layers.ACTIVATION[name](z)), expected) < 1e-8


def test_softmax_by_hand():
    np.testing.assert_allclose(layers.softmax(np.log([[1.0, 3.0]])), [[0.25, 0.75]], rtol=1e-12)


def test_softmax_of_large_logits_is_finite():
    assert layers.softmax(np.float32([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]


def test_cross_entropy_by_hand():
    loss, gradient = layers.cross_entropy(np.log([[1.0, 3.0], [1.0, 1.0]]), np.array([1, 0]))
    assert loss == pytest.approx((np.log(4 / 3) + np.log(2)) / 2)
    np.testing.assert_allclose(gradient, [[0.125, -0.125], [-0.25, 0.25]], rtol=1e-12)


def test_cross_entropy_of_a_certain_error_is_the_difference_of_the_logits():
    loss, _ = layers.cross_entropy(np.float32([[1000.0, 0.0]]), np.array([1]))
    assert loss == 1000.0


def test_cross_entropy_gradient_agrees_with_central_differences(rng):
    logits, labels = rng.normal(size=(3, 4, 5)), rng.integers(0, 5, (3, 4))
    expected = numerical_gradient(lambda z: layers.cross_entropy(z, labels)[0], logits, dy=np.ones(3))
    assert relative_error(layers.cross_entropy(logits, labels)[1], expected) < 1e-8


def test_dropout_keeps_the_mean_and_the_rate():
    factor, shift = layers.draw_dropout(np.random.default_rng(0), (1000, 100), 0.25, np.dtype(np.float32))
    assert sorted(set(factor.ravel().tolist())) == [0.0, np.float32(4 / 3)]
    assert (factor == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert shift == 0
    assert factor.dtype == np.float32


def test_noise_has_units_that_differ_in_mean_and_spread():
    factor, shift = layers.draw_noise(np.random.default_rng(0), (2000, 50), 0.5, np.dtype(np.float32))
    assert np.abs(shift.mean(axis=0)).max() == pytest.approx(0.5, abs=0.05)  # centres from U(-0.5, 0.5)
    assert 1.0 < factor.mean(axis=0).min() < 1.03 < 1.2 < factor.mean(axis=0).max() < 1.26  # from U(1, 1.25)
    np.testing.assert_allclose(shift.std(axis=0), 0.1 / np.sqrt(3), rtol=0.05)  # ± 0.1 around the centre
    np.testing.assert_allclose(factor.std(axis=0), 0.1, rtol=0.1)
