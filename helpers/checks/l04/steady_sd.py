"""Check of lesson 04: the initial sd at which a layer of ReLUs keeps the mean square."""

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def compute(inputs, *, gain=2.0, power=0.5):
    return ((gain / inputs) ** power,)


def answer(inputs):
    return Answer({"sd": np.float64(compute(inputs)[0])}, {}, {"sd": 1e-7})


TASK = Task(
    cases=(Case("100 inputs", (100,)), Case("64 inputs", (64,)), Case("784 inputs", (784,))),
    edges=(Case("2 inputs", (2,)),),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("relu-forgotten", "gain", gain=1.0),
        mistake("relu-forgotten", "gain", gain=4.0),
        mistake("relu-forgotten", "gain", gain=0.5),
        mistake("variance-not-std", power=1.0),
    ),
)


@exercise("steady_sd", arguments=("inputs",))
def steady_sd(attempt):
    """Check `fn(inputs)`: the sd of the initial weights at which each layer of ReLUs keeps the mean square."""
    judge(attempt, TASK)
