"""Check of lesson 12: how much of the gradient's promise one step keeps."""

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def bowl(w):
    """The first loss that is handed over: steepness 1, 2, 3, ... along the weights."""
    w = np.asarray(w, float)
    return float(0.5 * np.sum(np.arange(1, w.size + 1) * np.square(w)))


def waves(w):
    """The second: not the same in all directions, and no bowl."""
    w = np.asarray(w, float)
    return float(np.sum(np.sin(w)) + 0.1 * np.sum(w) ** 2)


def _given(loss, w, rate):
    w = np.array(w)
    slopes = {bowl: np.arange(1, w.size + 1) * w, waves: np.cos(w) + 0.2 * w.sum()}
    return loss, w, slopes[loss], rate


def answer(loss, w, gradient, rate):
    (share,) = compute(loss, w, gradient, rate)
    return Answer({"share": np.float64(share)}, {}, {"share": 1e-5 * (1 + abs(share))})


def compute(loss, w, gradient, rate, *, sign=-1, power=2, scale="rate"):
    after = loss(w + sign * rate * gradient)
    promised = {"rate": rate, "one": 1.0}[scale] * np.linalg.norm(gradient) ** power
    return (np.float64((loss(w) - after) / promised),)


def facts(trial):
    due = float(trial.answer.results["share"])
    return {"yours": f"{float(np.ravel(trial.results['share'])[0]):.3g}", "due": f"{due:.3g}"}


TASK = Task(
    cases=(
        Case("a bowl of three weights", _given(bowl, [1.0, -2.0, 0.5], 0.1)),
        Case("waves of four weights", _given(waves, [0.3, 1.0, -0.5, 2.0], 0.4)),
        Case("a step that is far too long", _given(bowl, [2.0, 1.0], 1.5)),
    ),
    edges=(Case("a single weight", _given(bowl, [3.0], 0.2)),),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("step-uphill", sign=1),
        mistake("norm-not-squared", power=1),
        mistake("rate-missing", scale="one"),
    ),
    facts=facts,
)


@exercise("share_kept", arguments=("loss", "w", "gradient", "rate"))
def share_kept(attempt):
    """Check `fn(loss, w, gradient, rate)` -> a number: the decrease of the loss as a share of the promised one."""
    judge(attempt, TASK)
