"""Check of lesson 05: the path that reads the memory."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.batches import NARROW
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import inference_with
from helpers.checks.engine.mistakes import (
    BETA_SCALED,
    CENTRING,
    DIVIDES_BY_VARIANCE,
    EPSILON,
    GAMMA_AND_BETA,
    QUOTIENT,
    WRONG_ROOT,
    find_gain,
    misplaced,
    read_epsilon,
)
from helpers.checks.engine.values import Case, Task, judge


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


def compute(x, gamma, beta, moving_mean, moving_variance, epsilon, *, corrected=False, shift=None, **settings):
    """y with the switches of inference_with.

    corrected: the moving variance is divided by one less than the rows; shift: what is added to x * scale instead.
    """
    if shift is not None:
        inv_std = 1 / np.sqrt(moving_variance + epsilon)
        factor = {"bare mean": -1.0, "by gamma": -gamma, "by inv_std": -inv_std}[shift]
        return (x * gamma * inv_std + beta + moving_mean * factor,)
    variance = moving_variance * (len(x) / (len(x) - 1) if corrected else 1)
    return (inference_with(x, gamma, beta, moving_mean, variance, epsilon, **settings),)


def estimate(trial):
    """The constant that stands where epsilon should, read off the feature that hardly varies."""
    x, gamma, _, _, variance, _ = trial.arguments
    gain = find_gain(x[:, NARROW].astype(float), trial.results["y"][:, NARROW])
    return read_epsilon(float(gamma[NARROW]), float(variance[NARROW]), gain)


def facts(trial):
    y, (_, gamma, beta, *_) = trial.results["y"], trial.arguments
    told = {"mean": f"{y[:, 0].mean():.2f}", "beta": f"{beta[0]:.2f}", "gamma": f"{gamma[0]:.2f}"}
    return batches.spreads(y, trial.answer.results["y"]) | told


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

WRONG_SHIFTS = ("bare mean", "by gamma", "by inv_std")

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
    answer=batches.inference_answer,
    compute=compute,
    mistakes=(
        mistake("wrong-axis", "along", along="rows"),
        *CENTRING,
        *DIVIDES_BY_VARIANCE,
        *WRONG_ROOT,
        mistake("unbiased-variance", corrected=True),
        *QUOTIENT,
        *EPSILON,
        *GAMMA_AND_BETA,
        BETA_SCALED,
        *misplaced(0),
        *FROM_BATCH,
        *(mistake("wrong-shift", "shift", rare=True, shift=shift) for shift in WRONG_SHIFTS),
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
