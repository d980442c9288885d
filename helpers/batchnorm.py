"""Batch normalization from scratch, in NumPy: the formulas of the paper, and nothing else.

Ioffe & Szegedy (2015), "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift".

In every function `axis` is the features' axis. It is kept, and all other axes are reduced: a dense layer's (N, C) has
one statistic for each of C features over N rows; a convolution's (N, H, W, C) one for each of C feature maps over
N * H * W cells. m stands for the number of values that share a statistic. Variance is biased (1/m) throughout, and is
computed in two passes: E[x²] - E[x]² loses every digit where the mean is large beside the spread.

First come the formulas, which check nothing: all NumPy networks of the course, and the other normalizations, compute
with them. Then the same for everybody, with arguments checked.
"""

from typing import NamedTuple

import numpy as np

from helpers._support import validate

__all__ = ["BatchNorm", "backward", "batch_moments", "combine_moments"]
__all__ += ["fold", "forward", "inference", "update_moving"]

MOST_FEATURES = 10**8  # 3 gigabytes of statistics: more is a slip, and would fill the memory
EPSILON_ADVICE = "Pass a small number such as 0.001; it is added to the variance, under the root."
MOMENTUM_ADVICE = "It is the weight of the old value, as in Keras, such as 0.99; PyTorch's momentum is one minus this."


# The formulas. Values share their statistics along `axes`, which stay with length 1; other axes, such as runs side by
# side, are left alone. Numbers that are not finite pass through: a training that diverges goes on.


def inverse_std(variance, epsilon):
    """1 / sqrt(variance + epsilon)"""
    return 1 / np.sqrt(variance + variance.dtype.type(epsilon))


def moments(x, axes):
    """The mean, the biased variance, and x - mean."""
    mean = x.mean(axis=axes, keepdims=True)
    centred = x - mean
    return mean, np.square(centred).mean(axis=axes, keepdims=True), centred


def normalize(x, axes, epsilon):
    """x_hat = (x - mean) / sqrt(variance + epsilon), and the mean, the variance and 1 / sqrt(variance + epsilon)."""
    mean, variance, x_hat = moments(x, axes)
    inv_std = inverse_std(variance, epsilon)
    x_hat *= inv_std
    return x_hat, mean, variance, inv_std


def normalize_backward(dy, x_hat, scale, axes):
    """dx, and the sums of dy * x_hat and of dy; `scale` is gamma / sqrt(variance + epsilon), or without gamma.

    dx = scale * (dy - mean(dy) - x_hat * mean(dy * x_hat))
    """
    product = dy * x_hat
    dgamma, dbeta = product.sum(axis=axes, keepdims=True), dy.sum(axis=axes, keepdims=True)
    m = dy.size // dbeta.size
    dx = dy - dbeta / m  # without what flows back through the mean,
    dx -= np.multiply(x_hat, dgamma / m, out=product)  # nor what flows back through the variance
    dx *= scale
    return dx, dgamma, dbeta


def apply_moments(x, gamma, beta, mean, variance, epsilon):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, for statistics that are given."""
    # x - mean first: x * scale + folded shift loses digits where the mean is large.
    return (x - mean) * (gamma * inverse_std(variance, epsilon)) + beta


def move(moving, batch, momentum):
    """moving * momentum + batch * (1 - momentum)"""
    return moving * momentum + batch * (1 - momentum)


class Cache(NamedTuple):
    """What `forward` computed on its way, for `backward` and for the reader; all (C,) but x_hat, which is as x."""

    mean: np.ndarray
    variance: np.ndarray
    inv_std: np.ndarray
    x_hat: np.ndarray
    gamma: np.ndarray
    axis: int


def batch_moments(x, axis=-1):
    """Mean (C,) and biased variance (C,) of each feature of a batch.

        mean = 1/m sum(x),   variance = 1/m sum((x - mean)²)        (Algorithm 1, first two lines)

    x is an array such as (N, C) or (N, H, W, C). Integers are computed as float64; float32 and float64 keep their type.

    Raises
    ------
    TypeError, ValueError
        If x holds no real numbers, has no features' axis, is empty, or holds a NaN or an infinity.

    Examples
    --------
    >>> mean, variance = batch_moments([[1.0, 10.0], [3.0, 10.0]])
    >>> mean.tolist(), variance.tolist()
    ([2.0, 10.0], [1.0, 0.0])

    Notes
    -----
    `x.mean(axis=-1)` reduces the last axis; `batch_moments(x, axis=-1)` keeps it and reduces all the others.
    """
    x, axis = validate.batch(x, axis)
    with np.errstate(all="ignore"):  # what overflows is reported below, in words
        mean, variance, _ = moments(x, _others(x, axis))
    return _finite_moments(x, mean, variance)


def forward(x, gamma, beta, *, epsilon=1e-3, axis=-1):
    """y, each feature of x at mean beta and standard deviation (almost) gamma, and a cache for `backward`.

        x_hat = (x - mean) / sqrt(variance + epsilon),   y = gamma * x_hat + beta        (Algorithm 1)

    gamma and beta, (C,), are the learned scale and shift of each feature; epsilon, at least 0, keeps the division
    finite where a feature hardly varies. y has the type of x. Errors are those of `batch_moments`, and name what is
    wrong with gamma, beta or epsilon.

    Examples
    --------
    >>> y, _ = forward([[1.0], [3.0]], gamma=[2.0], beta=[5.0], epsilon=0.0)
    >>> y.tolist()
    [[3.0], [7.0]]

    Notes
    -----
    `epsilon` stands under the root, beside the variance. sqrt(variance) + epsilon is another function: with a standard
    deviation of 0.01 and epsilon 0.001 a feature leaves with a spread of 0.91 instead of 0.30.
    """
    x, axis = validate.batch(x, axis)
    gamma, beta = (validate.vector(n, v, x.shape[axis], x.dtype) for n, v in (("gamma", gamma), ("beta", beta)))
    epsilon = validate.number("epsilon", epsilon, low=0, advice=EPSILON_ADVICE)
    with np.errstate(all="ignore"):  # what overflows is reported below, in words
        x_hat, mean, variance, inv_std = normalize(x, _others(x, axis), epsilon)
    mean, variance = _finite_moments(x, mean, variance)
    _refuse_division_by_zero("variance", variance, epsilon)
    y = _along(axis, x.ndim, gamma) * x_hat
    y += _along(axis, x.ndim, beta)
    return y, Cache(mean, variance, inv_std.ravel(), x_hat, gamma, axis)


def backward(dy, cache):
    """Gradients dx (shape of x), dgamma (C,) and dbeta (C,) of a loss whose gradient with respect to y is dy.

        dbeta = sum(dy),   dgamma = sum(dy * x_hat)
        dx = gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m)

    Section 3 of the paper gives the six equations of the chain rule; substituted into each other they are the line
    above. Its last two terms are what flows back through the mean and through the variance. `cache` is what `forward`
    returned for this batch.

    Raises
    ------
    TypeError, ValueError
        If dy holds no real numbers, has another shape than x or a number that is not finite, or cache is not a Cache.

    Examples
    --------
    >>> _, cache = forward([[1.0], [3.0]], gamma=[2.0], beta=[5.0], epsilon=0.0)
    >>> dx, dgamma, dbeta = backward([[1.0], [-2.0]], cache)
    >>> dx.tolist(), dgamma.tolist(), dbeta.tolist()
    ([[0.0], [0.0]], [-3.0], [-1.0])

    Notes
    -----
    Mean and variance depend on x. Treated as constants they leave only the first term, gamma * inv_std * dy, whose sum
    over the batch is not 0; the sum of the true dx is.
    """
    if not isinstance(cache, Cache):
        raise TypeError(
            f"`cache` must be what forward returned. {validate.received(cache=cache)} "
            "Call `y, cache = forward(...)` and pass its cache."
        )
    _, _, inv_std, x_hat, gamma, axis = cache
    dy = validate.real_array("dy", dy)
    if dy.shape != x_hat.shape:
        raise ValueError(
            f"`dy` must have the shape of x, {x_hat.shape}. Received: dy.shape={dy.shape}. "
            "Pass the gradient of the loss with respect to y."
        )
    dy = validate.finite("dy", dy).astype(x_hat.dtype, copy=False)
    scale = _along(axis, dy.ndim, gamma * inv_std)
    dx, dgamma, dbeta = normalize_backward(dy, x_hat, scale, _others(dy, axis))
    return dx, dgamma.ravel(), dbeta.ravel()


def inference(x, gamma, beta, moving_mean, moving_variance, *, epsilon=1e-3, axis=-1):
    """y, normalized with the moving statistics: each example's output depends on that example alone.

        y = gamma * (x - moving_mean) / sqrt(moving_variance + epsilon) + beta        (Algorithm 2, line 11)

    Parameters and errors are those of `forward`; moving_mean and moving_variance are (C,), the latter not negative.
    The paper multiplies the variance by m / (m - 1) first; Keras does not, and neither does this course.

    Examples
    --------
    >>> inference([[7.0]], [2.0], [5.0], moving_mean=[3.0], moving_variance=[4.0], epsilon=0.0).tolist()
    [[9.0]]
    """
    x, axis = validate.batch(x, axis)
    validate.finite("x", x)
    vectors, epsilon = _inference_arguments(x.shape[axis], x.dtype, gamma, beta, moving_mean, moving_variance, epsilon)
    return apply_moments(x, *(_along(axis, x.ndim, vector) for vector in vectors), epsilon)


def update_moving(moving, batch, *, momentum=0.99):
    """The moving statistic after one more batch: moving = moving * momentum + batch * (1 - momentum).

    `momentum`, between 0 and 1, is the weight of the OLD value. (PyTorch calls the weight of the new one momentum: its
    0.01 is this 0.99.) Both are finite and have one shape; anything else is a TypeError or a ValueError.

    Examples
    --------
    >>> update_moving([0.0], [10.0], momentum=0.9).round(6).tolist()
    [1.0]
    """
    momentum = validate.number("momentum", momentum, low=0, high=1, advice=MOMENTUM_ADVICE)
    moving = validate.finite("moving", validate.real_array("moving", moving))
    batch = validate.finite("batch", validate.real_array("batch", batch))
    if moving.shape != batch.shape:
        raise ValueError(
            f"`moving` and `batch` must have one shape. Received: moving.shape={moving.shape}, "
            f"batch.shape={batch.shape}. Pass the statistics of one layer, old and new."
        )
    return move(moving, batch, momentum)


def combine_moments(means, variances, counts):
    """Mean (C,) and biased variance (C,) of all K batches together, exact, from each batch's own.

        mean = sum(w * means),   variance = sum(w * (variances + (means - mean)²)),   w = counts / sum(counts)

    The law of total variance: the mean of the variances plus the variance of the means.

    means and variances are (K, C), finite, and the latter not negative; counts, (K,), at least 1, says how many values
    each was computed from. Anything else is a TypeError or a ValueError.

    Examples
    --------
    The batches [1, 3] and [8], of which the whole has mean 4 and variance 26/3:

    >>> mean, variance = combine_moments([[2.0], [8.0]], [[1.0], [0.0]], [2, 1])
    >>> mean.round(6).tolist(), variance.round(6).tolist()
    ([4.0], [8.666667])
    """
    means = validate.finite("means", validate.real_array("means", means))
    variances = validate.real_array("variances", variances)
    if means.ndim != 2 or means.shape != variances.shape or 0 in means.shape:
        raise ValueError(
            f"`means` and `variances` must both have shape (K, C), with at least one batch. "
            f"Received: means.shape={means.shape}, variances.shape={variances.shape}. Stack the batches' statistics."
        )
    validate.not_negative("variances", validate.finite("variances", variances))
    counts = validate.vector("counts", counts, len(means), np.float64, of="one number for each batch")
    if counts.min() < 1:
        raise ValueError(
            f"`counts` must be at least 1. Received: counts.min()={counts.min():g}. Leave out batches without values."
        )
    weights = (counts / counts.sum())[:, None].astype(means.dtype)
    mean = (weights * means).sum(axis=0)
    return mean, (weights * (variances + np.square(means - mean))).sum(axis=0)


def fold(kernel, bias, gamma, beta, moving_mean, moving_variance, *, epsilon=1e-3):
    """Kernel and bias of the single layer equal to "kernel, bias, then batch normalization in inference mode".

        scale = gamma / sqrt(moving_variance + epsilon)
        kernel = kernel * scale,   bias = (bias - moving_mean) * scale + beta

    The kernel has its features on the last axis: Dense (D, C), convolution (kh, kw, D, C). A depthwise kernel
    (kh, kw, C, m) is passed as `kernel.reshape(kh, kw, 1, C * m)` and the result reshaped back. bias is (C,) or None.
    Other parameters, and errors, are those of `inference`.

    Examples
    --------
    >>> kernel, bias = fold([[3.0]], None, [2.0], [5.0], [1.0], [4.0], epsilon=0.0)
    >>> kernel.tolist(), bias.tolist()
    ([[3.0]], [4.0])
    """
    kernel, _ = validate.batch(kernel, -1, name="kernel")
    validate.finite("kernel", kernel)
    features = kernel.shape[-1]
    vectors, epsilon = _inference_arguments(features, kernel.dtype, gamma, beta, moving_mean, moving_variance, epsilon)
    scale = vectors[0] * inverse_std(vectors[-1], epsilon)
    bias = validate.vector("bias", np.zeros(features) if bias is None else bias, features, kernel.dtype)
    return kernel * scale, apply_moments(bias, *vectors, epsilon)


class BatchNorm:
    """Batch normalization as a layer: the functions above, and the numbers that they need from call to call.

    Parameters
    ----------
    features : int
        C, the number of features; at least 1.
    momentum : float in [0, 1]
        The weight of the old value: moving_mean = moving_mean * momentum + mean * (1 - momentum).

    Attributes
    ----------
    gamma, beta : (C,) float64
        Start at 1 and 0; learned by whoever reads dgamma and dbeta, (C,), which the last `backward` left.
    moving_mean, moving_variance : (C,) float64
        Start at 0 and 1; updated by each call with training=True, used by each call with training=False.

    Examples
    --------
    >>> layer = BatchNorm(1, momentum=0.9, epsilon=0.0)
    >>> layer([[1.0], [3.0]], training=True).tolist()
    [[-1.0], [1.0]]
    >>> layer.moving_mean.round(6).tolist(), layer.moving_variance.round(6).tolist()
    ([0.2], [1.0])

    Notes
    -----
    `training` has no default on purpose: forgetting it is the commonest mistake with this layer.
    """

    def __init__(self, features, *, momentum=0.99, epsilon=1e-3, axis=-1):
        advice = "Pass the number of features, C."
        features = validate.integer("features", features, low=1, high=MOST_FEATURES, advice=advice)
        self.momentum = validate.number("momentum", momentum, low=0, high=1, advice=MOMENTUM_ADVICE)
        self.epsilon = validate.number("epsilon", epsilon, low=0, advice=EPSILON_ADVICE)
        self.axis = axis
        self.gamma, self.beta = np.ones(features), np.zeros(features)
        self.moving_mean, self.moving_variance = np.zeros(features), np.ones(features)
        self.dgamma = self.dbeta = self._cache = None
        self._features = features

    def __call__(self, x, *, training):
        """y, normalized with the batch's statistics (training=True) or the moving ones (training=False)."""
        advice = "Pass True to normalize with the batch's statistics, False to use the moving ones."
        training = validate.boolean("training", training, advice=advice)
        x, axis = validate.batch(x, self.axis)
        settings = {"epsilon": self.epsilon, "axis": axis}
        if x.shape[axis] != self._features:
            raise ValueError(
                f"`x` must have as many features as the layer, features={self._features}, on axis {self.axis}. "
                f"Received: x.shape={x.shape}. Make the layer with features={x.shape[axis]}, or pass another axis."
            )
        if not training:
            return inference(x, self.gamma, self.beta, self.moving_mean, self.moving_variance, **settings)
        y, self._cache = forward(x, self.gamma, self.beta, **settings)
        self.moving_mean = update_moving(self.moving_mean, self._cache.mean, momentum=self.momentum)
        self.moving_variance = update_moving(self.moving_variance, self._cache.variance, momentum=self.momentum)
        return y

    def backward(self, dy):
        """dx for the last call with training=True, without which this is a RuntimeError; keeps dgamma and dbeta."""
        if self._cache is None:
            raise RuntimeError(
                "`backward` needs a forward pass before it. Received: a layer never called with training=True. "
                "Call `layer(x, training=True)` first."
            )
        dx, self.dgamma, self.dbeta = backward(dy, self._cache)
        return dx


def _along(axis, ndim, values):
    """(C,) seen as (1, …, C, …, 1), so that it broadcasts along the features' axis."""
    return values.reshape([-1 if i == axis else 1 for i in range(ndim)])


def _others(x, axis):
    return tuple(i for i in range(x.ndim) if i != axis)


def _finite_moments(x, mean, variance):
    if not (np.isfinite(mean).all() and np.isfinite(variance).all()):
        # Looked for in C numbers rather than in all of x: one bad value spoils its feature's moments.
        validate.finite("x", x)
        raise ValueError(
            f"`x` must be small enough to be squared in {x.dtype}. Received: max|x|={np.abs(x).max():.3g}. "
            "Divide x by its scale first."
        )
    return mean.ravel(), variance.ravel()


def _refuse_division_by_zero(name, variance, epsilon):
    if epsilon == 0 and variance.min() == 0:
        raise ValueError(
            f"`epsilon` must be above 0 where a {name} is 0. Received: epsilon=0.0, {name}.min()=0.0. {EPSILON_ADVICE}"
        )


def _inference_arguments(features, dtype, gamma, beta, moving_mean, moving_variance, epsilon):
    """gamma, beta, mean and variance, each (C,), and epsilon, all of them checked."""
    named = {"gamma": gamma, "beta": beta, "moving_mean": moving_mean, "moving_variance": moving_variance}
    vectors = [validate.vector(name, value, features, dtype) for name, value in named.items()]
    validate.not_negative("moving_variance", vectors[-1])
    epsilon = validate.number("epsilon", epsilon, low=0, advice=EPSILON_ADVICE)
    _refuse_division_by_zero("moving_variance", vectors[-1], epsilon)
    return vectors, epsilon
