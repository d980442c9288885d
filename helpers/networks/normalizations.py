"""One formula over other axes: batch, ghost, group and layer normalization differ in which values share a mean.

x is (..., N, C), N examples of C features; all axes before the last two are networks side by side. Each kind arranges
x so that the values which share a mean lie along one axis, and normalizes along it:

    batch                the N values of a feature           x as it is         along N
    ghost, of size n     n consecutive values of a feature   (..., N/n, n, C)   along n
    group, in g groups   C/g features of one example         (..., N, g, C/g)   along C/g
    layer                all C features of one example       x as it is         along C

(Instance normalization is the same again, along the height and the width of each feature map of each image.)
gamma and beta are left to the caller: one of each for every feature, whatever the kind.
"""

from typing import NamedTuple

import numpy as np

from helpers import batchnorm
from helpers._support import validate

KINDS = ("batch", "ghost", "group", "layer")
OF_THE_BATCH = ("batch", "ghost")
"""The kinds whose statistics reach across examples, and which need a memory for inference."""


class Cache(NamedTuple):
    """What a forward pass leaves for the backward pass: arrays as they were arranged, and the axis of the means.

    `scale` is 1 / sqrt(variance + epsilon).
    """

    kind: str
    axis: int
    x_hat: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    scale: np.ndarray


def normalize(x, kind="batch", size=None, *, epsilon=1e-3):
    """x_hat, shaped like x, and the Cache that `normalize_backward` and `batch_statistics` take.

        x_hat = (x - mean) / sqrt(variance + epsilon),   mean and variance of the values that share them

    Parameters
    ----------
    x : (..., N, C)
        Integers are computed as float64; float32 and float64 keep their type.
    kind : "batch", "ghost", "group" or "layer"
    size : int or None
        For "ghost" the number of examples in a ghost batch, a divisor of N; for "group" the number of groups, a divisor
        of C. None for the others.
    epsilon : float
        Added to the variance, under the root.

    Raises
    ------
    TypeError, ValueError
        If x is no array of real numbers with both axes, the kind is another, epsilon is negative, or `size` is missing
        or divides nothing.

    Examples
    --------
    >>> x = np.array([[1.0, 3.0], [5.0, 9.0]])
    >>> normalize(x, "batch", epsilon=0.0)[0].tolist(), normalize(x, "layer", epsilon=0.0)[0].tolist()
    ([[-1.0, -1.0], [1.0, 1.0]], [[-1.0, 1.0], [-1.0, 1.0]])

    Notes
    -----
    For "ghost" `size` counts the examples in a group, for "group" it counts the groups, as in both papers.
    """
    x = validate.real_array("x", x)
    if x.ndim < 2 or x.size == 0:
        raise ValueError(
            f"`x` must have shape (..., N, C), with at least one value. Received: x.shape={x.shape}. "
            "Pass a batch, also where it holds one example."
        )
    epsilon = validate.number("epsilon", epsilon, low=0, advice=batchnorm.EPSILON_ADVICE)
    arranged, axis = _arrange(x, kind, size)
    x_hat, *statistics = batchnorm.normalize(arranged, axis, epsilon)
    return x_hat.reshape(x.shape), Cache(kind, axis, x_hat, *statistics)


def normalize_backward(dx_hat, cache):
    """The gradient with respect to x: the formula of lesson 05, its means over the values that share statistics."""
    arranged = dx_hat.reshape(cache.x_hat.shape)
    dx, _, _ = batchnorm.normalize_backward(arranged, cache.x_hat, cache.scale, cache.axis)
    return dx.reshape(dx_hat.shape)


def batch_statistics(cache):
    """Mean and variance (..., 1, C) for the memory: of the batch, or the mean of those of its ghost batches.

    Raises
    ------
    ValueError
        If the kind was "group" or "layer": their statistics belong to one example each.
    """
    validate.one_of("kind", cache.kind, OF_THE_BATCH)
    if cache.kind == "batch":
        return cache.mean, cache.variance
    return cache.mean.mean(axis=-3), cache.variance.mean(axis=-3)


def _arrange(x, kind, size):
    """x with the values that share a mean along one axis, and that axis."""
    kind = validate.one_of("kind", kind, KINDS)
    *runs, n, c = x.shape
    if kind == "batch":
        return x, -2
    if kind == "layer":
        return x, -1
    advice = "Pass the examples of a ghost batch, or the number of groups of features."
    size = validate.integer("size", size, low=1, advice=advice)
    whole, of = (n, "the number of examples") if kind == "ghost" else (c, "the number of features")
    if whole % size:
        raise ValueError(f"`size` must divide {of}, {whole}. {validate.received(size=size)} Pass a divisor.")
    return (x.reshape(*runs, n // size, size, c), -2) if kind == "ghost" else (x.reshape(*runs, n, size, -1), -1)
