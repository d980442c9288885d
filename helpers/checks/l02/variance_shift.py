"""Check of lesson 02: how much less variance arrives at inference than dropout made batch normalization expect."""

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def compute(mean, variance, p, *, scale="inference", about="mean", inverted=False):
    mean = 0 if about == "zero" else mean
    training = (variance + mean**2) / (1 - p) - mean**2
    if scale == "none":  # what is kept is not divided by 1 - p
        training = (1 - p) * (variance + mean**2) - ((1 - p) * mean) ** 2
    return (training / variance if inverted else variance / training,)


def answer(mean, variance, p):
    return Answer({"ratio": np.float64(compute(mean, variance, p)[0])}, {}, {"ratio": 1e-6})


TASK = Task(
    cases=(
        Case("mean 1, variance 1, p 0.3", (1.0, 1.0, 0.3)),
        Case("mean 0.4, variance 0.34, p 0.5", (0.4, 0.34, 0.5)),
        Case("mean -2, variance 0.5, p 0.1", (-2.0, 0.5, 0.1)),
    ),
    edges=(Case("no dropout", (0.7, 2.0, 0.0)), Case("mean 0", (0.0, 3.0, 0.4))),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("mean-ignored", about="zero"),
        mistake("not-rescaled", scale="none"),
        mistake("ratio-inverted", inverted=True),
    ),
)


@exercise("variance_shift", arguments=("mean", "variance", "p"))
def variance_shift(attempt):
    """Check `fn(mean, variance, p)`: a unit's variance without dropout over its variance with it.

    Dropout sets a value to 0 with probability p, and divides it by 1 - p otherwise.
    """
    judge(attempt, TASK)
