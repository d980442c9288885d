"""Check of lesson 01: the transform, on a batch (N, D)."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.batches import NARROW
from helpers.checks.engine.core import exercise
from helpers.checks.engine.formulas import forward_with
from helpers.checks.engine.mistakes import find_gain, on_batch, read_epsilon
from helpers.checks.engine.values import Case, Task, judge


def compute(x, gamma, beta, epsilon, **settings):
    return (forward_with(x, gamma, beta, epsilon, **settings),)


def estimate(trial):
    """The constant that stands where epsilon should, read off the feature that hardly varies."""
    x, y = (values[:, NARROW].astype(float) for values in (trial.arguments[0], trial.results["y"]))
    return read_epsilon(trial.arguments[1][NARROW], x.var(), find_gain(x, y))


def facts(trial):
    """What the first hints say about the first wrong result."""
    y, right = trial.results["y"], trial.answer.results["y"]
    x, gamma, beta = (array.astype(float) for array in trial.arguments[:3])
    widest = int(np.argmax(x.std(axis=0)))
    return batches.spreads(y, right, widest) | {
        "rows": len(y),
        "ratio": f"{y.std(axis=0)[widest] / right.std(axis=0)[widest]:.3f}",
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
    mistakes=on_batch(0),
    estimate=estimate,
    facts=facts,
)


@exercise("forward", arguments=("x", "gamma", "beta", "epsilon"))
def forward(attempt):
    """Check `fn(x, gamma, beta, epsilon)` -> y: batch normalization of x (N, D) with the batch's own statistics.

    `fn` may return `(y, {"mean": ..., "variance": ..., "inv_std": ..., "x_hat": ...})` to have its steps compared too.
    """
    judge(attempt, TASK)
