"""The statistics of batch normalization: of one batch, moving from batch to batch, and of many batches together.

`axis` is the features' axis: it is kept, and all other axes are reduced. Variance is biased (1/m) throughout, and is
computed in two passes: E[x²] − E[x]² loses every digit where the mean is large beside the spread.
"""

import numpy as np

from helpers._support import validate

MOMENTUM_ADVICE = "It is the weight of the old value, as in Keras, such as 0.99; PyTorch's momentum is one minus this."


def batch_moments(x, axis=-1):
    """Mean (C,) and biased variance (C,) of each feature of a batch.

        mean = 1/m sum(x),   variance = 1/m sum((x - mean)²)        (Algorithm 1, first two lines)

    Parameters
    ----------
    x : array, such as (N, C) or (N, H, W, C)
        Integers are computed as float64; float32 and float64 keep their type.
    axis : int
        The features' axis: the one that is kept.

    Raises
    ------
    TypeError
        If x holds no real numbers.
    ValueError
        If x has no features' axis, is empty, or holds a NaN or an infinity.

    Examples
    --------
    >>> mean, variance = batch_moments([[1.0, 10.0], [3.0, 10.0]])
    >>> mean.tolist(), variance.tolist()
    ([2.0, 10.0], [1.0, 0.0])

    Notes
    -----
    `x.mean(axis=-1)` reduces the last axis; `batch_moments(x, axis=-1)` keeps it and reduces all the others.
    """
    x, axis = batch_of(x, axis)
    others = tuple(i for i in range(x.ndim) if i != axis)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported below, in words
        mean = x.mean(axis=others)
        variance = np.square(x - along(axis, x.ndim, mean)).mean(axis=others)
    if not (np.isfinite(mean).all() and np.isfinite(variance).all()):
        # Looked for in C numbers rather than in all of x: one bad value spoils its feature's moments.
        validate.finite("x", x)
        raise ValueError(
            f"`x` must be small enough to be squared in {x.dtype}. Received: max|x|={np.abs(x).max():.3g}. "
            "Divide x by its scale first."
        )
    return mean, variance


def update_moving(moving, batch, *, momentum=0.99):
    """The moving statistic after one more batch: moving = moving * momentum + batch * (1 - momentum).

    Parameters
    ----------
    moving, batch : arrays of one shape, such as (C,)
    momentum : float in [0, 1]
        The weight of the OLD value. (PyTorch calls the weight of the new one momentum: its 0.01 is this 0.99.)

    Raises
    ------
    TypeError, ValueError
        If the shapes differ, a number is not finite, or momentum lies outside [0, 1].

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
            "`moving` and `batch` must have one shape. "
            f"Received: moving.shape={moving.shape}, batch.shape={batch.shape}. "
            "Pass the statistics of one layer, old and new."
        )
    return moving * momentum + batch * (1 - momentum)


def combine_moments(means, variances, counts):
    """Mean (C,) and biased variance (C,) of all K batches together, exact, from each batch's own.

        mean = sum(w * means),   variance = sum(w * (variances + (means - mean)²)),   w = counts / sum(counts)

    The law of total variance: the mean of the variances plus the variance of the means.

    Parameters
    ----------
    means, variances : (K, C)
        Of each batch; variances biased (1/m).
    counts : (K,)
        How many values each was computed from; at least 1.

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, a variance is negative, a count is below 1, or a number is not finite.

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
    variance = (weights * (variances + np.square(means - mean))).sum(axis=0)
    return mean, variance


def batch_of(x, axis, name="x"):
    """x as a floating array with at least one value a feature, and axis counted from the front."""
    x = validate.real_array(name, x)
    if x.ndim < 2 or x.size == 0:
        raise ValueError(
            f"`{name}` must have at least two axes and at least one value. Received: {name}.shape={x.shape}. "
            "Pass a batch such as (N, C), also where it holds one example."
        )
    place = validate.integer("axis", axis, low=-x.ndim, advice="Name the features' axis, such as -1.")
    if place >= x.ndim:
        raise ValueError(
            f"`axis` must name one of the {x.ndim} axes. {validate.received(axis=axis)} "
            "Name the features' axis, such as -1."
        )
    return x, place % x.ndim


def along(axis, ndim, values):
    """(C,) seen as (1, …, C, …, 1), so that it broadcasts along the features' axis."""
    return values.reshape([-1 if i == axis else 1 for i in range(ndim)])
