"""Check of lesson 05: one step of a moving statistic."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def statistics(features, momentum, seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return rng.normal(3.0, 2.0, features).astype(dtype), rng.normal(-4.0, 5.0, features).astype(dtype), momentum


def answer(moving, batch, momentum):
    new = batchnorm.update_moving(moving, batch, momentum=momentum)
    return Answer({"moving": new}, {}, {"moving": 1e-5 * (np.abs(moving) + np.abs(batch) + 1e-2)})


def compute(moving, batch, momentum, *, weights="right", constant=None):
    momentum = momentum if constant is None else constant
    old, new = {
        "right": (momentum, 1 - momentum),
        "inverted": (1 - momentum, momentum),
        "never": (1.0, 0.0),
        "batch whole": (momentum, 1.0),
        "old whole": (1.0, 1 - momentum),
        "both whole": (1.0, 1.0),
        "momentum twice": (momentum, momentum),
        "rest twice": (1 - momentum, 1 - momentum),
    }[weights]
    return (moving * old + batch * new,)


def estimate(trial):
    """The constant that stands where momentum should."""
    moving, batch, _ = trial.arguments
    found = float(np.mean((trial.results["moving"] - batch) / (moving - batch)))
    return (mistake("momentum-ignored", rare=True, constant=found),) if np.isfinite(found) else ()


def facts(trial):
    moving, batch, momentum = trial.arguments
    feature = int(np.argmax(np.abs(moving - batch)))
    weight = (trial.results["moving"][feature] - batch[feature]) / (moving[feature] - batch[feature])
    return {"momentum": f"{momentum:g}", "weight": f"{weight:.3g}"}


NOT_ONE = ("old whole", "both whole", "momentum twice", "rest twice")

TASK = Task(
    cases=(
        Case("five features with momentum 0.9", statistics(5, 0.9, 0)),
        Case("three features with momentum 0.99 in float32", statistics(3, 0.99, 1, np.float32)),
        Case("four features with momentum 0.3", statistics(4, 0.3, 2)),
    ),
    edges=(
        Case("momentum 0", statistics(5, 0.0, 3)),
        Case("momentum 1", statistics(5, 1.0, 4)),
        Case("a single feature with momentum 0.5", statistics(1, 0.5, 5)),
        Case("a batch equal to the memory", (np.full(3, 2.0), np.full(3, 2.0), 0.7)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("momentum-inverted", "weights", weights="inverted"),
        *(mistake("momentum-ignored", rare=True, constant=c) for c in (0.0, 0.5, 0.9, 0.99, 0.999, 0.1, 0.01)),
        mistake("moving-not-updated", "weights", weights="never"),
        mistake("batch-unweighted", "weights", weights="batch whole"),
        *(mistake("weights-not-one", "weights", rare=True, weights=which) for which in NOT_ONE),
    ),
    estimate=estimate,
    facts=facts,
)


@exercise("update_moving", arguments=("moving", "batch", "momentum"))
def update_moving(attempt):
    """Check `fn(moving, batch, momentum)`: the moving statistic (C,) after one more batch.

    `momentum` is the weight of the OLD value: moving = moving * momentum + batch * (1 - momentum). (That is a weight of
    the new one in PyTorch.) The arrays that come in stay as they are.
    """
    judge(attempt, TASK)
