"""Check of lesson 00: columns at mean 0 and standard deviation 1."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.formulas import inverse, moments, normalized
from helpers.checks.engine.mistakes import (
    CENTRING,
    DIVIDES_BY_VARIANCE,
    TOTALS,
    UNBIASED,
    WRONG_ROOT,
    wrong_reductions,
)
from helpers.checks.engine.values import Answer, Case, Task, judge
from helpers.checks.hints import say

TOLERANCE = 1e-3
"""Wide enough for a small epsilon under the root, which does no harm here: no column hardly varies."""


def batch(rows, columns, seed, dtype=np.float64):
    """x (rows, columns) with spreads from 2 to 9 and means up to 20."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return ((x * np.linspace(2.0, 9.0, columns) + rng.uniform(-20.0, 20.0, columns)).astype(dtype),)


def answer(x):
    mean, variance = moments(x, -1)
    y = (x - mean) / np.sqrt(variance)

    def seen(results):
        y = results["result"]
        return {say("standardize.mean"): (y.mean(0), TOLERANCE), say("standardize.spread"): (y.std(0), TOLERANCE)}

    steps = {
        "mean": mean[0],
        "variance": variance[0],
        "std": np.sqrt(variance[0]),
        "centered": x - mean,
        "centred": x - mean,
    }
    return Answer({"result": y}, steps, {"result": TOLERANCE * (1 + np.abs(y).max(axis=0))}, seen)


def compute(x, *, power=0.5, outside=None, centring="right", **settings):
    mean, variance = moments(x, -1, **settings)
    return (normalized(x, mean, inverse(variance, 0.0, power=power, outside=outside), 0.0, centring=centring),)


def facts(trial):
    y = trial.results["result"]
    spread = y.std(axis=0)
    return {
        "rows": len(y),
        "mean": f"{np.abs(y.mean(axis=0)).max():.2f}",
        "row_mean": f"{np.abs(y.mean(axis=1)).max():.2f}",
        "low": f"{spread.min():.3f}",
        "high": f"{spread.max():.3f}",
        "column_spread": f"{trial.arguments[0].std(axis=0).max():.0f}",
    }


TASK = Task(
    cases=(
        Case("a table of eight rows and five columns", batch(8, 5, seed=0)),
        Case("a table of four rows and four columns in float32", batch(4, 4, seed=1, dtype=np.float32)),
        Case("a table of nine rows and two columns", batch(9, 2, seed=2)),
    ),
    edges=(
        Case("sixty rows of a single column", batch(60, 1, seed=3)),
        batches.far_case((batches.far(batch(8, 3, seed=4)[0]),)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        *wrong_reductions("wrong-axis", "features", "all"),
        *CENTRING,
        *DIVIDES_BY_VARIANCE[:1],
        *WRONG_ROOT,
        *UNBIASED,
        *TOTALS,
    ),
    facts=facts,
)


@exercise("standardize", arguments=("x",))
def standardize(attempt):
    """Check `fn(x)`: x (N, D) with each column at mean 0 and standard deviation 1.

    The standard deviation is the biased one (1/N). No column is constant or nearly so, and a small epsilon is allowed.
    `fn` may return `(x, {"mean": ..., "variance": ...})` to have its steps compared too.
    """
    judge(attempt, TASK)
