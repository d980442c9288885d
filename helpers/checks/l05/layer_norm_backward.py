"""Check of lesson 05: the backward pass of layer normalization on rows (N, D)."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import inverse
from helpers.checks.engine.mistakes import DIVIDES_BY_VARIANCE, EPSILON, UNBIASED
from helpers.checks.engine.values import Answer, Case, Task, judge

PARTS = ("itself", "mean", "variance")


def gradients(rows, features, *, epsilon, seed, dtype=np.float64):
    """dy, x, gamma, epsilon: row 1 hardly varies, gamma differs from column to column, dy is random."""
    x, *_ = batches.ordinary(features, rows, epsilon=epsilon, seed=seed)
    rng = np.random.default_rng(seed + 300)
    gamma = rng.uniform(0.5, 4.0, features) * rng.permutation(np.resize([1.0, -1.0], features))
    dy = rng.normal(size=(rows, features)) + rng.uniform(0.5, 1.5, (rows, 1))
    return dy.astype(dtype), np.ascontiguousarray(x.T, dtype), gamma.astype(dtype), epsilon


def compute(
    dy,
    x,
    gamma,
    epsilon,
    *,
    over=1,
    paths=("mean", "variance"),
    summed=(),
    bare=(),
    gain="inside",
    averaged=(),
    swapped=False,
    zeros=(),
    ddof=0,
    **of_inverse,
):
    """dx, dgamma, dbeta with switches.

    over: the axis of mean and variance; paths: those through which x also acts; summed: paths whose sum is not divided;
    bare: parts that lack inv_std; gain: gamma "inside" the means, "outside" of them, or None; averaged: of dgamma and
    dbeta; zeros: results that are 0.
    """
    mean, variance = x.mean(axis=over, keepdims=True), x.var(axis=over, keepdims=True, ddof=ddof)
    inv_std = inverse(variance, epsilon, **of_inverse)
    x_hat = (x - mean) * inv_std
    dx_hat = dy * gamma if gain == "inside" else dy
    parts = {"itself": dx_hat, "mean": 0.0, "variance": 0.0}
    counts = {path: 1 if path in summed else x.shape[over] for path in paths}
    if "mean" in paths:
        parts["mean"] = -dx_hat.sum(axis=over, keepdims=True) / counts["mean"] * np.ones_like(dy)
    if "variance" in paths:
        parts["variance"] = -x_hat * (dx_hat * x_hat).sum(axis=over, keepdims=True) / counts["variance"]
    dx = sum(part * (1 if name in bare else inv_std) for name, part in parts.items())
    results = {"dx": dx * (gamma if gain == "outside" else 1)}
    for name, terms in {"dgamma": dy * x_hat, "dbeta": dy}.items():
        results[name] = terms.mean(axis=0) if name in averaged else terms.sum(axis=0)
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


MISTAKES = (
    mistake("wrong-axis", "over", over=0),
    *DIVIDES_BY_VARIANCE,
    *UNBIASED,
    *EPSILON,
    mistake("gamma-beta-swapped", swapped=True),
    mistake("gamma-outside-the-means", "gain", gain="outside"),
    mistake("detached-statistics", "paths", paths=()),
    mistake("detached-variance", "paths", paths=("mean",)),
    mistake("detached-mean", "paths", paths=("variance",)),
    mistake("sum-not-mean", summed=("mean", "variance")),
    *(mistake("sum-not-mean", rare=True, summed=(path,)) for path in ("mean", "variance")),
    mistake("missing-inverse-std", bare=PARTS),
    *(mistake("missing-inverse-std", rare=True, bare=(part,)) for part in PARTS),
    mistake("missing-gamma-in-dx", "gain", gain=None),
    mistake("returns-zeros", "zeros", zeros=("dx",)),
    mistake("returns-zeros", "zeros", rare=True, zeros=("dx", "dgamma", "dbeta")),
    mistake("mean-not-sum", averaged=("dgamma", "dbeta")),
    *(mistake("mean-not-sum", rare=True, averaged=(name,)) for name in ("dgamma", "dbeta")),
)

TASK = Task(
    cases=(
        Case("five rows of eight features", gradients(5, 8, epsilon=1e-3, seed=0)),
        Case("five rows of five features in float32", gradients(5, 5, epsilon=0.02, seed=1, dtype=np.float32)),
        Case("three rows of seven features", gradients(3, 7, epsilon=0.3, seed=2)),
    ),
    edges=(
        Case("one row", tuple(a[:1] if np.ndim(a) == 2 else a for a in gradients(4, 6, epsilon=1e-3, seed=3))),
        Case(
            "rows of zero variance",
            (gradients(3, 4, epsilon=1e-3, seed=4)[0], np.full((3, 4), -2.0), np.arange(1.0, 5), 1e-3),
        ),
    ),
    answer=answer,
    compute=compute,
    mistakes=MISTAKES,
    facts=facts,
)


@exercise("layer_norm_backward", arguments=("dy", "x", "gamma", "epsilon"))
def layer_norm_backward(attempt):
    """Check `fn(dy, x, gamma, epsilon)` -> dx (N, D), dgamma (D,), dbeta (D,) of layer normalization, gradient dy in y.

    Mean and variance are those of each row of x; gamma and beta have one number for each column.
    `fn` may return `((dx, dgamma, dbeta), {"x_hat": ..., "dx_hat": ...})` to have its steps compared too.
    """
    judge(attempt, TASK)
