"""Numerical gradients by central differences: the oracle for every backward pass of the course."""

import numpy as np

from helpers._support import validate


def numerical_gradient(function, x, dy=None, *, step=1e-5):
    """The gradient of sum(dy * function(x)) with respect to x, by central differences, as float64 of the shape of x.

        dx_i = sum(dy * (function(x + h e_i) - function(x - h e_i))) / (2 h)

    Parameters
    ----------
    function : callable
        From an array of the shape of x to an array (or a number). It must not change its argument.
    x : array
        Where the gradient is taken; computed as float64. Two calls for each of its numbers: keep it small.
    dy : array of the shape of function(x), or None
        The gradient that arrives from above; None means ones. Random numbers test more: the gradient of sum(y)
        through batch normalization is 0, so that a backward pass that returns zeros would pass.
    step : float, above 0
        The h of the formula. The error is about h² from truncation and 1e-16 / h from rounding.

    Raises
    ------
    TypeError, ValueError
        If x is not an array of finite numbers, step is not above 0, or dy does not have the shape of function(x).

    Examples
    --------
    >>> numerical_gradient(np.square, [1.0, 3.0]).round(6).tolist()
    [2.0, 6.0]
    """
    validate.positive("step", step, advice="Steps near 1e-5 balance truncation against rounding in float64.")
    x = validate.finite("x", validate.real_array("x", x)).astype(np.float64)
    y = np.asarray(function(x.copy()), dtype=np.float64)
    dy = np.ones_like(y) if dy is None else validate.real_array("dy", dy)
    if dy.shape != y.shape:
        raise ValueError(
            f"`dy` must have the shape of function(x), {y.shape}. Received: dy.shape={dy.shape}. "
            "Pass one number for each number that the function returns."
        )
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[index] += step
        behind[index] -= step
        difference = np.asarray(function(ahead), np.float64) - np.asarray(function(behind), np.float64)
        gradient[index] = (dy * difference).sum() / (2 * step)
    return gradient


def relative_error(a, b):
    """max|a - b| / max(max|a|, max|b|): 0 where both are 0, near 1e-9 for a right gradient, 1e-2 for a wrong one.

    Raises
    ------
    TypeError, ValueError
        If a or b is not an array of finite numbers, or their shapes differ.

    Examples
    --------
    >>> relative_error([1.0, 2.0], [1.0, 1.0])
    0.5
    """
    a, b = (validate.finite(n, validate.real_array(n, v)) for n, v in (("a", a), ("b", b)))
    if a.shape != b.shape:
        raise ValueError(
            f"`a` and `b` must have one shape. Received: a.shape={a.shape}, b.shape={b.shape}. "
            "A gradient has the shape of what it is the gradient of."
        )
    if a.size == 0:
        return 0.0
    scale = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / scale) if scale else 0.0
