"""helpers.checks.engine.batches: inputs that tell the known mistakes apart."""

import numpy as np
import pytest

from helpers.checks.engine import batches


def test_spreads_are_exact_and_one_feature_hardly_varies():
    x, _, _, _ = batches.ordinary(8, 5, epsilon=1e-3)
    np.testing.assert_allclose(x.std(axis=0), [0.8, 0.01, 2.9, 3.95, 5.0], rtol=1e-9)


def test_gamma_is_far_from_one_and_beta_from_zero():
    _, gamma, beta, _ = batches.ordinary(8, 5, epsilon=1e-3)
    assert np.abs(gamma).min() >= 1.5
    assert np.abs(beta).min() >= 2.0


def test_inputs_are_the_same_each_time():
    first, second = (batches.ordinary(8, 5, epsilon=1e-3, seed=3) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second))


def test_float32_is_float32_throughout():
    assert {a.dtype for a in batches.ordinary(8, 5, epsilon=1e-3, dtype=np.float32)[:3]} == {np.dtype(np.float32)}


def test_far_values_are_exact_in_float32():
    x = batches.far(np.random.default_rng(0).normal(size=(8, 3)))
    assert x.dtype == np.float32
    assert np.array_equal(4 * x.astype(np.float64), np.round(4 * x.astype(np.float64)))
    assert x.mean(dtype=np.float64) == pytest.approx(1e4, abs=1)


def test_a_naive_variance_of_the_far_values_has_no_digit_left():
    x = batches.far(np.random.default_rng(0).normal(size=(8, 3)))
    naive = (x**2).mean(axis=0) - x.mean(axis=0) ** 2
    assert np.abs(naive - x.var(axis=0, dtype=np.float64)).max() > 0.5


def test_constant_columns_average_without_rounding():
    one_column, whole_batch = (case.arguments[0] for case in batches.constant_columns())
    assert one_column.var(axis=0)[2] == 0.0
    assert whole_batch.var(axis=0).tolist() == [0.0, 0.0, 0.0]
