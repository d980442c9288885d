"""Check of lesson 01: the transform, on a batch (N, D)."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.formulas import forward_with
from helpers.checks.engine.mistakes import (
    DIVIDES_BY_VARIANCE,
    EPSILON,
    GAMMA_AND_BETA,
    UNBIASED,
    epsilon_read_off,
    misplaced,
    wrong_reductions,
)
from helpers.checks.engine.values import Case, Task, judge

NARROW = 1
"""The feature that hardly varies."""


def compute(x, gamma, beta, epsilon, **settings):
    return (forward_with(x, gamma, beta, epsilon, **settings),)


def estimate(trials):
    """The constant that stands where epsilon should, read off the feature that hardly varies."""
    trial = next((trial for trial in trials if trial.returned and trial.problem is None), None)
    if trial is None:
        return ()
    x, gamma = trial.arguments[0][:, NARROW].astype(float), trial.arguments[1][NARROW]
    return epsilon_read_off(gamma, x.var(), np.cov(x, trial.results["y"][:, NARROW], ddof=0)[0, 1] / x.var())


def facts(trials):
    """What the first hints say about the first wrong result."""
    trial = next((trial for trial in trials if trial.returned and not trial.right), trials[0])
    y = trial.results.get("y")
    right = trial.answer.results["y"]
    if y is None or y.shape != right.shape:
        return {}
    x, gamma, beta = (array.astype(float) for array in trial.arguments[:3])
    spread, due = y.std(axis=0), right.std(axis=0)
    widest = int(np.argmax(x.std(axis=0)))
    return {
        "rows": len(y),
        "features": y.shape[1],
        "narrow": f"{spread[NARROW % y.shape[1]]:.2g}",
        "narrow_due": f"{due[NARROW % y.shape[1]]:.2g}",
        "wide": f"{spread[widest]:.2g}",
        "wide_due": f"{due[widest]:.2g}",
        "ratio": f"{spread[widest] / due[widest]:.3f}",
        "mean": f"{y.mean(axis=0)[0]:.2f}",
        "gamma": f"{gamma[0]:.2f}",
        "beta": f"{beta[0]:.2f}",
        "mean_off": f"{np.abs(y.mean(axis=0) - beta).max():.2f}",
    }


TASK = Task(
    cases=(
        Case("eight rows of five features", batches.ordinary(8, 5, epsilon=1e-3, seed=0)),
        Case("five rows of five features in float32", batches.ordinary(5, 5, epsilon=0.02, dtype=np.float32, seed=1)),
        Case("seven rows of three features", batches.ordinary(7, 3, epsilon=0.3, seed=2)),
    ),
    edges=(
        Case("256 rows of two features in float32", batches.ordinary(256, 2, epsilon=1e-3, dtype=np.float32, seed=3)),
        batches.one_row(),
        batches.one_feature(),
        *batches.constant_columns(),
        batches.large_mean(),
    ),
    answer=batches.answer,
    compute=compute,
    mistakes=(
        *wrong_reductions("wrong-axis", "features", "all"),
        *DIVIDES_BY_VARIANCE,
        *UNBIASED,
        *EPSILON,
        *GAMMA_AND_BETA,
        *misplaced(0),
    ),
    estimate=estimate,
    facts=facts,
)


@exercise("forward", arguments=("x", "gamma", "beta", "epsilon"))
def forward(attempt):
    """Check `fn(x, gamma, beta, epsilon)` -> y: batch normalization of x (N, D) with the batch's own statistics.

    `fn` may return `(y, {"mean": ..., "variance": ..., "inv_std": ..., "x_hat": ...})` to have its steps compared too.
    """
    judge(attempt, TASK)
