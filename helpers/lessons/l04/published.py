"""The published races that lesson 04 repeats, and one command that runs them at full size, on MNIST.

`published.table()` gives the published figures, `published.replicate(steps=2000)` trains the rows of 2,000 steps here
and shows them beside the published ones.
"""

import math
from typing import NamedTuple

import numpy as np

from helpers._support import validate
from helpers.experiments import Experiment, sweep


class Row(NamedTuple):
    """One published setting, and the test accuracy of each single run without and with batch normalization."""

    init_scale: float
    activation: str
    learning_rate: float
    steps: int
    without: tuple
    with_it: tuple


ROWS = (
    Row(0.05, "relu", 0.01, 2000, (0.826,), (0.953,)),
    Row(0.05, "relu", 0.01, 50_000, (0.975,), (0.980,)),
    Row(0.05, "relu", 1, 50_000, (0.098, 0.101), (0.983, 0.982)),
    Row(0.05, "relu", 2, 50_000, (0.101,), (0.983,)),
    Row(0.05, "sigmoid", 0.01, 50_000, (0.827,), (0.973,)),
    Row(0.05, "sigmoid", 1, 2000, (0.923,), (0.946,)),
    Row(0.05, "sigmoid", 1, 50_000, (0.975,), (0.981,)),
    Row(0.05, "sigmoid", 2, 2000, (0.936,), (0.952,)),
    Row(0.05, "sigmoid", 2, 50_000, (0.978,), (0.978,)),
    Row(5, "relu", 0.01, 50_000, (0.098,), (0.799,)),
    Row(5, "relu", 1, 50_000, (0.113, 0.114), (0.921, 0.101)),
    Row(5, "relu", 2, 50_000, (0.098, 0.098), (0.905, 0.101)),
    Row(5, "sigmoid", 0.01, 50_000, (0.227,), (0.853,)),
    Row(5, "sigmoid", 1, 50_000, (0.896,), (0.951,)),
    Row(5, "sigmoid", 2, 50_000, (0.907,), (0.958,)),
)
"""MNIST, 784-100-100-100-10, batch 60, plain gradient descent, by Udacity (2017), Batch_Normalization_Lesson.ipynb.

:meta hide-value:
"""


def table(rows=ROWS):
    """A pandas.DataFrame of the published figures; a second run of the same setting stands behind a comma."""
    import pandas as pd

    columns = ["initial sd", "activation", "rate", "steps", "without", "with"]
    return pd.DataFrame([_cells(row) for row in rows], columns=columns).set_index(columns[:4])


def experiments(steps, dataset="mnist"):
    """{row: (Experiment without, Experiment with)} of the published rows of so many steps.

    Raises
    ------
    TypeError, ValueError
        If nothing was published for so many steps.
    """
    known = sorted({row.steps for row in ROWS})
    validate.one_of("steps", steps, tuple(known))
    return {row: pair(row, dataset=dataset) for row in ROWS if row.steps == steps}


def pair(row, *, dataset="mnist"):
    """The two Experiments of a published row: (without batch normalization, with it)."""
    settings = {name: getattr(row, name) for name in ("init_scale", "activation", "learning_rate", "steps")}
    return tuple(Experiment(batch_norm=batch_norm, dataset=dataset, **settings) for batch_norm in (False, True))


def replicate(steps=2000, seeds=3):
    """Train the published rows of 2,000 or of 50,000 steps on MNIST, and show them beside the published figures.

    MNIST is looked for on this computer, and downloaded (11 MB) where it is not. The rows of 2,000 steps make 36,000
    steps in all, those of 50,000 make 3.6 million; Stop ends it within a moment and keeps what is done.

    Parameters
    ----------
    steps : 2000 or 50000
    seeds : int or sequence of int

    Returns
    -------
    pandas.DataFrame
        As `beside` describes.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError, ConnectionError, OSError
        As helpers.data.load and helpers.experiments.sweep say.
    """
    pairs = experiments(steps)
    return beside(pairs, sweep([experiment for pair in pairs.values() for experiment in pair], seeds=seeds))


def beside(pairs, results):
    """The published figures, and beside them the lowest and highest test accuracy measured here, every seed counted.

    Parameters
    ----------
    pairs : mapping of Row to (Experiment without, Experiment with)
    results : mapping of Experiment to helpers.experiments.Result

    Returns
    -------
    pandas.DataFrame
        Seeds that Stop left unfinished are left out.
    """
    import pandas as pd

    columns = ["initial sd", "activation", "rate", "steps", "published without", "with", "here without", "here with"]
    rows = [(*_cells(row), *(_measure(results[experiment]) for experiment in pair)) for row, pair in pairs.items()]
    return pd.DataFrame(rows, columns=columns).set_index(columns[:4])


def _cells(row):
    accuracies = (", ".join(f"{value:.3f}" for value in values) for values in (row.without, row.with_it))
    return (f"{row.init_scale:g}", row.activation, f"{row.learning_rate:g}", f"{row.steps:,}", *accuracies)


def _measure(result):
    done = result.test_accuracy[np.isfinite(result.test_accuracy)]
    if not done.size:
        return "not finished"
    low, high = (math.floor(1000 * value + 0.5) / 1000 for value in (done.min(), done.max()))
    return f"{low:.3f} to {high:.3f} ({done.size} seeds)"
