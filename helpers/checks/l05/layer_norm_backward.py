"""Check of lesson 05: the backward pass of layer normalization on rows (N, D)."""

import numpy as np

from helpers.checks.engine import batches, gradients
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import INVERSE_SWITCHES, MOMENT_SWITCHES, inverse, moments, split
from helpers.checks.engine.mistakes import DIVIDES_BY_VARIANCE, EPSILON, UNBIASED
from helpers.checks.engine.values import Answer, Case, Task, in_float64, judge


def batch(rows, features, *, epsilon, seed, dtype=np.float64):
    """dy, x, gamma, epsilon: row 1 hardly varies, gamma differs from column to column, dy is random."""
    x, *_ = batches.ordinary(features, rows, epsilon=epsilon, seed=seed)
    rng = np.random.default_rng(seed + 300)
    gamma = rng.uniform(0.5, 4.0, features) * rng.permutation(np.resize([1.0, -1.0], features))
    dy = rng.normal(size=(rows, features)) + rng.uniform(0.5, 1.5, (rows, 1))
    return dy.astype(dtype), np.ascontiguousarray(x.T, dtype), gamma.astype(dtype), epsilon


def compute(
    dy, x, gamma, epsilon, *, over=1, gain="inside", averaged=(), with_gamma=(), dgamma_of=None, sums=0, swapped=False,
    zeros=(), **settings,
):  # fmt: skip
    """dx, dgamma, dbeta with switches: dx as that of batch normalization of the transposed, fed with dy * gamma.

    over: the axis of mean and variance; gain: gamma "inside" the means, "outside" of them, "twice", or None; averaged,
    with_gamma: of dgamma and dbeta; dgamma_of: "x" or "y" instead of x_hat; sums: the axis of both; zeros: results that
    are 0.
    """
    dx_hat = dy if gain in ("outside", None) else dy * gamma
    rows = [a if over == 0 else a.T for a in (dx_hat, x)]
    dx = gradients.compute(*rows, np.ones(rows[1].shape[1]), epsilon, **settings)[0]
    dx = (dx if over == 0 else dx.T) * (gamma if gain in ("outside", "twice") else 1)
    of_moments, of_inverse, rest = split(settings, MOMENT_SWITCHES, INVERSE_SWITCHES)
    other, places = rest.get("uneven", ({}, {}))
    mean, variance = moments(x, 1 if over == 0 else 0, **of_moments)
    x_hat = (x - mean) * inverse(variance, epsilon, **(other if "dgamma" in places else of_inverse))
    results = {"dx": dx}
    for name, terms in {"dgamma": dy * {None: x_hat, "x": x, "y": gamma * x_hat}[dgamma_of], "dbeta": dy}.items():
        terms = terms * gamma if name in with_gamma else terms
        results[name] = terms.mean(axis=sums) if name in averaged else terms.sum(axis=sums)
    results = {name: np.zeros_like(values) if name in zeros else values for name, values in results.items()}
    names = ("dx", "dbeta", "dgamma") if swapped else ("dx", "dgamma", "dbeta")
    return tuple(results[name] for name in names)


def answer(dy, x, gamma, epsilon):
    dx, dgamma, dbeta = compute(dy, x, gamma, epsilon)
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + epsilon)
    x_hat, dx_hat = (x - x.mean(axis=1, keepdims=True)) * inv_std, dy * gamma
    rounding = batches.ROUNDING * (1 + np.abs(x).max(axis=1, keepdims=True) * inv_std)
    strength = np.abs(dx_hat).max(axis=1, keepdims=True) * (2 + np.abs(x_hat).max())
    tolerance = {
        "dx": rounding * inv_std * strength + 1e-6,
        "dgamma": (rounding * np.abs(dy)).sum(axis=0) + 1e-6,
        "dbeta": batches.ROUNDING * np.abs(dy).sum(axis=0) + 1e-6,
    }
    steps = {"x_hat": x_hat, "dx_hat": dx_hat}
    return Answer({"dx": dx, "dgamma": dgamma, "dbeta": dbeta}, steps, tolerance)


def facts(trial):
    results, right = trial.results, trial.answer.results
    ratios = {name: np.median(np.abs(results[name] / right[name])) for name in ("dgamma", "dbeta")}
    return {
        "rows": len(results["dx"]),
        "features": results["dx"].shape[1],
        "sum": f"{np.abs(results['dx'].sum(axis=1)).max():.2g}",
        "ratio_dgamma": f"{ratios['dgamma']:.3g}",
        "ratio_dbeta": f"{ratios['dbeta']:.3g}",
        "size": f"{np.abs(results['dx'][0]).max():.2g}",
        "size_due": f"{np.abs(right['dx'][0]).max():.2g}",
    }


def estimate(trial):
    dy, x, gamma, epsilon = in_float64(trial.arguments)
    return tuple(gradients.estimate((dy * gamma).T, x.T, np.ones(len(x)), epsilon, trial.results["dx"].T))


MISTAKES = (
    mistake("wrong-axis", "over", over=0),
    mistake("wrong-axis", "sums", rare=True, sums=1),
    *DIVIDES_BY_VARIANCE,
    *UNBIASED,
    *EPSILON,
    mistake("gamma-beta-swapped", swapped=True),
    mistake("gamma-outside-the-means", "gain", gain="outside"),
    *gradients.PATHS,
    mistake("missing-gamma-in-dx", "gain", gain=None),
    mistake("gamma-twice", "gain", rare=True, gain="twice"),
    *gradients.FACTORS,
    mistake("returns-zeros", "zeros", zeros=("dx",)),
    mistake("returns-zeros", "zeros", rare=True, zeros=("dx", "dgamma", "dbeta")),
    mistake("mean-not-sum", averaged=("dgamma", "dbeta")),
    *(mistake("mean-not-sum", rare=True, averaged=(name,)) for name in ("dgamma", "dbeta")),
    *(mistake("gamma-in-dgamma", rare=True, with_gamma=of) for of in (("dgamma",), ("dbeta",), ("dgamma", "dbeta"))),
    mistake("x-not-x-hat", rare=True, dgamma_of="x"),
    mistake("gamma-in-dgamma", rare=True, dgamma_of="y"),
    *gradients.UNEVEN,  # last: what it says of the other features holds once those are mended
)

TASK = Task(
    cases=(
        Case("five rows of eight features", batch(5, 8, epsilon=1e-3, seed=0)),
        Case("five rows of five features in float32", batch(5, 5, epsilon=0.02, seed=1, dtype=np.float32)),
        Case("three rows of seven features", batch(3, 7, epsilon=0.3, seed=2)),
    ),
    edges=(
        Case("one row", tuple(a[:1] if np.ndim(a) == 2 else a for a in batch(4, 6, epsilon=1e-3, seed=3))),
        Case(
            "rows of zero variance",
            (batch(3, 4, epsilon=1e-3, seed=4)[0], np.full((3, 4), -2.0), np.arange(1.0, 5), 1e-3),
        ),
    ),
    answer=answer,
    compute=compute,
    mistakes=MISTAKES,
    estimate=estimate,
    together=2,
    facts=facts,
)


@exercise("layer_norm_backward", arguments=("dy", "x", "gamma", "epsilon"))
def layer_norm_backward(attempt):
    """Check `fn(dy, x, gamma, epsilon)` -> dx (N, D), dgamma (D,), dbeta (D,) of layer normalization, gradient dy in y.

    Mean and variance are those of each row of x; gamma and beta have one number for each column.
    `fn` may return `((dx, dgamma, dbeta), {"x_hat": ..., "dx_hat": ...})` to have its steps compared too.
    """
    judge(attempt, TASK)
