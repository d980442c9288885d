"""Check of lesson 05: the backward pass of batch normalization on a batch (N, D)."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine import batches
from helpers.checks.engine.batches import NARROW
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import INVERSE_SWITCHES, MOMENT_SWITCHES, inverse, moments, place, split
from helpers.checks.engine.mistakes import (
    DIVIDES_BY_VARIANCE,
    EPSILON,
    UNBIASED,
    misplaced,
    read_epsilon,
    wrong_reductions,
)
from helpers.checks.engine.values import Answer, Case, Task, judge
from helpers.checks.hints import say


def gradients(rows, features, *, epsilon, seed, dtype=np.float64):
    """dy, x, gamma, epsilon: dy is random, with a mean that differs from feature to feature."""
    x, gamma, _, epsilon = batches.ordinary(rows, features, epsilon=epsilon, seed=seed, dtype=dtype)
    rng = np.random.default_rng(seed + 200)
    dy = rng.normal(size=x.shape) + rng.uniform(0.5, 1.5, features) + 0.3 * np.sign(x - x.mean(axis=0))
    return dy.astype(dtype), x, gamma, epsilon


def _steps(dy, centred, gamma, cache):
    """The intermediates that the lesson names, in the order of computation."""
    forward = {"mean": cache.mean, "centred": centred, "variance": cache.variance, "std": 1 / cache.inv_std}
    forward |= {"inv_std": cache.inv_std, "x_hat": cache.x_hat}
    dx_hat = dy * gamma
    dinv_std = (dx_hat * centred).sum(axis=0)
    dvariance = dinv_std * -0.5 * cache.inv_std**3
    dcentred = dx_hat * cache.inv_std + dvariance * 2 / len(centred) * centred
    backward = {"dx_hat": dx_hat, "dinv_std": dinv_std, "dvariance": dvariance, "dcentred": dcentred}
    return forward | backward | {"dmean": -dcentred.sum(axis=0)}


def answer(dy, x, gamma, epsilon):
    _, cache = batchnorm.forward(x, gamma, np.zeros_like(gamma), epsilon=epsilon)
    dx, dgamma, dbeta = batchnorm.backward(dy, cache)
    steps = _steps(dy, x - cache.mean, gamma, cache)
    # x_hat itself is known to this share: subtracting the mean in float32 loses what |x| is above the spread.
    rounding = batches.ROUNDING * (1 + np.abs(x).max(axis=0) * cache.inv_std)
    strength = np.abs(dy).max(axis=0) + np.abs(dy).mean(axis=0) + np.abs(cache.x_hat * dy).mean(axis=0)
    tolerance = {
        "dx": rounding * np.abs(gamma) * cache.inv_std * strength + 1e-6,
        "dgamma": rounding * (np.abs(dy).sum(axis=0) + 1e-3),
        "dbeta": batches.ROUNDING * (np.abs(dy).sum(axis=0) + 1e-3),
    }

    def seen(results):
        dx = results["dx"]
        bound = len(x) * tolerance["dx"]
        return {
            say("backward.sum"): (dx.sum(axis=0), bound),
            say("backward.along"): ((dx * cache.x_hat).sum(axis=0), bound),
        }

    return Answer({"dx": dx, "dgamma": dgamma, "dbeta": dbeta}, steps, tolerance, seen)


def compute(
    dy,
    x,
    gamma,
    epsilon,
    *,
    paths=("mean", "variance"),
    summed=(),
    bare=(),
    gain=("itself", "mean", "variance"),
    averaged=(),
    spread=False,
    less=0,
    sums="batch",
    swapped=False,
    zeros=(),
    fixed=None,
    steps=None,
    gamma_place=None,
    beta_place=None,
    **settings,
):
    """dx, dgamma, dbeta with switches.

    paths: those through which x also acts; summed: paths whose sum is not divided by m; bare: parts that lack inv_std;
    gain: parts that have gamma; averaged: of dgamma and dbeta, those averaged, also where dx uses them if spread; less:
    taken from m in the variance's path; sums: over the "batch" or the "features"; zeros: results that are 0; fixed: a
    number of rows of the learner's own; steps: what goes wrong in the lines from dinv_std to dcentred.
    """
    of_moments, of_inverse, _ = split(settings, MOMENT_SWITCHES, INVERSE_SWITCHES)
    mean, variance = moments(x, -1, **of_moments)
    inv_std = inverse(variance, epsilon, **of_inverse)
    x_hat = (x - mean) * inv_std
    m, over = fixed or len(x), 0 if sums == "batch" else 1
    factor = place(gamma, 2, -1, gamma_place)
    dbeta = dy.sum(axis=over)
    dgamma = (dy * (x - mean if "dgamma" in bare else x_hat)).sum(axis=over)
    shares = {"dgamma": dgamma, "dbeta": dbeta}
    shares = {name: values / m if name in averaged else values for name, values in shares.items()}
    used = shares if spread else {"dgamma": (dy * x_hat).sum(axis=0), "dbeta": dy.sum(axis=0)}
    parts = {"itself": dy, "mean": 0.0, "variance": 0.0}
    if "mean" in paths:
        parts["mean"] = -used["dbeta"] / (1 if "mean" in summed else m) * np.ones_like(dy)
    if "variance" in paths:
        parts["variance"] = -x_hat * used["dgamma"] / (1 if "variance" in summed else m - less)
        parts["variance"] = _in_wrong_steps(parts["variance"], dy, x_hat, inv_std, steps)
    if steps == "overwritten":  # the mean's path then starts from the variance's alone, which sums to 0
        parts |= {"itself": 0.0, "mean": 0.0}
    dx = sum(part * (factor if name in gain else 1) * (1 if name in bare else inv_std) for name, part in parts.items())
    results = {"dx": dx, "dgamma": shares["dgamma"], "dbeta": shares["dbeta"]}
    results = {name: np.zeros_like(values) if name in zeros else values for name, values in results.items()}
    names = ("dx", "dbeta", "dgamma") if swapped else ("dx", "dgamma", "dbeta")
    return tuple(results[name] for name in names)


def _in_wrong_steps(part, dy, x_hat, inv_std, steps):
    """The variance's part of dx, with a mistake in dinv_std or dvariance."""
    if steps == "not summed":
        each = -x_hat * (dy * x_hat) / len(dy)
        return each - each.mean(axis=0)  # dmean takes its mean away
    factors = {"sign": -1.0, "power 1": inv_std**-2, "power 2": inv_std**-1}
    return part * factors.get(steps, 1.0)


PARTS = ("itself", "mean", "variance")

MISTAKES = (
    *wrong_reductions("wrong-axis", "features", "all"),
    mistake("wrong-axis", "sums", rare=True, sums="features"),
    mistake("wrong-axis", "sums", rare=True, sums="features", spread=True),
    *DIVIDES_BY_VARIANCE,
    *UNBIASED,
    mistake("unbiased-variance", rare=True, ddof=1, less=1),
    mistake("unbiased-variance", rare=True, less=1),
    *EPSILON,
    mistake("gamma-beta-swapped", swapped=True),
    *(one for one in misplaced(0) if "beta_place" not in one.settings),
    mistake("detached-statistics", "paths", paths=()),
    mistake("detached-variance", "paths", paths=("mean",)),
    mistake("detached-mean", "paths", paths=("variance",)),
    mistake("gradient-overwritten", "steps", steps="overwritten"),
    mistake("not-summed-over-rows", "steps", steps="not summed"),
    mistake("wrong-sign", "steps", steps="sign"),
    *(mistake("wrong-power", "steps", rare=power == 2, steps=f"power {power}") for power in (1, 2)),
    *(mistake("rows-fixed", "fixed", rare=True, fixed=rows) for rows in (3, 6, 4, 60)),
    mistake("sum-not-mean", summed=("mean", "variance")),
    mistake("sum-not-mean", rare=True, summed=("mean",)),
    mistake("sum-not-mean", rare=True, summed=("variance",)),
    mistake("missing-inverse-std", "bare", bare=PARTS),
    mistake("missing-inverse-std", "bare", bare=("dgamma",)),
    *(mistake("missing-inverse-std", "bare", rare=True, bare=(part,)) for part in PARTS),
    mistake("missing-inverse-std", "bare", rare=True, bare=(*PARTS, "dgamma")),
    mistake("missing-inverse-std", "bare", rare=True, bare=("dgamma",), spread=True),
    mistake("missing-gamma-in-dx", "gain", gain=()),
    *(mistake("missing-gamma-in-dx", "gain", rare=True, gain=tuple({*PARTS} - {part})) for part in PARTS),
    *(mistake("missing-gamma-in-dx", "gain", rare=True, gain=(part,)) for part in PARTS),
    mistake("returns-zeros", "zeros", zeros=("dx",)),
    mistake("returns-zeros", "zeros", rare=True, zeros=("dx", "dgamma", "dbeta")),
    mistake("returns-zeros", "zeros", rare=True, zeros=("dx", "dgamma")),
    mistake("mean-not-sum", averaged=("dgamma", "dbeta")),
    mistake("mean-not-sum", rare=True, averaged=("dgamma",)),
    mistake("mean-not-sum", rare=True, averaged=("dbeta",)),
    mistake("mean-not-sum", rare=True, averaged=("dgamma", "dbeta"), spread=True),
    mistake("mean-not-sum", rare=True, averaged=("dgamma",), spread=True),
    mistake("mean-not-sum", rare=True, averaged=("dbeta",), spread=True),
)


def estimate(trial):
    """The constant that stands where epsilon should: dgamma over sum(dy * (x - mean)) is inv_std."""
    dy, x = (values[:, NARROW].astype(float) for values in trial.arguments[:2])
    inv_std = trial.results["dgamma"][NARROW] / (dy * (x - x.mean())).sum()
    return read_epsilon(1.0, x.var(), inv_std)


def facts(trial):
    results, right = trial.results, trial.answer.results
    x_hat = trial.answer.steps["x_hat"]
    total = np.abs(results["dx"].sum(axis=0))
    along = [(dx * x_hat).sum(axis=0) for dx in (results["dx"], right["dx"])]
    feature = int(np.argmax(np.abs(along[0]) - 10 * np.abs(along[1])))  # where the right one is nearly 0
    with_x_hat = [sums[feature] for sums in along]
    ratios = {name: np.median(np.abs(results[name] / right[name])) for name in ("dgamma", "dbeta")}
    return {
        "rows": len(x_hat),
        "sum": f"{total.max():.2g}",
        "with_x_hat": f"{with_x_hat[0]:.2g}",
        "with_x_hat_due": f"{with_x_hat[1]:.2g}",
        "ratio_dgamma": f"{ratios['dgamma']:.3g}",
        "ratio_dbeta": f"{ratios['dbeta']:.3g}",
        "size": f"{np.abs(results['dx'][:, 0]).max():.2g}",
        "size_due": f"{np.abs(right['dx'][:, 0]).max():.2g}",
    }


def _large_mean():
    dy, x, gamma, epsilon = gradients(8, 3, epsilon=1e-3, seed=8)
    # Wider than elsewhere: sum(dy * x) - mean * sum(dy) is no mistake, and loses digits as well.
    arguments = (dy.astype(np.float32), batches.far(x), gamma.astype(np.float32), epsilon)
    return batches.far_case(arguments, place=1, relative=0.1)


TASK = Task(
    cases=(
        Case("eight rows of five features", gradients(8, 5, epsilon=1e-3, seed=0)),
        Case("five rows of five features in float32", gradients(5, 5, epsilon=0.02, seed=1, dtype=np.float32)),
        Case("seven rows of three features", gradients(7, 3, epsilon=0.3, seed=2)),
    ),
    edges=(
        Case("sixty rows of two features in float32", gradients(60, 2, epsilon=1e-3, seed=3, dtype=np.float32)),
        Case("one row", tuple(a[:1] if np.ndim(a) == 2 else a for a in gradients(8, 4, epsilon=1e-3, seed=4))),
        Case(
            "a batch of zero variance",
            (gradients(4, 3, epsilon=1e-3, seed=5)[0], np.full((4, 3), -2.0), np.full(3, 2.0), 1e-3),
        ),
        _large_mean(),
    ),
    answer=answer,
    compute=compute,
    mistakes=MISTAKES,
    estimate=estimate,
    together=3,
    facts=facts,
)


@exercise("backward", arguments=("dy", "x", "gamma", "epsilon"))
def backward(attempt):
    """Check `fn(dy, x, gamma, epsilon)` -> dx (N, D), dgamma (D,), dbeta (D,) of a loss whose gradient in y is dy.

    `fn` may return `((dx, dgamma, dbeta), {"x_hat": ..., "dx_hat": ..., "dvariance": ..., "dmean": ...})` to have its
    steps compared too.
    """
    judge(attempt, TASK)
