"""Check of lesson 05: the path that reads the memory."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import INVERSE_SWITCHES, MOMENT_SWITCHES, inverse, moments, scale_and_shift, split
from helpers.checks.engine.mistakes import DIVIDES_BY_VARIANCE, EPSILON, GAMMA_AND_BETA, epsilon_read_off, misplaced
from helpers.checks.engine.values import Answer, Case, Task, judge


def statistics(rows, features, *, epsilon, seed, dtype=np.float64):
    """A batch and moving statistics that are not the batch's own; feature 1 hardly varies."""
    x, gamma, beta, epsilon = batches.ordinary(max(rows, 2), features, epsilon=epsilon, seed=seed)
    x = x[:rows]
    rng = np.random.default_rng(seed + 100)
    moving_mean = x.mean(axis=0) + rng.uniform(0.5, 1.5, features)
    moving_variance = rng.uniform(4.0, 16.0, features)
    moving_variance[min(1, features - 1)] = 2e-4
    moving_mean[min(1, features - 1)] = 0.27
    arrays = (array.astype(dtype) for array in (x, gamma, beta, moving_mean, moving_variance))
    return (*arrays, epsilon)


def answer(x, gamma, beta, moving_mean, moving_variance, epsilon):
    y = batchnorm.inference(x, gamma, beta, moving_mean, moving_variance, epsilon=epsilon)
    inv_std = 1 / np.sqrt(moving_variance + epsilon)
    steps = {"std": 1 / inv_std, "inv_std": inv_std, "x_hat": (x - moving_mean) * inv_std}
    size = np.abs(gamma) * inv_std * (np.abs(x).max(axis=0) + np.abs(moving_mean)) + np.abs(beta) + 1e-3
    return Answer({"y": y}, steps, {"y": batches.ROUNDING * size})


def compute(
    x, gamma, beta, moving_mean, moving_variance, epsilon, *, batch=(), along="features", corrected=False, **settings
):
    """`batch`: which statistics are taken from x instead; `along`: the axis where the others broadcast."""
    of_moments, of_inverse, rest = split(settings, MOMENT_SWITCHES, INVERSE_SWITCHES)
    own = dict(zip(("mean", "variance"), moments(x, -1, **of_moments)))
    given = {"mean": moving_mean, "variance": moving_variance * (len(x) / (len(x) - 1) if corrected else 1)}
    if along == "rows":
        given = {name: values[:, None] for name, values in given.items()}
    mean, variance = (own[name] if name in batch else given[name] for name in ("mean", "variance"))
    return (scale_and_shift((x - mean) * inverse(variance, epsilon, **of_inverse), gamma, beta, -1, **rest),)


def estimate(trials):
    trial = next((trial for trial in trials if trial.returned and trial.problem is None), None)
    if trial is None:
        return ()
    x, gamma, _, _, moving_variance, _ = (np.asarray(value, float) for value in trial.arguments)
    gain = np.cov(x[:, 1], trial.results["y"][:, 1], ddof=0)[0, 1] / x[:, 1].var()
    return epsilon_read_off(gamma[1], moving_variance[1], gain)


def facts(trials):
    trial = next((trial for trial in trials if trial.returned and not trial.right), trials[0])
    y, right = trial.results.get("y"), trial.answer.results["y"]
    if y is None or y.shape != right.shape:
        return {}
    _, gamma, beta = trial.arguments[:3]
    spread, due = y.std(axis=0), right.std(axis=0)
    return {
        "mean": f"{y[:, 0].mean():.2f}",
        "beta": f"{beta[0]:.2f}",
        "gamma": f"{gamma[0]:.2f}",
        "narrow": f"{spread[1]:.2g}",
        "narrow_due": f"{due[1]:.2g}",
        "wide": f"{spread[0]:.2g}",
        "wide_due": f"{due[0]:.2g}",
    }


FROM_BATCH = tuple(
    mistake("batch-statistics-at-inference", "batch", rare=rare, batch=batch, **settings)
    for rare, batch, settings in (
        (False, ("mean", "variance"), {}),
        (False, ("variance",), {}),
        (False, ("mean",), {}),
        (True, ("mean", "variance"), {"ddof": 1}),
        (True, ("variance",), {"ddof": 1}),
        (True, ("mean", "variance"), {"over": "features"}),
        (True, ("mean", "variance"), {"over": "all"}),
    )
)

TASK = Task(
    cases=(
        Case("six rows of five features", statistics(6, 5, epsilon=1e-3, seed=0)),
        Case("four rows of four features in float32", statistics(4, 4, epsilon=0.02, seed=1, dtype=np.float32)),
        Case("seven rows of three features", statistics(7, 3, epsilon=0.3, seed=2)),
    ),
    edges=(
        Case("one row", statistics(1, 5, epsilon=1e-3, seed=3)),
        Case("a single feature", statistics(6, 1, epsilon=1e-3, seed=4)),
        Case("moving variances of 0", (*statistics(6, 3, epsilon=1e-3, seed=5)[:4], np.zeros(3), 1e-3)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("wrong-axis", "along", along="rows"),
        *DIVIDES_BY_VARIANCE,
        mistake("unbiased-variance", corrected=True),
        *EPSILON,
        *GAMMA_AND_BETA,
        *misplaced(0),
        *FROM_BATCH,
    ),
    estimate=estimate,
    facts=facts,
)


@exercise("inference", arguments=("x", "gamma", "beta", "moving_mean", "moving_variance", "epsilon"))
def inference(attempt):
    """Check `fn(x, gamma, beta, moving_mean, moving_variance, epsilon)` -> y (N, D), from the moving statistics alone.

    `fn` may return `(y, {"inv_std": ..., "x_hat": ...})` to have its steps compared too.
    """
    judge(attempt, TASK)
