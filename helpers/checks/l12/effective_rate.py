"""Check of lesson 12: the effective rate of each unit that is followed by batch normalization."""

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def layer(inputs, units, rate, seed, dtype=np.float64):
    """A kernel (inputs, units) whose units differ in length, and a rate."""
    lengths = np.linspace(0.5, 3.0, units)
    return (np.random.default_rng(seed).normal(size=(inputs, units)) * lengths).astype(dtype), rate


def answer(kernel, rate):
    rates = rate / np.square(kernel).sum(axis=0)
    return Answer({"rates": rates}, {}, {"rates": 1e-5 * np.abs(rates) + 1e-12})


def compute(kernel, rate, *, over="inputs", power=2, mean=False, numerator="rate"):
    axis = {"inputs": 0, "units": 1, "all": None}[over]
    squares = np.square(kernel).mean(axis=axis) if mean else np.square(kernel).sum(axis=axis)
    rates = {"rate": rate, "one": 1.0}[numerator] / squares ** (power / 2)
    return (np.broadcast_to(rates, kernel.shape[1:]) if over == "all" else rates,)


def facts(trial):
    kernel, rate = trial.arguments
    names = {"rate": rate, "yours": trial.results["rates"].ravel()[0], "length": np.linalg.norm(kernel[:, 0])}
    return {name: f"{value:.3g}" for name, value in names.items()} | {"units": kernel.shape[1]}


TASK = Task(
    cases=(
        Case("five units with five inputs", layer(5, 5, 0.1, 0)),
        Case("three units with three inputs in float32", layer(3, 3, 2.0, 1, np.float32)),
        Case("four units with seven inputs", layer(7, 4, 0.5, 2)),
    ),
    edges=(
        Case("a single unit", layer(6, 1, 0.1, 3)),
        Case("a single input", layer(1, 4, 0.1, 4)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("whole-kernel-norm", "over", over="all"),
        mistake("wrong-axis", "over", over="units"),
        mistake("norm-not-squared", "power", power=1),
        mistake("norm-not-squared", "power", rare=True, power=4),
        mistake("mean-not-sum", mean=True),
        mistake("rate-missing", numerator="one"),
    ),
    facts=facts,
)


@exercise("effective_rate", arguments=("kernel", "rate"))
def effective_rate(attempt):
    """Check `fn(kernel, rate)` -> rates (C,): rate / |w|² of each unit, w its column of the kernel (n, C)."""
    judge(attempt, TASK)
