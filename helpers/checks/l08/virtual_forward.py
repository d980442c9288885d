"""Check of lesson 08: virtual batch normalization, with the statistics of a reference batch and of the row itself."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.batches import NARROW
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import (
    INVERSE_SWITCHES,
    MOMENT_SWITCHES,
    inverse,
    moments,
    normalized,
    scale_and_shift,
    split,
)
from helpers.checks.engine.mistakes import on_batch, read_epsilon
from helpers.checks.engine.values import Answer, Case, Task, judge


def inputs(rows, of_reference, features, *, epsilon, seed, dtype=np.float64):
    """x and a reference batch whose means lie apart, gamma, beta, epsilon."""
    x, gamma, beta, epsilon = batches.ordinary(rows + of_reference, features, epsilon=epsilon, seed=seed)
    x[:rows] += 2 * x.std(axis=0)
    arrays = (one.astype(dtype) for one in (x[:rows], x[rows:], gamma, beta))
    return (*arrays, epsilon)


def far_inputs():
    """The same with a mean of 10,000 in float32, as `batches.large_mean`."""
    x, gamma, beta, epsilon = batches.large_mean().arguments
    return x[:3], x[3:], gamma, beta, epsilon


def answer(x, reference, gamma, beta, epsilon):
    sets = np.stack([np.vstack([reference, row[np.newaxis]]) for row in x])
    mean, variance = sets.mean(axis=1), sets.var(axis=1)
    inv_std = 1 / np.sqrt(variance + epsilon)
    x_hat = (x - mean) * inv_std
    size = np.abs(gamma) * inv_std * (np.abs(x) + np.abs(mean)) + np.abs(beta) + 1e-3
    steps = {"mean": mean, "variance": variance, "std": 1 / inv_std, "inv_std": inv_std, "x_hat": x_hat}
    return Answer({"y": gamma * x_hat + beta}, steps, {"y": batches.ROUNDING * size})


def compute(x, reference, gamma, beta, epsilon, *, of="reference and row", centring="right", **settings):
    """y with switches; `of`: the rows whose mean and variance a row is normalized with."""
    of_moments, of_inverse, rest = split(settings, MOMENT_SWITCHES, INVERSE_SWITCHES)
    x_hat = np.empty_like(x)
    for i, row in enumerate(x):
        rows = {
            "reference and row": np.vstack([reference, row[np.newaxis]]),
            "reference": reference,
            "reference and batch": np.vstack([reference, x]),
            "batch": x,
        }[of]
        mean, variance = moments(rows, -1, **of_moments)
        inv_std = inverse(variance, epsilon, **of_inverse)
        x_hat[i] = normalized(row, mean, inv_std, epsilon, of_inverse.get("outside"), centring)[-1]
    return (scale_and_shift(x_hat, gamma, beta, -1, **rest),)


def estimate(trial):
    """The constant that stands where epsilon should, read off the feature that hardly varies."""
    x, _, gamma, _, _ = trial.arguments
    mean, variance = (trial.answer.steps[name][:, NARROW] for name in ("mean", "variance"))
    row = int(np.argmax(np.abs(x[:, NARROW] - mean)))
    gain = (trial.results["y"][row, NARROW] - trial.arguments[3][NARROW]) / (x[row, NARROW] - mean[row])
    return read_epsilon(gamma[NARROW], float(variance[row]), float(gain))


def facts(trial):
    y, right = trial.results["y"], trial.answer.results["y"]
    place = int(np.argmax(right.std(axis=0)))
    told = {"number": len(trial.arguments[1]), "beta": f"{trial.arguments[3][0]:.2f}"}
    return batches.spreads(y, right, place) | told | {"first": f"{y[0, 0]:.2f}", "first_due": f"{right[0, 0]:.2f}"}


TASK = Task(
    cases=(
        Case("five rows and a reference of 6", inputs(5, 6, 5, epsilon=1e-3, seed=0)),
        Case("four rows of four features, a reference of 4", inputs(4, 4, 4, epsilon=0.02, seed=1, dtype=np.float32)),
        Case("seven rows and a reference of 3", inputs(7, 3, 4, epsilon=0.3, seed=2)),
    ),
    edges=(
        Case("a single row", inputs(1, 6, 3, epsilon=1e-3, seed=3)),
        Case("a reference of a single row", inputs(4, 1, 3, epsilon=1e-3, seed=4)),
        Case("rows and reference all alike", (np.full((3, 2), -2.0), np.full((4, 2), -2.0), *np.ones((2, 2)), 1e-3)),
        batches.large_mean()._replace(arguments=far_inputs()),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        *on_batch(0),
        mistake("example-left-out", "of", of="reference"),
        *(mistake("whole-batch-statistics", "of", of=rows) for rows in ("reference and batch", "batch")),
    ),
    estimate=estimate,
    together=3,
    facts=facts,
)


@exercise("virtual_forward", arguments=("x", "reference", "gamma", "beta", "epsilon"))
def virtual_forward(attempt):
    """Check `fn(x, reference, gamma, beta, epsilon)` -> y (N, D): each row has the statistics of reference and row.

    `reference` is (M, D); mean and biased variance (1/(M + 1)) are those of its rows and of the one row of x together.
    `fn` may return `(y, {"mean": ..., "x_hat": ...})`, mean of shape (N, D), to have its steps compared too.
    """
    judge(attempt, TASK)
