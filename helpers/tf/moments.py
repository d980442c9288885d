"""Mean and variance of a batch, in low-level TensorFlow: with a mask, and shared by several replicas.

What `helpers.tf.batchnorm.BatchNorm` normalizes with while it trains. Variance is biased (1/m), in two passes: first
the mean, then the mean of the squared distances to it. E[x²] − E[x]² in one pass loses all digits where the mean is
large beside the spread (float32, mean 1e4, standard deviation 1: −8 instead of 1).
"""

from helpers.tf.quiet import tf

__all__ = ["masked_moments", "moments", "moments_of_all_replicas"]


def moments(x, axes):
    """Mean and biased variance (1/m) of x over `axes`, which are reduced: two tensors with the other axes' shape.

    x is a floating-point tensor, best float32: in float16 a square above 65,504 is infinity. Where x holds nothing, as
    an empty share of a batch does, both are 0.

    Examples
    --------
    >>> mean, variance = moments(tf.constant([[1.0, 10.0], [3.0, 30.0]]), axes=[0])
    >>> mean.numpy().tolist(), variance.numpy().tolist()
    ([2.0, 20.0], [1.0, 100.0])
    """
    mean = tf.reduce_mean(x, axes, keepdims=True)
    variance = tf.reduce_mean(tf.square(x - mean), axes)
    statistics = tf.squeeze(mean, axes), variance
    return tuple(tf.where(holds_values(x), statistic, 0) for statistic in statistics)


def holds_values(x):
    """Whether x has any value: a bool if its shape says so, else a tensor."""
    size = x.shape.num_elements()
    return tf.size(x) > 0 if size is None else size > 0


def masked_moments(x, axes, mask):
    """Mean, biased variance and count of those values of x that the mask lets through, over `axes`.

        count = sum(mask),   mean = sum(mask * x) / count,   variance = sum(mask * (x - mean)²) / count

    Parameters
    ----------
    x : floating-point tensor, such as (N, T, C)
    axes : list of int
        The axes to reduce, such as [0, 1].
    mask : tensor with one axis less than x, such as (N, T)
        True, or any number but 0, where a value counts. Without the last axis of x, and broadcast along it; an axis of
        size 1 is broadcast too.

    Returns
    -------
    mean, variance, count : tensors such as (C,)
        Where nothing counts all three are 0, never NaN.

    Raises
    ------
    ValueError
        If the mask does not have one axis less than x.

    Examples
    --------
    One sequence of length 3, whose last step is padding:

    >>> x = tf.constant([[[2.0], [4.0], [0.0]]])
    >>> mean, variance, count = masked_moments(x, axes=[0, 1], mask=[[True, True, False]])
    >>> mean.numpy().tolist(), variance.numpy().tolist(), count.numpy().tolist()
    ([3.0], [1.0], [2.0])

    Notes
    -----
    A number in the mask is no weight: 0.5 counts as much as 1, as in Keras.
    """
    mask = tf.convert_to_tensor(mask)
    if mask.shape.rank != x.shape.rank - 1:
        raise ValueError(
            f"`mask` must have one axis less than the inputs. Received: mask.shape={tuple(mask.shape)}, "
            f"inputs.shape={tuple(x.shape)}. Leave out the inputs' last axis: one entry for each step, not each value."
        )
    counts = tf.broadcast_to(tf.cast(mask, tf.bool)[..., tf.newaxis], tf.shape(x))
    count = tf.reduce_sum(tf.cast(counts, x.dtype), axes, keepdims=True)
    # tf.where, not a product: what is masked may be NaN, and 0 * NaN is NaN.
    mean = tf.math.divide_no_nan(tf.reduce_sum(tf.where(counts, x, 0.0), axes, keepdims=True), count)
    squares = tf.reduce_sum(tf.square(tf.where(counts, x - mean, 0.0)), axes, keepdims=True)
    variance = tf.math.divide_no_nan(squares, count)
    # Only the reduced axes go: one feature stays (1,), which a bare tf.squeeze would turn into ().
    return tuple(tf.squeeze(statistic, axes) for statistic in (mean, variance, count))


def moments_of_all_replicas(mean, variance, count):
    """Mean and variance of the values of all replicas together, from this replica's own.

        mean = sum(w * means),   variance = sum(w * (variances + (means - mean)²)),   w = counts / sum(counts)

    The mean of the variances plus the variance of the means, as `helpers.batchnorm.combine_moments` computes it; here
    each sum runs over the replicas of `tf.distribute`. Gradients flow through it, to all replicas. Outside a replica,
    or with one only, it returns mean and variance as they are.

    Parameters
    ----------
    mean, variance, count : tensors such as (C,)
        This replica's own, count as a floating-point number.
    """
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return mean, variance
    total, summed = replica.all_reduce("SUM", [count, count * mean])
    mean_of_all = tf.math.divide_no_nan(summed, total)
    spread = count * (variance + tf.square(mean - mean_of_all))
    return mean_of_all, tf.math.divide_no_nan(replica.all_reduce("SUM", spread), total)
