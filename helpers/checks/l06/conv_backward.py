"""Check of lesson 06: the backward pass on feature maps (N, H, W, C), or with the features on another axis.

Laid out as rows (N * H * W, C), feature maps are a batch, and the mistakes are those of `backward`; those that only
maps allow are computed here.
"""

from types import SimpleNamespace

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import axes, inverse, moments
from helpers.checks.engine.values import Case, Task, judge
from helpers.checks.l05 import backward


def gradients(shape, axis, *, epsilon, seed, dtype=np.float64):
    """dy and x of this shape with the features on `axis`, gamma, epsilon, axis."""
    features = shape[axis]
    rows = int(np.prod(shape)) // features
    dy, x, gamma, epsilon = backward.batch(rows, features, epsilon=epsilon, seed=seed, dtype=dtype)
    return to_maps(dy, shape, axis), to_maps(x, shape, axis), gamma, epsilon, axis


def to_rows(maps, axis):
    """Maps with the features on `axis` as rows (M, C)."""
    last = np.moveaxis(maps, axis, -1)
    return last.reshape(-1, last.shape[-1])


def to_maps(rows, shape, axis):
    """Rows (M, C) as maps of this shape, with the features on `axis`."""
    last = [size for i, size in enumerate(shape) if i != axis % len(shape)]
    return np.moveaxis(rows.reshape(*last, rows.shape[-1]), -1, axis).copy()


def answer(dy, x, gamma, epsilon, axis):
    rows = backward.answer(to_rows(dy, axis), to_rows(x, axis), gamma, epsilon)
    results = rows.results | {"dx": to_maps(rows.results["dx"], x.shape, axis)}
    steps = {name: rows.steps[name] for name in ("mean", "variance", "std", "inv_std")}
    steps["x_hat"] = to_maps(rows.steps["x_hat"], x.shape, axis)
    along = [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
    tolerance = rows.tolerance | {"dx": rows.tolerance["dx"].reshape(along)}
    # No sums of dx: over so many values rounding alone may add up to 10, more than a mistake in one place.
    return rows._replace(results=results, steps=steps, tolerance=tolerance, seen=None)


def compute(
    dy,
    x,
    gamma,
    epsilon,
    axis,
    *,
    own_axis=None,
    reshaped=False,
    over="right",
    sums="right",
    m="cells",
    folded=True,
    gamma_last=False,
    negative=False,
    **settings,
):
    """dx, dgamma, dbeta with switches, beside those of `backward.compute`.

    own_axis: used instead of `axis`; reshaped: to "rows" of C neighbours in memory, whatever `axis`, or
    the right rows "back" to x's shape; over, sums: what the
    statistics and the sums run over (see engine/formulas.py); m: "cells" (N * H * W), "images" or "all"; folded: sums
    for each position are added up at the end; gamma_last: gamma acts along the last axis; negative: a negative axis is
    equal to none of the four, so that all are reduced.
    """
    if own_axis is not None:
        axis = own_axis
    if negative:
        over, m, folded = ("all", m, False) if axis < 0 else ("right", "cells", True)
        sums = over
    if over == sums == "right" and m in ("cells", "images"):
        settings |= {} if m == "cells" else {"fixed": len(x)}
        as_rows = [a.reshape(-1, len(gamma)) if reshaped == "rows" else to_rows(a, axis) for a in (dy, x)]
        factor = np.ones_like(gamma) if gamma_last else gamma
        dx, *shares = backward.compute(*as_rows, factor, epsilon, **settings)
        dx = dx.reshape(x.shape) if reshaped else to_maps(dx, x.shape, axis)
        return (dx * gamma if gamma_last else dx), *shares
    mean, variance = moments(x, axis, over=over)
    inv_std = inverse(variance, epsilon)
    x_hat = (x - mean) * inv_std
    summed = axes(sums, x.ndim, axis)
    dbeta, dgamma = (part.sum(axis=summed, keepdims=True) for part in (dy, dy * x_hat))
    count = {"cells": x.size // x.shape[axis], "images": len(x), "all": x.size, "map": x[0].size // x.shape[axis]}[m]
    along = [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
    dx = gamma.reshape(along) * inv_std * (dy - dbeta / count - x_hat * dgamma / count)
    if folded:
        rest = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
        return dx, dgamma.sum(axis=rest), dbeta.sum(axis=rest)
    return dx, dgamma.squeeze(summed), dbeta.squeeze(summed)


def _rows_of(trial):
    """The trial as one of `backward`."""
    dy, x, gamma, epsilon, axis = trial.arguments
    results, due = (one | {"dx": to_rows(one["dx"], axis)} for one in (trial.results, trial.answer.results))
    steps = {"x_hat": to_rows(trial.answer.steps["x_hat"], axis)}
    arguments = (to_rows(dy, axis), to_rows(x, axis), gamma, epsilon)
    return SimpleNamespace(arguments=arguments, results=results, answer=SimpleNamespace(results=due, steps=steps))


def estimate(trial):
    return backward.estimate(_rows_of(trial)) if trial.shaped else ()


def facts(trial):
    return backward.facts(_rows_of(trial))


def given(trial):
    _, x, _, _, axis = trial.arguments
    return {"shape": str(x.shape), "axis": axis, "images": len(x), "cells": x.size // x.shape[axis]}


MAPS = (
    *(mistake("negative-axis", "axis", negative=True, m=m) for m in ("cells", "all")),
    *(
        mistake("per-position-statistics", "over", over="batch", sums=sums, m=m, folded=folded)
        for sums, m, folded in (("batch", "images", True), ("batch", "images", False), ("right", "cells", True))
    ),
    *(
        mistake("instance-statistics", "over", over="positions", sums="positions", m="map", folded=f)
        for f in (True, False)
    ),
    mistake("instance-statistics", "over", over="positions"),
    *(
        mistake("per-position-sums", "over", sums="batch", m=m, folded=folded)
        for m in ("images", "cells")
        for folded in (True, False)
    ),
    mistake("counts-images", "over", m="images"),
    *(mistake("channels-first-ignored", "axis", **settings) for settings in ({"own_axis": -1}, {"reshaped": "rows"})),
    mistake("gamma-wrong-axis", "place", gamma_last=True),
    mistake("reshape-not-transpose", "axis", rare=True, reshaped="back"),
)

MISTAKES = tuple(sorted((*backward.MISTAKES, *MAPS), key=lambda one: one.slug == "epsilon-uneven"))  # that one last


def _constant_map():
    dy, x, *rest = gradients((2, 2, 3, 3), -1, epsilon=1e-3, seed=7)
    x[..., 2] = 3.0
    return Case("a feature map that is constant", (dy, x, *rest))


def _large_mean():
    dy, x, gamma, epsilon, axis = gradients((2, 2, 2, 3), -1, epsilon=1e-3, seed=8)
    x = to_maps(batches.far(to_rows(x, axis)), x.shape, axis)
    arguments = (dy.astype(np.float32), x, gamma.astype(np.float32), epsilon, axis)
    return batches.far_case(arguments, place=1, relative=0.1)


TASK = Task(
    cases=(
        Case("maps of shape (4, 3, 5, 2) with axis=-1", gradients((4, 3, 5, 2), -1, epsilon=1e-3, seed=0)),
        Case(
            "maps of shape (3, 2, 4, 4) in float32", gradients((3, 2, 4, 4), 3, epsilon=0.02, seed=1, dtype=np.float32)
        ),
        Case("maps of shape (3, 4, 2, 4) with axis=1", gradients((3, 4, 2, 4), 1, epsilon=0.3, seed=2)),
        Case("maps of shape (4, 3, 2, 5) with axis=1", gradients((4, 3, 2, 5), 1, epsilon=1e-3, seed=3)),
    ),
    edges=(
        Case("maps of shape (2, 3, 4, 5) with axis=-3", gradients((2, 3, 4, 5), -3, epsilon=1e-3, seed=4)),
        Case("a single image", gradients((1, 3, 4, 2), -1, epsilon=1e-3, seed=5)),
        Case("maps of one pixel", gradients((6, 1, 1, 2), -1, epsilon=1e-3, seed=6)),
        _constant_map(),
        _large_mean(),
    ),
    answer=answer,
    compute=compute,
    mistakes=MISTAKES,
    estimate=estimate,
    together=2,
    facts=facts,
    given=given,
)


@exercise("conv_backward", arguments=("dy", "x", "gamma", "epsilon", "axis"))
def conv_backward(attempt):
    """Check `fn(dy, x, gamma, epsilon, axis)` -> dx, shaped like x, dgamma (C,), dbeta (C,).

    dy and x are (N, H, W, C) with axis=-1 or 3, or (N, C, H, W) with axis=1 or -3; gamma is (C,). `fn` may
    return `((dx, dgamma, dbeta), {"mean": ..., "variance": ..., "inv_std": ..., "x_hat": ...})` to have its steps
    compared too.
    """
    judge(attempt, TASK)
