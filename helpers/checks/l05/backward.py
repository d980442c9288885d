"""Check of lesson 05: the backward pass of batch normalization on a batch (N, D)."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine import batches, gradients
from helpers.checks.engine.batches import NARROW
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.gradients import PARTS, compute
from helpers.checks.engine.mistakes import (
    DIVIDES_BY_VARIANCE,
    EPSILON,
    UNBIASED,
    misplaced,
    read_epsilon,
    wrong_reductions,
)
from helpers.checks.engine.values import Answer, Case, Task, in_float64, judge
from helpers.checks.hints import say


def batch(rows, features, *, epsilon, seed, dtype=np.float64):
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


SHARES = ("dgamma", "dbeta")

MISTAKES = (
    *wrong_reductions("wrong-axis", "features", "all"),
    mistake("wrong-axis", "sums", rare=True, sums="features"),
    *(mistake("wrong-axis", "sums", rare=True, sums=sums, spread=True) for sums in ("features", "all")),
    *DIVIDES_BY_VARIANCE,
    *UNBIASED,
    mistake("unbiased-variance", rare=True, ddof=1, less=1),
    mistake("unbiased-variance", rare=True, less=1),
    *EPSILON,
    mistake("gamma-beta-swapped", swapped=True),
    *(one for one in misplaced(0) if "beta_place" not in one.settings),
    *gradients.PATHS,
    *(mistake("rows-fixed", "fixed", rare=True, fixed=rows) for rows in (3, 6, 4, 60)),
    mistake("missing-inverse-std", "bare", bare=("dgamma",)),
    mistake("missing-inverse-std", "bare", rare=True, bare=(*PARTS, "dgamma")),
    mistake("missing-inverse-std", "bare", rare=True, bare=("dgamma",), spread=True),
    mistake("missing-gamma-in-dx", "gain", gain=()),
    *(mistake("missing-gamma-in-dx", "gain", rare=True, gain=tuple({*PARTS} - {part})) for part in PARTS),
    *(mistake("missing-gamma-in-dx", "gain", rare=True, gain=(part,)) for part in PARTS),
    mistake("gamma-twice", "gain", rare=True, gain="twice"),
    *gradients.FACTORS,
    mistake("returns-zeros", "zeros", zeros=("dx",)),
    mistake("returns-zeros", "zeros", rare=True, zeros=("dx", "dgamma", "dbeta")),
    mistake("returns-zeros", "zeros", rare=True, zeros=("dx", "dgamma")),
    mistake("mean-not-sum", averaged=SHARES),
    *(mistake("mean-not-sum", rare=True, averaged=(name,)) for name in SHARES),
    *(
        mistake("mean-not-sum", rare=True, averaged=a, spread=True)
        for a in (("dgamma", "dbeta"), ("dgamma",), ("dbeta",))
    ),
    *(mistake("gamma-in-dgamma", rare=True, with_gamma=of) for of in (SHARES[:1], SHARES[1:], SHARES)),
    mistake("x-not-x-hat", rare=True, dgamma_of="x"),
    mistake("gamma-in-dgamma", rare=True, dgamma_of="y"),
    *gradients.UNEVEN,  # last: what it says of the other features holds once those are mended
)


def estimate(trial):
    """What is read off the results: the constant that stands where epsilon should, a factor or a power in dx.

    dgamma over sum(dy * (x - mean)) is inv_std.
    """
    dy, x = (values[:, NARROW].astype(float) for values in trial.arguments[:2])
    inv_std = trial.results["dgamma"][NARROW] / (dy * (x - x.mean())).sum()
    return (
        *read_epsilon(1.0, x.var(), inv_std),
        *gradients.estimate(*in_float64(trial.arguments), trial.results["dx"]),
    )


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
    dy, x, gamma, epsilon = batch(8, 3, epsilon=1e-3, seed=8)
    # Wider than elsewhere: sum(dy * x) - mean * sum(dy) is no mistake, and loses digits as well.
    arguments = (dy.astype(np.float32), batches.far(x), gamma.astype(np.float32), epsilon)
    return batches.far_case(arguments, place=1, relative=0.1)


TASK = Task(
    cases=(
        Case("eight rows of five features", batch(8, 5, epsilon=1e-3, seed=0)),
        Case("five rows of five features in float32", batch(5, 5, epsilon=0.02, seed=1, dtype=np.float32)),
        Case("seven rows of three features", batch(7, 3, epsilon=0.3, seed=2)),
    ),
    edges=(
        Case("sixty rows of two features in float32", batch(60, 2, epsilon=1e-3, seed=3, dtype=np.float32)),
        Case("one row", tuple(a[:1] if np.ndim(a) == 2 else a for a in batch(8, 4, epsilon=1e-3, seed=4))),
        Case(
            "a batch of zero variance",
            (batch(4, 3, epsilon=1e-3, seed=5)[0], np.full((4, 3), -2.0), np.full(3, 2.0), 1e-3),
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
