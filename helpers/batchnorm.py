"""Batch normalization from scratch, in NumPy: the formulas of the paper, and nothing else.

Ioffe & Szegedy (2015), "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift".

In every function `axis` is the features' axis. It is kept, and all other axes are reduced: a dense layer's (N, C) has
one statistic for each of C features over N rows; a convolution's (N, H, W, C) one for each of C feature maps over
N * H * W cells. m stands for the number of values that share a statistic. Variance is biased (1/m) throughout.
"""

from typing import NamedTuple

import numpy as np

from helpers._support import validate
from helpers._support.moments import MOMENTUM_ADVICE, along, batch_moments, batch_of, combine_moments, update_moving

__all__ = [
    "BatchNorm",
    "backward",
    "batch_moments",
    "combine_moments",
    "fold",
    "forward",
    "inference",
    "update_moving",
]

MOST_FEATURES = 10**8  # 3 gigabytes of statistics: more is a slip, and would fill the memory
EPSILON_ADVICE = "Pass a small number such as 0.001; it is added to the variance, under the root."


class Cache(NamedTuple):
    """What `forward` computed on its way, for `backward` and for the reader; all (C,) but x_hat, which is as x."""

    mean: np.ndarray
    variance: np.ndarray
    inv_std: np.ndarray
    x_hat: np.ndarray
    gamma: np.ndarray
    axis: int


def forward(x, gamma, beta, *, epsilon=1e-3, axis=-1):
    """y, each feature of x at mean beta and standard deviation (almost) gamma, and a cache for `backward`.

        x_hat = (x - mean) / sqrt(variance + epsilon),   y = gamma * x_hat + beta        (Algorithm 1)

    Parameters
    ----------
    x : array, such as (N, C) or (N, H, W, C)
        Integers are computed as float64; float32 and float64 keep their type, and y has it too.
    gamma, beta : (C,)
        The learned scale and shift of each feature.
    epsilon : float, at least 0
        Keeps the division finite where a feature hardly varies.
    axis : int
        The features' axis.

    Returns
    -------
    y : array, shape of x
    cache : Cache

    Raises
    ------
    TypeError, ValueError
        As `batch_moments`; and if gamma or beta is not (C,) and finite, or epsilon is negative.

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
    x, axis = batch_of(x, axis)
    gamma, beta = (validate.vector(n, v, x.shape[axis], x.dtype) for n, v in (("gamma", gamma), ("beta", beta)))
    epsilon = validate.number("epsilon", epsilon, low=0, advice=EPSILON_ADVICE)
    mean, variance = batch_moments(x, axis)
    inv_std = _inverse_std("variance", variance, epsilon)
    # A large array costs more to make than to compute: one for x_hat, one for y, and the rest happens in them.
    x_hat = x - along(axis, x.ndim, mean)
    x_hat *= along(axis, x.ndim, inv_std)
    y = along(axis, x.ndim, gamma) * x_hat
    y += along(axis, x.ndim, beta)
    return y, Cache(mean, variance, inv_std, x_hat, gamma, axis)


def backward(dy, cache):
    """Gradients dx (shape of x), dgamma (C,) and dbeta (C,) of a loss whose gradient with respect to y is dy.

        dbeta = sum(dy),   dgamma = sum(dy * x_hat)
        dx = gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m)

    Section 3 of the paper gives the six equations of the chain rule; substituted into each other they are the line
    above. Its last two terms are what flows back through the mean and through the variance.

    Parameters
    ----------
    dy : array, shape of x
    cache : Cache
        From the `forward` of this batch.

    Raises
    ------
    TypeError
        If dy holds no real numbers, or cache is not a Cache.
    ValueError
        If dy has another shape than x, or a number in it is not finite.

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
            f"`cache` must be what forward returned. {validate.received(cache=type(cache).__name__)} "
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
    others = tuple(i for i in range(dy.ndim) if i != axis)
    m = dy.size // dy.shape[axis]
    dbeta = dy.sum(axis=others)
    dgamma = (dy * x_hat).sum(axis=others)
    dx = x_hat * along(axis, dy.ndim, dgamma / m)  # what flows back through the variance,
    dx += along(axis, dy.ndim, dbeta / m)  # and through the mean,
    np.subtract(dy, dx, out=dx)  # is taken from dy
    dx *= along(axis, dy.ndim, gamma * inv_std)
    return dx, dgamma, dbeta


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
    x, axis = batch_of(x, axis)
    validate.finite("x", x)
    scale, shift = _affine(x.shape[axis], x.dtype, gamma, beta, moving_mean, moving_variance, epsilon)
    mean = validate.vector("moving_mean", moving_mean, x.shape[axis], x.dtype)
    # x - mean first: x * scale + folded shift loses digits where the mean is large.
    return (x - along(axis, x.ndim, mean)) * along(axis, x.ndim, scale) + along(axis, x.ndim, shift)


def fold(kernel, bias, gamma, beta, moving_mean, moving_variance, *, epsilon=1e-3):
    """Kernel and bias of the single layer equal to "kernel, bias, then batch normalization in inference mode".

        scale = gamma / sqrt(moving_variance + epsilon)
        kernel = kernel * scale,   bias = (bias - moving_mean) * scale + beta

    Parameters
    ----------
    kernel : (..., C)
        Features on the last axis: Dense (D, C), convolution (kh, kw, D, C). A depthwise kernel (kh, kw, C, m) is passed
        as `kernel.reshape(kh, kw, 1, C * m)` and the result reshaped back.
    bias : (C,) or None
        None means a layer without bias.
    gamma, beta, moving_mean, moving_variance : (C,)

    Raises
    ------
    TypeError, ValueError
        As `inference`, for kernel in place of x.

    Examples
    --------
    >>> kernel, bias = fold([[3.0]], None, [2.0], [5.0], [1.0], [4.0], epsilon=0.0)
    >>> kernel.tolist(), bias.tolist()
    ([[3.0]], [4.0])
    """
    kernel, _ = batch_of(kernel, -1, name="kernel")
    validate.finite("kernel", kernel)
    features = kernel.shape[-1]
    scale, shift = _affine(features, kernel.dtype, gamma, beta, moving_mean, moving_variance, epsilon)
    mean = validate.vector("moving_mean", moving_mean, features, kernel.dtype)
    old_bias = np.zeros(features) if bias is None else bias
    old_bias = validate.vector("bias", old_bias, features, kernel.dtype)
    return kernel * scale, (old_bias - mean) * scale + shift


class BatchNorm:
    """Batch normalization as a layer: the functions above, and the numbers that they need from call to call.

    Parameters
    ----------
    features : int
        C, the number of features; at least 1.
    momentum : float in [0, 1]
        The weight of the old value: moving_mean = moving_mean * momentum + mean * (1 - momentum).
    epsilon : float, at least 0
    axis : int
        The features' axis.

    Attributes
    ----------
    gamma, beta : (C,) float64
        Start at 1 and 0; learned by whoever reads dgamma and dbeta.
    moving_mean, moving_variance : (C,) float64
        Start at 0 and 1; updated by each call with training=True, used by each call with training=False.
    dgamma, dbeta : (C,) or None
        From the last `backward`.

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
        features = validate.integer(
            "features", features, low=1, high=MOST_FEATURES, advice="Pass the number of features, C."
        )
        self.momentum = validate.number("momentum", momentum, low=0, high=1, advice=MOMENTUM_ADVICE)
        self.epsilon = validate.number("epsilon", epsilon, low=0, advice=EPSILON_ADVICE)
        self.axis = axis
        self.gamma, self.beta = np.ones(features), np.zeros(features)
        self.moving_mean, self.moving_variance = np.zeros(features), np.ones(features)
        self.dgamma = self.dbeta = self._cache = None

    def __call__(self, x, *, training):
        """y, normalized with the batch's statistics (training=True) or the moving ones (training=False)."""
        settings = {"epsilon": self.epsilon, "axis": self.axis}
        advice = "Pass True to normalize with the batch's statistics, False to use the moving ones."
        if not validate.boolean("training", training, advice=advice):
            return inference(x, self.gamma, self.beta, self.moving_mean, self.moving_variance, **settings)
        y, self._cache = forward(x, self.gamma, self.beta, **settings)
        self.moving_mean = update_moving(self.moving_mean, self._cache.mean, momentum=self.momentum)
        self.moving_variance = update_moving(self.moving_variance, self._cache.variance, momentum=self.momentum)
        return y

    def backward(self, dy):
        """dx for the last call with training=True; keeps dgamma and dbeta as attributes.

        Raises
        ------
        RuntimeError
            If no call with training=True came before.
        """
        if self._cache is None:
            raise RuntimeError(
                "`backward` needs a forward pass before it. Received: a layer never called with training=True. "
                "Call `layer(x, training=True)` first."
            )
        dx, self.dgamma, self.dbeta = backward(dy, self._cache)
        return dx


def _inverse_std(name, variance, epsilon):
    """1 / sqrt(variance + epsilon), unless that is a division by zero."""
    if epsilon == 0 and variance.min() == 0:
        raise ValueError(
            f"`epsilon` must be above 0 where a {name} is 0. Received: epsilon=0.0, {name}.min()=0.0. {EPSILON_ADVICE}"
        )
    return 1 / np.sqrt(variance + variance.dtype.type(epsilon))


def _affine(features, dtype, gamma, beta, moving_mean, moving_variance, epsilon):
    """gamma / sqrt(moving_variance + epsilon) and beta, each (C,), with every argument checked."""
    named = {"gamma": gamma, "beta": beta, "moving_mean": moving_mean, "moving_variance": moving_variance}
    gamma, beta, _, variance = (validate.vector(name, value, features, dtype) for name, value in named.items())
    validate.not_negative("moving_variance", variance)
    epsilon = validate.number("epsilon", epsilon, low=0, advice=EPSILON_ADVICE)
    return gamma * _inverse_std("moving_variance", variance, epsilon), beta
