"""Check of lesson 07: a time step at inference, also beyond the last one that was trained."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import INVERSE_SWITCHES, MOMENT_SWITCHES, inverse, moments, scale_and_shift, split
from helpers.checks.engine.mistakes import DIVIDES_BY_VARIANCE, EPSILON, GAMMA_AND_BETA, epsilon_read_off, misplaced
from helpers.checks.engine.values import Answer, Case, Task, judge

NARROW = 1
"""The feature that hardly varies."""


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
    y = batchnorm.inference(x_t, gamma, beta, mean, variance, epsilon=epsilon)
    inv_std = 1 / np.sqrt(variance + epsilon)
    steps = {"mean": mean, "variance": variance, "std": 1 / inv_std, "inv_std": inv_std}
    steps["x_hat"] = (x_t - mean) * inv_std
    size = np.abs(gamma) * inv_std * (np.abs(x_t).max(axis=0) + np.abs(mean)) + np.abs(beta) + 1e-3
    return Answer({"y": y}, steps, {"y": batches.ROUNDING * size})


def compute(
    x_t, t, moving_mean, moving_variance, gamma, beta, epsilon, *, batch=(), step="t", along="features", **settings
):
    """y with switches; batch: statistics taken from x_t; step: which of the moving statistics; along: their axis."""
    of_moments, of_inverse, rest = split(settings, MOMENT_SWITCHES, INVERSE_SWITCHES)
    own = dict(zip(("mean", "variance"), moments(x_t, -1, **of_moments)))
    moving = {"mean": moving_mean, "variance": moving_variance}
    given = {}
    for name, values in moving.items():
        if step == "averaged":
            given[name] = values.mean(axis=0)
        elif step == "pooled":
            given[name] = values.mean(axis=0) + (moving_mean.var(axis=0) if name == "variance" else 0)
        elif along == "transposed":
            given[name] = values[:, min(t, values.shape[1] - 1)]
        else:
            last = len(values) - 1
            place = {"t": t, "before": t - 1, "floor": max(t - 1, 0), "after": t + 1, "first": 0, "last": last}[step]
            given[name] = values[min(place, last)]
    if along == "rows":
        given = {name: values[:, None] for name, values in given.items()}
    mean, variance = (own[name] if name in batch else given[name] for name in ("mean", "variance"))
    return (scale_and_shift((x_t - mean) * inverse(variance, epsilon, **of_inverse), gamma, beta, -1, **rest),)


def estimate(trials):
    trial = next((trial for trial in trials if trial.returned and trial.problem is None), None)
    if trial is None:
        return ()
    x, t, _, moving_variance, gamma, _, _ = trial.arguments
    variance = np.asarray(moving_variance[min(t, len(moving_variance) - 1)], float)
    x = np.asarray(x, float)[:, NARROW]
    gain = np.cov(x, trial.results["y"][:, NARROW], ddof=0)[0, 1] / x.var()
    return epsilon_read_off(gamma[NARROW], variance[NARROW], gain)


def facts(trials):
    trial = next((trial for trial in trials if trial.returned and not trial.right), trials[-1])
    known = {"t": trial.arguments[1], "steps": len(trial.arguments[2])}
    known["last"] = known["steps"] - 1
    y, right = trial.results.get("y"), trial.answer.results["y"]
    if y is None or y.shape != right.shape:
        return known
    spread, due = y.std(axis=0), right.std(axis=0)
    return known | {
        "mean": f"{y[:, 0].mean():.2f}",
        "mean_due": f"{right[:, 0].mean():.2f}",
        "beta": f"{trial.arguments[5][0]:.2f}",
        "gamma": f"{trial.arguments[4][0]:.2f}",
        "narrow": f"{spread[NARROW]:.2g}",
        "narrow_due": f"{due[NARROW]:.2g}",
        "wide": f"{spread[0]:.2g}",
        "wide_due": f"{due[0]:.2g}",
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
        mistake("wrong-axis", "along", along="transposed"),
        *DIVIDES_BY_VARIANCE,
        *EPSILON,
        *GAMMA_AND_BETA,
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
