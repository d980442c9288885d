"""Check of lesson 01: how much of its start a moving statistic still holds."""

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def answer(momentum, batches):
    left = float(momentum) ** batches
    return Answer({"left": np.float64(left)}, {}, {"left": 1e-6 + 1e-4 * left})


def compute(momentum, batches, *, weight="old", law="power", done=False):
    kept = {"old": momentum, "new": 1 - momentum}[weight]
    left = {"power": kept**batches, "straight": 1 - batches * (1 - kept), "product": kept * batches}[law]
    return (np.float64(1 - left if done else left),)


def facts(trial):
    momentum, batches = trial.arguments
    yours, due = (float(np.ravel(found["left"])[0]) for found in (trial.results, trial.answer.results))
    return {"momentum": f"{momentum:g}", "batches": batches, "yours": f"{yours:.3g}", "due": f"{due:.3g}"}


TASK = Task(
    cases=(
        Case("momentum 0.9 and 5 batches", (0.9, 5)),
        Case("momentum 0.99 and 100 batches", (0.99, 100)),
        Case("momentum 0.3 and 2 batches", (0.3, 2)),
    ),
    edges=(
        Case("no batch at all", (0.9, 0)),
        Case("momentum 0 and 3 batches", (0.0, 3)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("momentum-inverted", "law", weight="new"),
        mistake("power-not-product", "law", law="straight"),
        mistake("power-not-product", "law", law="product"),
        mistake("covered-not-left", done=True),
    ),
    facts=facts,
)


@exercise("memory_left", arguments=("momentum", "batches"))
def memory_left(attempt):
    """Check `fn(momentum, batches)` -> the share of the starting value that is left after so many batches."""
    judge(attempt, TASK)
