"""The statistics of one batch, from batch to batch, and of many batches together."""

import numpy as np
import pytest

from helpers import batchnorm


def test_the_variance_is_biased():
    assert batchnorm.batch_moments([[1.0], [2.0], [6.0]])[1].tolist() == pytest.approx([14 / 3])


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


COUNTS = " Leave out batches without values."
BAD_INPUT = {
    "shapes that differ": (
        lambda: batchnorm.update_moving([1.0, 2.0], [1.0]),
        "`moving` and `batch` must have one shape. Received: moving.shape=(2,), batch.shape=(1,). "
        "Pass the statistics of one layer, old and new.",
    ),
    "momentum below zero": (
        lambda: batchnorm.update_moving([1.0], [1.0], momentum=-0.1),
        "`momentum` must be between 0 and 1. Received: momentum=-0.1. It is the weight of the old value, as in Keras, "
        "such as 0.99; PyTorch's momentum is one minus this.",
    ),
    "NaN momentum": (
        lambda: batchnorm.update_moving([1.0], [1.0], momentum=float("nan")),
        "`momentum` must be between 0 and 1. Received: momentum=nan. It is the weight of the old value, as in Keras, "
        "such as 0.99; PyTorch's momentum is one minus this.",
    ),
    "no batches": (
        lambda: batchnorm.combine_moments(np.ones((0, 3)), np.ones((0, 3)), []),
        "`means` and `variances` must both have shape (K, C), with at least one batch. "
        "Received: means.shape=(0, 3), variances.shape=(0, 3). Stack the batches' statistics.",
    ),
    "counts of another length": (
        lambda: batchnorm.combine_moments([[1.0]], [[1.0]], [1, 2]),
        "`counts` must have shape (1,), one number for each batch. Received: counts.shape=(2,). "
        "Reshape or choose `counts` to fit.",
    ),
    "an empty batch": (
        lambda: batchnorm.combine_moments([[1.0]], [[1.0]], [0]),
        "`counts` must be at least 1. Received: counts.min()=0." + COUNTS,
    ),
    "negative variance": (
        lambda: batchnorm.combine_moments([[1.0]], [[-2.0]], [1]),
        "`variances` must not be negative. Received: variances.min()=-2. Pass variances (squares), not differences.",
    ),
    "an axis that x does not have": (
        lambda: batchnorm.batch_moments(np.ones((2, 2)), axis=-3),
        "`axis` must be at least -2. Received: axis=-3. Name the features' axis, such as -1.",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_values_are_refused_with_a_message_that_says_what_to_do(case):
    call, message = BAD_INPUT[case]
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        call()
    assert str(error.value) == message


def test_an_axis_must_be_an_integer():
    with pytest.raises(TypeError) as error:
        batchnorm.batch_moments(np.ones((2, 2)), axis=1.0)
    assert str(error.value) == "`axis` must be an integer. Received: axis=1.0. Name the features' axis, such as -1."
