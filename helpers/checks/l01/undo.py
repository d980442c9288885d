"""Check of lesson 01: the gamma and beta that undo the normalization of one batch."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.mistakes import CONSTANTS
from helpers.checks.engine.values import Answer, Case, Task, judge


def batch(rows, features, epsilon, seed, dtype=np.float64):
    return batches.ordinary(rows, features, epsilon=epsilon, dtype=dtype, seed=seed)[0], epsilon


def answer(x, epsilon):
    mean, variance = batchnorm.batch_moments(x)
    gamma = np.sqrt(variance + epsilon)
    bound = batches.ROUNDING * (np.abs(x).max(axis=0) + gamma)
    return Answer({"gamma": gamma, "beta": mean}, {}, {"gamma": bound, "beta": bound})


def compute(x, epsilon, *, axis=0, ddof=0, gain="std", constant=None, outside=False, swapped=False):
    epsilon = epsilon if constant is None else constant
    mean, variance = x.mean(axis=axis), x.var(axis=axis, ddof=ddof)
    root = np.sqrt(variance) + epsilon if outside else np.sqrt(variance + epsilon)
    gamma = {"std": root, "variance": variance + epsilon}[gain]
    return (mean, gamma) if swapped else (gamma, mean)


def facts(trial):
    x, epsilon = trial.arguments
    names = {"rows": len(x), "mean": x.mean(axis=0)[0], "variance": x.var(axis=0)[0], "epsilon": epsilon}
    names |= {"gamma": trial.results["gamma"][0], "beta": trial.results["beta"][0]}
    names |= {"narrow": trial.results["gamma"][batches.NARROW % x.shape[1]]}
    names |= {"narrow_due": trial.answer.results["gamma"][batches.NARROW % x.shape[1]]}
    return {name: f"{value:.4g}" for name, value in names.items()}


TASK = Task(
    cases=(
        Case("eight rows of five features", batch(8, 5, 1e-3, 0)),
        Case("five rows of five features in float32", batch(5, 5, 0.02, 1, np.float32)),
        Case("seven rows of three features", batch(7, 3, 0.3, 2)),
    ),
    edges=(
        Case("a single feature", batch(6, 1, 1e-3, 6)),
        Case("a batch of zero variance", (np.full((4, 3), -2.0), 1e-3)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("wrong-axis", axis=1),
        mistake("unbiased-variance", ddof=1),
        mistake("gamma-is-variance", gain="variance"),
        mistake("epsilon-outside-sqrt", outside=True),
        *(mistake("epsilon-ignored", rare=constant != 0, constant=constant) for constant in CONSTANTS),
        mistake("gamma-beta-swapped", swapped=True),
    ),
    facts=facts,
)


@exercise("undo", arguments=("x", "epsilon"))
def undo(attempt):
    """Check `fn(x, epsilon)` -> gamma, beta, each (D,), with which batch normalization returns the batch x (N, D)."""
    judge(attempt, TASK)
