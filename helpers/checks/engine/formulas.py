"""Batch normalization with switches: each switch is a mistake that learners make. With none set it is right.

The axes of a reduction have names, so that one switch serves (N, C) and (N, H, W, C):
"right" all but the features' axis, "features" that axis alone, "all", "batch" axis 0 alone, "positions" all but the
batch's and the features', "sample" all but the batch's, "first" and "second" the batch and one of the positions.
"""

import functools

import numpy as np


@functools.cache
def axes(name, ndim, axis):
    """The axes that a reduction called `name` runs over."""
    axis %= ndim
    chosen = {
        "right": [i for i in range(ndim) if i != axis],
        "features": [axis],
        "all": range(ndim),
        "batch": [0],
        "positions": [i for i in range(1, ndim) if i != axis],
        "sample": range(1, ndim),
    }
    places = chosen["positions"]
    chosen |= {"first": [0, *places[:1]], "second": [0, *places[-1:]]}
    return tuple(chosen[name])


def moments(
    x, axis, *, over="right", mean_over=None, variance_over=None, own_center=False, keepdims=True, ddof=0, totals=()
):
    """Mean and variance; the variance is about that mean, or about its own with own_center.

    With keepdims=False they lose the reduced axes at the end, so that the next broadcast fails or goes astray. totals:
    of "mean" and "variance", those that are not divided by the count.
    """
    mean_axes = axes(mean_over or over, x.ndim, axis)
    variance_axes = axes(variance_over or over, x.ndim, axis)
    mean = x.mean(axis=mean_axes, keepdims=True)
    center = x.mean(axis=variance_axes, keepdims=True) if own_center else mean
    if "mean" in totals:
        mean = center = mean * (x.size / mean.size)
    count = 1 if "variance" in totals else np.prod([x.shape[i] for i in variance_axes]) - ddof
    variance = np.square(x - center).sum(axis=variance_axes, keepdims=True) / count
    if keepdims:
        return mean, variance
    return mean.squeeze(mean_axes), variance.squeeze(variance_axes)


def inverse(variance, epsilon, *, constant=None, power=0.5, outside=None):
    """What x - mean is multiplied by: 1 / sqrt(variance + epsilon)."""
    added = epsilon if constant is None else constant
    if outside == "root":  # std + epsilon
        return 1 / (variance**power + added)
    if outside == "two roots":  # std + sqrt(epsilon)
        return 1 / (variance**power + np.sqrt(added))
    if outside == "fraction":  # 1 / std + epsilon
        return 1 / variance**power + added
    if outside == "quotient":  # (x - mean) / std + epsilon, see normalized
        return 1 / variance**power
    if outside == "floor":  # max(std, epsilon)
        return 1 / np.maximum(variance**power, added)
    if outside == "floor under the root":  # max(variance, epsilon)
        return 1 / np.maximum(variance, added) ** power
    if outside == "squared":  # variance + epsilon ** 2
        return 1 / (variance + added**2) ** power
    if outside == "second root":  # (std + epsilon) ** 0.5
        return 1 / np.sqrt(variance**power + added)
    return 1 / (variance + added) ** power


def place(values, ndim, axis, place=None):
    """(C,) made to broadcast along the features' axis, or along another `place`."""
    return values.reshape([-1 if i == (axis if place is None else place) % ndim else 1 for i in range(ndim)])


def normalized(x, mean, inv_std, epsilon, outside=None, centring="right"):
    """(x - mean) * inv_std; centring: "none", "added" (x + mean), or "late" (x - mean * inv_std)."""
    centred = {"right": x - mean, "none": x, "added": x + mean}
    x_hat = x - mean * inv_std if centring == "late" else centred[centring] * inv_std
    return x_hat + epsilon if outside == "quotient" else x_hat  # (x - mean) / std + epsilon


def scale_and_shift(
    x_hat, gamma, beta, axis, *, gain="gamma", offset="beta", gamma_place=None, beta_place=None, inside=False
):
    """gamma * x_hat + beta; gain and offset say what stands in their places ("gamma", "beta" or None).

    inside: gamma * (x_hat + beta).
    """
    given = {"gamma": gamma, "beta": beta}
    if inside:
        beta = given["beta"] = gamma * beta
    y = x_hat if gain is None else place(given[gain], x_hat.ndim, axis, gamma_place) * x_hat
    return y if offset is None else y + place(given[offset], x_hat.ndim, axis, beta_place)


MOMENT_SWITCHES = ("over", "mean_over", "variance_over", "own_center", "keepdims", "ddof", "totals")
INVERSE_SWITCHES = ("constant", "power", "outside")


def split(settings, *groups):
    """Take the settings apart: one dict for each group of names, and one with the rest."""
    parts = [{key: settings[key] for key in group if key in settings} for group in groups]
    used = {key for group in groups for key in group}
    return (*parts, {key: value for key, value in settings.items() if key not in used})


def inference_with(
    x, gamma, beta, mean, variance, epsilon, *, batch=(), along="features", centring="right", **settings
):
    """y from a memory, with switches; batch: the statistics taken from x instead; along: the axis of the others."""
    of_moments, of_inverse, rest = split(settings, MOMENT_SWITCHES, INVERSE_SWITCHES)
    own = dict(zip(("mean", "variance"), moments(x, -1, **of_moments)))
    given = {"mean": mean, "variance": variance}
    if along == "rows":
        given = {name: values[:, None] for name, values in given.items()}
    mean, variance = (own[name] if name in batch else given[name] for name in ("mean", "variance"))
    x_hat = normalized(x, mean, inverse(variance, epsilon, **of_inverse), epsilon, of_inverse.get("outside"), centring)
    return scale_and_shift(x_hat, gamma, beta, -1, **rest)


def forward_with(x, gamma, beta, epsilon, axis=-1, *, centring="right", **settings):
    """y, by the formula with the given switches."""
    of_moments, of_inverse, rest = split(settings, MOMENT_SWITCHES, INVERSE_SWITCHES)
    mean, variance = moments(x, axis, **of_moments)
    x_hat = normalized(x, mean, inverse(variance, epsilon, **of_inverse), epsilon, of_inverse.get("outside"), centring)
    return scale_and_shift(x_hat, gamma, beta, axis, **rest)
