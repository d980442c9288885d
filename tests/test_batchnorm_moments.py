"""The statistics of one batch, from batch to batch, and of many batches together."""

import numpy as np
import pytest

from helpers import batchnorm


def test_the_variance_is_biased():
    assert batchnorm.batch_moments([[1.0], [2.0], [6.0]])[1].tolist() == pytest.approx([14 / 3])


def test_the_last_axis_is_the_features_unless_another_is_named():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    np.testing.assert_array_equal(batchnorm.batch_moments(x), batchnorm.batch_moments(x, axis=3))
    np.testing.assert_array_equal(
        batchnorm.BatchNorm(5)(x, training=True), batchnorm.BatchNorm(5, axis=3)(x, training=True)
    )


def test_a_large_mean_does_not_spoil_the_variance():
    x = (1e4 + np.array([[-1.0], [1.0]] * 4)).astype(np.float32)
    assert batchnorm.batch_moments(x)[1].tolist() == [1.0]


def test_a_non_contiguous_batch_has_the_moments_of_its_copy():
    x = np.random.default_rng(0).normal(size=(6, 8))[::2, ::-2]
    np.testing.assert_allclose(batchnorm.batch_moments(x), batchnorm.batch_moments(x.copy()), rtol=1e-15)


@pytest.mark.parametrize(("updates", "expected"), [(1, 1.0), (2, 1.9), (10, 6.5132156)])
def test_a_moving_statistic_approaches_a_constant_batch(updates, expected):
    moving = np.zeros(1)
    for _ in range(updates):
        moving = batchnorm.update_moving(moving, np.array([10.0]), momentum=0.9)
    assert moving[0] == pytest.approx(expected)


@pytest.mark.parametrize(("momentum", "expected"), [(0, 10.0), (0.25, 8.5), (0.5, 7.0), (1, 4.0)])
def test_momentum_is_the_weight_of_the_old_value(momentum, expected):
    assert batchnorm.update_moving([4.0], [10.0], momentum=momentum).tolist() == pytest.approx([expected])


def test_combined_moments_are_those_of_all_values_together():
    rng = np.random.default_rng(0)
    batches = [rng.normal(loc, 2.0, (count, 5)) for loc, count in [(0, 3), (50, 60), (-7, 1)]]
    means, variances = zip(*(batchnorm.batch_moments(b) for b in batches), strict=True)
    combined = batchnorm.combine_moments(means, variances, [len(b) for b in batches])
    np.testing.assert_allclose(combined, batchnorm.batch_moments(np.concatenate(batches)), rtol=1e-12)


def test_large_means_do_not_spoil_the_combined_variance():
    means = (1e4 + np.array([[-1.0], [3.0]])).astype(np.float32)
    mean, variance = batchnorm.combine_moments(means, np.array([[2.0], [5.0]], np.float32), [3, 1])
    assert (mean.tolist(), variance.tolist()) == ([1e4], [pytest.approx(0.75 * 3 + 0.25 * 14, rel=0.01)])


def test_statistics_that_are_passed_in_are_left_as_they_were():
    means, variances, counts = np.array([[1.0], [4.0]]), np.array([[2.0], [3.0]]), np.array([3, 60])
    batchnorm.update_moving(means, variances, momentum=0.9)
    batchnorm.combine_moments(means, variances, counts)
    assert (means.tolist(), variances.tolist(), counts.tolist()) == ([[1.0], [4.0]], [[2.0], [3.0]], [3, 60])
