"""Check of lesson 02: the share of sigmoid units that pass on next to no gradient."""

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def slope(z):
    return 1 / (4 * np.cosh(z / 2) ** 2)


def received(images, centres, spreads, seed):
    """What units receive (N, D): each unit with its own centre and spread over the images."""
    return np.random.default_rng(seed).normal(centres, spreads, (images, len(centres)))


def compute(z, *, mean_first=False, steepest=0.25, axis=0):
    typical = slope(z.mean(axis=axis)) if mean_first else slope(z).mean(axis=axis)
    return (np.mean(typical < 0.1 * steepest),)


def answer(z):
    return Answer({"share": np.float64(compute(z)[0])}, {}, {"share": 1e-6})


TASK = Task(
    cases=(
        Case("80 images and 8 units", (received(80, [0, 0, 3, -3, 9, -9, 0, 1], [1, 60, 0.3, 0.3, 1, 1, 70, 1], 0),)),
        Case("50 images and 5 units", (received(50, [2.9, 0, 12, 0, 0], [0.2, 80, 1, 1, 2], 1),)),
    ),
    edges=(
        Case("no unit idle", (received(30, [0, 0.5, -0.5], [0.3, 0.3, 0.3], 2),)),
        Case("all units idle", (received(30, [20, -20], [1, 1], 3),)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("wrong-axis", axis=1),
        mistake("slope-of-the-mean", mean_first=True),
        mistake("steepest-forgotten", steepest=1.0),
    ),
)


@exercise("idle_units", arguments=("received",))
def idle_units(attempt):
    """Check `fn(received)`: the share of D sigmoid units that are idle, from what they receive, (N, D).

    Idle: the sigmoid's slope, averaged over the images, is below a tenth of its greatest slope.
    """
    judge(attempt, TASK)
