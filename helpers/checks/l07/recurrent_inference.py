"""Check of lesson 07: a time step at inference, also beyond the last one that was trained."""

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


def memory(rows, steps, features, t, *, epsilon, seed, dtype=np.float64):
    """x_t (N, D), t, moving_mean (T, D), moving_variance (T, D), gamma (D,), beta (D,), epsilon."""
    rng = np.random.default_rng(seed + 400)
    x, gamma, beta, epsilon = batches.ordinary(max(rows, 2), features, epsilon=epsilon, seed=seed)
    mean = x.mean(axis=0) + rng.uniform(-3.0, 3.0, (steps, features))
    variance = rng.uniform(2.0, 16.0, (steps, features))
    narrow = slice(NARROW, NARROW + 1)
    mean[:, narrow] = 0.3 + rng.uniform(-0.03, 0.03, mean[:, narrow].shape)
    variance[:, narrow] = rng.uniform(1e-4, 4e-4, variance[:, narrow].shape)
    x, mean, variance, gamma, beta = (a.astype(dtype) for a in (x[:rows], mean, variance, gamma, beta))
    return x, t, mean, variance, gamma, beta, epsilon


def answer(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    mean, variance = (moving[min(t, len(moving) - 1)] for moving in (moving_mean, moving_variance))
    found = batches.inference_answer(x_t, gamma, beta, mean, variance, epsilon)
    return found._replace(steps={"mean": mean, "variance": variance} | found.steps)


def compute(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon, *, step="t", transposed=False, **settings):
    """y with the switches of inference_with; step: whose moving statistics; transposed: step t along the features."""
    mean, variance = (_choose(moving, t, step, transposed) for moving in (moving_mean, moving_variance))
    if step == "pooled":
        variance = variance + moving_mean.var(axis=0)
    return (inference_with(x_t, gamma, beta, mean, variance, epsilon, **settings),)


def _choose(moving, t, step, transposed):
    if step in ("averaged", "pooled"):
        return moving.mean(axis=0)
    if transposed:
        return moving[:, min(t, moving.shape[1] - 1)]
    last = len(moving) - 1
    place = {"t": t, "before": t - 1, "floor": max(t - 1, 0), "after": t + 1, "first": 0, "last": last}[step]
    return moving[min(place, last)]


def estimate(trial):
    """The constant that stands where epsilon should, read off the feature that hardly varies."""
    x, t, _, moving_variance, gamma, *_ = trial.arguments
    variance = float(moving_variance[min(t, len(moving_variance) - 1), NARROW])
    gain = find_gain(x[:, NARROW].astype(float), trial.results["y"][:, NARROW])
    return read_epsilon(gamma[NARROW], variance, gain)


def given(trial):
    steps, error = len(trial.arguments[2]), trial.outcome.error
    happens = "uses other statistics than it should" if error is None else f"stops with {type(error).__name__}: {error}"
    return {"t": trial.arguments[1], "steps": steps, "last": steps - 1, "happens": happens}


def facts(trial):
    y, right = trial.results["y"], trial.answer.results["y"]
    return batches.spreads(y, right) | {
        "mean": f"{y[:, 0].mean():.2f}",
        "mean_due": f"{right[:, 0].mean():.2f}",
        "beta": f"{trial.arguments[5][0]:.2f}",
        "gamma": f"{trial.arguments[4][0]:.2f}",
    }


def _beyond(run, trial):
    """The steps that have statistics are right by now: what is wrong is the step beyond them."""
    return "no-step-beyond-last"


def _step(*shape, **settings):
    _, steps, _, t = shape
    name = f"time step {t} with statistics for {steps}"
    return Case(name, memory(*shape, **settings), verdict=_beyond if t >= steps else None)


def _blank_step():
    x, t, mean, _, *rest = memory(4, 3, 3, 1, epsilon=1e-3, seed=7)
    return Case("a step whose moving variance is 0", (x, t, mean, np.zeros((3, 3)), *rest))


TASK = Task(
    cases=(
        _step(6, 4, 5, 0, epsilon=1e-3, seed=0),
        _step(6, 4, 5, 2, epsilon=1e-3, seed=0),
        _step(4, 4, 4, 1, epsilon=0.02, seed=1, dtype=np.float32),
        _step(3, 5, 3, 4, epsilon=0.3, seed=2),
    ),
    edges=(
        _step(5, 4, 3, 4, epsilon=1e-3, seed=3),
        _step(5, 4, 3, 11, epsilon=1e-3, seed=4),
        _step(2, 1, 3, 1, epsilon=1e-3, seed=5),
        Case("one sequence", memory(1, 3, 4, 1, epsilon=1e-3, seed=6)),
        _blank_step(),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("wrong-axis", "along", along="rows"),
        mistake("wrong-axis", "along", transposed=True),
        *CENTRING,
        *DIVIDES_BY_VARIANCE,
        *WRONG_ROOT,
        *QUOTIENT,
        *EPSILON,
        *GAMMA_AND_BETA,
        BETA_SCALED,
        *misplaced(0),
        mistake("batch-statistics-at-inference", "batch", batch=("mean", "variance")),
        mistake("batch-statistics-at-inference", "batch", batch=("variance",)),
        mistake("batch-statistics-at-inference", "batch", batch=("mean",)),
        mistake("batch-statistics-at-inference", "batch", rare=True, batch=("mean", "variance"), ddof=1),
        mistake("batch-statistics-at-inference", "batch", rare=True, batch=("mean", "variance"), over="features"),
        *(mistake("shared-over-time", "step", step=step) for step in ("averaged", "pooled", "first", "last")),
        *(mistake("wrong-step", "step", step=step) for step in ("before", "floor", "after")),
    ),
    estimate=estimate,
    together=3,
    facts=facts,
    given=given,
)


@exercise(
    "recurrent_inference",
    arguments=("x_t", "t", "moving_mean", "moving_variance", "gamma", "beta", "epsilon"),
)
def recurrent_inference(attempt):
    """Check `fn(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon)` -> y (N, D): time step t at inference.

    Steps are counted from 0; moving_mean and moving_variance are (T, D). A step beyond the last one has the last one's
    statistics. gamma and beta, (D,), are those of all steps.
    """
    judge(attempt, TASK)
