import re

import numpy as np
import pytest

from helpers.tf.moments import masked_moments, moments, moments_of_all_replicas
from helpers.tf.quiet import tf

pytestmark = pytest.mark.keras


def test_moments_of_a_hand_example():
    mean, variance = moments(tf.constant([[1.0, 10.0], [3.0, 30.0]]), axes=[0])
    np.testing.assert_array_equal(mean, [2, 20])
    np.testing.assert_array_equal(variance, [1, 100])


def test_variance_survives_a_large_mean():
    x = np.random.default_rng(0).normal(1e4, 1, (32, 3)).astype(np.float32)
    np.testing.assert_allclose(moments(tf.constant(x), [0])[1], x.astype(np.float64).var(axis=0), rtol=1e-3)


def test_gradient_of_the_variance_is_two_thirds_of_the_distance_for_three_values():
    x = tf.constant([[1.0], [2.0], [6.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        variance = moments(x, [0])[1]
    np.testing.assert_allclose(tape.gradient(variance, x), [[-4 / 3], [-2 / 3], [2]], rtol=1e-6)


@pytest.mark.parametrize("mask", [[[True, True, False]], [[1, 1, 0]], [[0.5, 2.0, 0.0]], np.array([[1.0, 1.0, 0.0]])])
def test_masked_values_do_not_count(mask):
    x = tf.constant([[[2.0], [4.0], [99.0]]])
    for got, want in zip(masked_moments(x, [0, 1], mask), ([3.0], [1.0], [2.0]), strict=True):
        np.testing.assert_array_equal(got, want)


def test_a_mask_of_all_true_gives_the_plain_moments():
    x = tf.constant(np.random.default_rng(1).normal(5, 2, (4, 3, 6)), tf.float32)
    masked = masked_moments(x, [0, 1], tf.ones((4, 3), tf.bool))
    for got, want in zip(masked[:2], moments(x, [0, 1]), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5)
    np.testing.assert_array_equal(masked[2], np.full(6, 12))


@pytest.mark.parametrize("shape", [(1, 3), (4, 1), (1, 1)])
def test_a_mask_is_broadcast(shape):
    x = tf.constant(np.random.default_rng(2).normal(size=(4, 3, 2)), tf.float32)
    mask = np.zeros(shape, bool)
    mask.flat[0] = True
    whole = np.broadcast_to(mask, (4, 3))
    for got, want in zip(masked_moments(x, [0, 1], mask), masked_moments(x, [0, 1], whole), strict=True):
        np.testing.assert_array_equal(got, want)


def test_a_batch_masked_whole_gives_zeros():
    for statistic in masked_moments(tf.ones((2, 3, 4)), [0, 1], tf.zeros((2, 3))):
        np.testing.assert_array_equal(statistic, np.zeros(4))


def test_what_is_masked_may_be_nan_in_value_and_gradient():
    x = tf.constant([[[2.0], [4.0], [np.nan]]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        mean, variance, _ = masked_moments(x, [0, 1], [[1, 1, 0]])
        total = mean + variance
    np.testing.assert_array_equal(variance, [1])
    np.testing.assert_allclose(tape.gradient(total, x), [[[-0.5], [1.5], [0]]])


def test_one_feature_keeps_its_axis():
    assert [s.shape for s in masked_moments(tf.ones((4, 1)), [0], tf.ones(4))] == [(1,), (1,), (1,)]


@pytest.mark.parametrize("shape", [(4, 3, 1), (4,)])
def test_a_mask_with_too_many_or_too_few_axes_is_refused(shape):
    message = (
        f"`mask` must have one axis less than the inputs. Received: mask.shape={shape}, inputs.shape=(4, 3, 2). "
        "Leave out the inputs' last axis: one entry for each step, not each value."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        masked_moments(tf.ones((4, 3, 2)), [0, 1], tf.ones(shape))


def test_without_replicas_the_moments_stay_as_they_are():
    mean, variance = tf.constant([1.0]), tf.constant([2.0])
    assert moments_of_all_replicas(mean, variance, tf.constant(3.0)) == (mean, variance)
