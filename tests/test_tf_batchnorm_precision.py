"""helpers.tf.batchnorm.BatchNorm in other precisions than float32: against Keras, and rounded once, at the end."""

import numpy as np
import pytest
from test_tf_batchnorm import draw, gradients, pair

from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import tf

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"])
def test_precision_policies(policy):
    ours, theirs = pair((8, 5), dtype=policy)
    for step in range(3):
        x = draw((8, 5), step)
        mine, reference = ours(x, training=True), theirs(x, training=True)
        assert mine.dtype == reference.dtype == ours.compute_dtype
        np.testing.assert_allclose(tf.cast(mine, "float64"), tf.cast(reference, "float64"), rtol=1e-2, atol=1e-2)
    for mine, reference in zip(ours.weights, theirs.weights, strict=True):
        assert mine.dtype == reference.dtype
        np.testing.assert_allclose(tf.cast(mine, "float64"), tf.cast(reference, "float64"), rtol=1e-3)


@pytest.mark.parametrize("training", [True, False])
def test_half_precision_is_rounded_once_at_the_end(training):
    x = tf.cast(draw((64, 5)), tf.bfloat16)
    half, whole = (pair((64, 5), dtype=policy)[0] for policy in ("mixed_bfloat16", "float32"))
    expected = tf.cast(whole(tf.cast(x, tf.float32), training=training), tf.bfloat16)
    np.testing.assert_array_equal(tf.cast(half(x, training=training), tf.float32), tf.cast(expected, tf.float32))


def test_moments_of_float16_do_not_overflow():
    layer = BatchNorm(dtype="mixed_float16", momentum=0.0)
    y = layer(tf.constant([[-400.0], [400.0]]), training=True)  # 400² is more than float16 holds
    np.testing.assert_allclose(tf.cast(y, tf.float32), [[-1], [1]], rtol=1e-3)
    assert float(layer.moving_variance[0]) == 160_000


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_gradients_under_mixed_precision(policy):
    ours, theirs = pair((8, 5), dtype=policy)
    x, dy = draw((8, 5)), draw((8, 5), 1, mean=0.0)
    for got, want in zip(gradients(ours, x, dy, training=True), gradients(theirs, x, dy, training=True), strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-2, atol=2e-2)
