"""Check of lesson 06: the transform on feature maps (N, H, W, C), or with the features on another axis."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.batches import NARROW
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import (
    INVERSE_SWITCHES,
    MOMENT_SWITCHES,
    axes,
    forward_with,
    inverse,
    moments,
    scale_and_shift,
    split,
)
from helpers.checks.engine.mistakes import (
    BETA_SCALED,
    CENTRING,
    DIVIDES_BY_VARIANCE,
    EPSILON,
    GAMMA_AND_BETA,
    QUOTIENT,
    TOTALS,
    UNBIASED,
    WRONG_ROOT,
    find_gain,
    misplaced,
    read_epsilon,
    wrong_reductions,
)
from helpers.checks.engine.values import Case, Task, judge
from helpers.checks.hints import say


def maps(shape, axis, *, epsilon, seed, dtype=np.float64):
    """x of this shape with the features on `axis`, gamma, beta, epsilon, axis."""
    features = shape[axis]
    rows = int(np.prod(shape)) // features
    x, gamma, beta, epsilon = batches.ordinary(rows, features, epsilon=epsilon, seed=seed, dtype=dtype)
    last = [size for i, size in enumerate(shape) if i != axis % len(shape)]
    return np.moveaxis(x.reshape(*last, features), -1, axis).copy(), gamma, beta, epsilon, axis


def answer(x, gamma, beta, epsilon, axis):
    """As for a batch of rows; from outside one also sees each position's and each image's mean."""
    right = batches.answer(x, gamma, beta, epsilon, axis)

    def seen(results):
        y = np.moveaxis(results["y"], axis, -1)
        bound = np.moveaxis(right.tolerance["y"], axis, -1).reshape(-1)
        places = {
            say("conv_forward.position"): axes("batch", 4, -1),
            say("conv_forward.image"): axes("positions", 4, -1),
        }
        return right.seen(results) | {name: (y.mean(axis=over), bound) for name, over in places.items()}

    return right._replace(seen=seen)


def compute(
    x, gamma, beta, epsilon, axis, *, own_axis=None, statistics_axis=None, negative=False, reshaped=False, **settings
):
    """own_axis, statistics_axis: used for everything, or for the statistics alone, instead of `axis`.

    negative: a list of "all axes but `axis`" that a negative axis is never equal to, so that it names all; reshaped: x
    as "rows" of C neighbours in memory, whatever `axis`, as "columns", or the right rows reshaped "back" to x's shape.
    """
    if reshaped:
        last, features = np.moveaxis(x, axis, -1), len(gamma)
        rows = {"rows": x.reshape(-1, features), "columns": x.reshape(features, -1).T, "back": last}[reshaped]
        y = forward_with(rows.reshape(-1, features), gamma, beta, epsilon, **settings)
        return ((y.T if reshaped == "columns" else y).reshape(x.shape),)
    if own_axis is not None:
        axis = own_axis
    if negative and axis < 0:
        settings = settings | {"over": "all"}
    if statistics_axis is None:
        return (forward_with(x, gamma, beta, epsilon, axis, **settings),)
    of_moments, of_inverse, rest = split(settings, MOMENT_SWITCHES, INVERSE_SWITCHES)
    mean, variance = moments(x, statistics_axis, **of_moments)
    return (scale_and_shift((x - mean) * inverse(variance, epsilon, **of_inverse), gamma, beta, axis, **rest),)


def _features_first(trial):
    """x and y of a trial as (cells, C) in float64."""
    axis = trial.arguments[4]
    both = (np.moveaxis(np.asarray(a, float), axis, -1) for a in (trial.arguments[0], trial.results["y"]))
    return [a.reshape(-1, a.shape[-1]) for a in both]


def estimate(trial):
    """The constant that stands where epsilon should, read off the feature map that hardly varies."""
    x, y = (a[:, NARROW] for a in _features_first(trial))
    return read_epsilon(trial.arguments[1][NARROW], x.var(), find_gain(x, y))


def facts(trial):
    x, gamma, beta, _, axis = trial.arguments
    cells, yours = _features_first(trial)
    y, due = (np.moveaxis(a, axis, -1) for a in (trial.results["y"], trial.answer.results["y"]))
    widest = int(np.argmax(cells.std(axis=0)))
    spread, spread_due = (a.reshape(yours.shape).std(axis=0)[widest] for a in (y, due))
    return batches.spreads(y, due, widest) | {
        "shape": str(x.shape),
        "axis": axis,
        "features": len(gamma),
        "image": f"{y[0, ..., 0].mean():.2f}",
        "image_due": f"{due[0, ..., 0].mean():.2f}",
        "place": f"{y[:, 0, 0, 0].mean():.2f}",
        "place_due": f"{due[:, 0, 0, 0].mean():.2f}",
        "mean": f"{yours[:, 0].mean():.2f}",
        "beta": f"{beta[0]:.2f}",
        "gamma": f"{gamma[0]:.2f}",
        "ratio": f"{spread / spread_due:.3f}",
    }


AXIS = (
    mistake("channels-first-ignored", "axis", own_axis=-1),
    mistake("channels-first-ignored", "axis", statistics_axis=-1),
    mistake("channels-first-ignored", "axis", reshaped="rows"),
    mistake("channels-first-ignored", "over", keepdims=False),
    mistake("channels-first-ignored", "over", rare=True, keepdims=False, own_center=True),
    *(
        mistake("channels-first-ignored", "over", keepdims=False, gamma_place=-1, beta_place=-1, **settings)
        for settings in ({}, {"own_center": True})
    ),
)

RESHAPED = tuple(mistake("reshape-not-transpose", "axis", rare=True, reshaped=how) for how in ("columns", "back"))

MISTAKES = (
    *wrong_reductions("wrong-axis", "features", "all", "sample", "first", "second"),
    mistake("negative-axis", "axis", negative=True),
    *CENTRING,
    *DIVIDES_BY_VARIANCE,
    *WRONG_ROOT,
    *UNBIASED,
    *QUOTIENT,
    *EPSILON,
    *GAMMA_AND_BETA,
    BETA_SCALED,
    *misplaced(-1),
    *(one._replace(rare=True) for one in misplaced(2)),
    *TOTALS,
    *wrong_reductions("per-position-statistics", "batch"),
    # As taken over from a dense layer, gamma and beta along the last axis: one thing to mend, and the statistics first.
    mistake("per-position-statistics", "over", over="batch", gamma_place=-1, beta_place=-1),
    *wrong_reductions("instance-statistics", "positions"),
    *AXIS,
    *RESHAPED,
)


def _large_mean():
    x, gamma, beta, epsilon, axis = maps((2, 2, 2, 3), -1, epsilon=1e-3, seed=8)
    x = batches.far(x.reshape(8, 3)).reshape(x.shape)
    arguments = (x, gamma.astype(np.float32), beta.astype(np.float32) / 10, epsilon, axis)
    return batches.far_case(arguments)


def _constant_map():
    x, *rest = maps((2, 2, 3, 3), -1, epsilon=1e-3, seed=7)
    x[..., 2] = 3.0
    return Case("a feature map that is constant", (x, *rest))


TASK = Task(
    cases=(
        Case("maps of shape (4, 3, 5, 2) with axis=-1", maps((4, 3, 5, 2), -1, epsilon=1e-3, seed=0)),
        Case("maps of shape (3, 2, 4, 4) in float32", maps((3, 2, 4, 4), 3, epsilon=0.02, seed=1, dtype=np.float32)),
        Case("maps of shape (3, 4, 2, 4) with axis=1", maps((3, 4, 2, 4), 1, epsilon=0.3, seed=2)),
        Case("maps of shape (4, 3, 2, 5) with axis=1", maps((4, 3, 2, 5), 1, epsilon=1e-3, seed=3)),
    ),
    edges=(
        Case("maps of shape (2, 3, 4, 5) with axis=-3", maps((2, 3, 4, 5), -3, epsilon=1e-3, seed=4)),
        Case("a single image", maps((1, 3, 4, 2), -1, epsilon=1e-3, seed=5)),
        Case("maps of one pixel", maps((6, 1, 1, 2), -1, epsilon=1e-3, seed=6)),
        _constant_map(),
        _large_mean(),
    ),
    answer=answer,
    compute=compute,
    mistakes=MISTAKES,
    estimate=estimate,
    together=3,
    facts=facts,
)


@exercise("conv_forward", arguments=("x", "gamma", "beta", "epsilon", "axis"))
def conv_forward(attempt):
    """Check `fn(x, gamma, beta, epsilon, axis)` -> y: batch normalization of feature maps, features on `axis`.

    x is (N, H, W, C) with axis=-1 or 3, or (N, C, H, W) with axis=1 or -3; gamma and beta are (C,). `fn` may return
    `(y, {"mean": ..., "variance": ..., "inv_std": ..., "x_hat": ...})` to have its steps compared too.
    """
    judge(attempt, TASK)
