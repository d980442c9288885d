"""Check of lesson 07: mean and variance of each time step."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def sequences(shape, *, seed, dtype=np.float64):
    """(N, T, D) whose mean and spread change from step to step, and from sequence to sequence."""
    rng = np.random.default_rng(seed)
    number, steps, features = shape
    mean, spread = rng.normal(0.0, 4.0, (steps, features)), rng.uniform(0.5, 3.0, (steps, features))
    x = rng.normal(size=shape) * spread + mean + rng.normal(0.0, 1.0, (number, 1, features))
    return (x.astype(dtype),)


def answer(x):
    """mean (T, D) and variance (T, D), over the N sequences."""
    mean = x.mean(axis=0)
    variance = np.square(x - mean).mean(axis=0)
    largest = np.abs(x).max(axis=0)
    tolerance = {"mean": 1e-5 * (largest + 1e-3), "variance": 1e-5 * (variance + largest * np.sqrt(variance) + 1e-3)}
    return Answer({"mean": mean, "variance": variance}, {"centered": x - mean, "centred": x - mean}, tolerance)


OVER = {"sequences": 0, "steps": 1, "features": 2, "sequences and steps": (0, 1), "all": None, "last two": (1, 2)}
OVER |= {"sequences and features": (0, 2)}


def compute(
    x, *, over="sequences", variance_over=None, shared_mean=False, repeated=False, ddof=0, root=False, sums=None,
    swapped=False,
):  # fmt: skip
    """Mean and variance with switches.

    variance_over: of the variance alone; shared_mean: which the variance is about; repeated: statistics without a time
    axis, copied to each step; sums: of "mean", "variance", those not divided by the count.
    """
    results = {}
    for name, axis in (("mean", OVER[over]), ("variance", OVER[variance_over or over])):
        kept = x.mean(axis=axis, keepdims=True) if not shared_mean else x.mean(axis=(0, 1), keepdims=True)
        values = x if name == "mean" else np.square(x - kept)
        total = values.sum(axis=axis)
        count = x.size // max(total.size, 1)
        divisor = 1 if name in (sums or ()) else count - (ddof if name == "variance" else 0)
        results[name] = total / divisor
        if repeated:
            results[name] = np.broadcast_to(results[name], x.shape[1:])
    if root:
        results["variance"] = np.sqrt(results["variance"])
    return tuple(results[name] for name in (("variance", "mean") if swapped else ("mean", "variance")))


def given(trial):
    x = trial.arguments[0]
    known = {"which": "result", "shape": str(x.shape), "due_shape": str(x.shape[1:]), "number": len(x)}
    first, last = (f"{x[:, step, 0].mean():.2f}" for step in (0, -1))
    return known | {"first": first, "last": last}


def facts(trial):
    variance, due = (f"{one['variance'][0, 0]:.3g}" for one in (trial.results, trial.answer.results))
    which = " and ".join(name for name in trial.results if not trial.is_right(name))
    return {"which": which, "variance": variance, "variance_due": due}


TASK = Task(
    cases=(
        Case("six sequences of four steps of three features", sequences((6, 4, 3), seed=0)),
        Case("four sequences of four steps in float32", sequences((4, 4, 5), seed=1, dtype=np.float32)),
        Case("three sequences of five steps of five features", sequences((3, 5, 5), seed=2)),
    ),
    edges=(
        Case("a single sequence", sequences((1, 3, 2), seed=3)),
        Case("sequences of one step", sequences((5, 1, 3), seed=4)),
        Case("steps that are blank in every sequence", (np.zeros((4, 3, 2)),)),
        batches.far_case((batches.far(sequences((8, 2, 3), seed=5)[0]),)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        *(mistake("wrong-axis", "over", over=o) for o in ("features", "all", "last two", "sequences and features")),
        *(mistake("wrong-axis", "over", rare=True, variance_over=o) for o in ("features", "all")),
        mistake("wrong-axis", "over", rare=True, over="all", repeated=True),
        mistake("unbiased-variance", ddof=1),
        *(mistake("sum-not-mean", "sums", sums=which) for which in (("mean", "variance"), ("mean",), ("variance",))),
        mistake("std-not-variance", root=True),
        mistake("instance-statistics", "over", over="steps"),
        mistake("instance-statistics", "over", rare=True, variance_over="steps"),
        mistake("shared-over-time", "over", over="sequences and steps"),
        mistake("shared-over-time", "over", over="sequences and steps", repeated=True),
        mistake("shared-over-time", "over", shared_mean=True),
        mistake("shared-over-time", "over", rare=True, variance_over="sequences and steps", repeated=True),
        mistake("shared-over-time", "over", rare=True, variance_over="sequences and steps"),
        mistake("results-swapped", swapped=True),
    ),
    facts=facts,
    given=given,
)


@exercise("recurrent_moments", arguments=("sequences",))
def recurrent_moments(attempt):
    """Check `fn(sequences)`: of (N, T, D) -> mean (T, D), variance (T, D): for each time step, over the N sequences.

    The variance is biased (1/N).
    """
    judge(attempt, TASK)
