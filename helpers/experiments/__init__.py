"""Experiments on batch normalization: an Experiment says what to train, `train` and `sweep` train it, a Result tells.

NumPy only: the networks are the course's own, `helpers.networks`. A run is one experiment with one seed; runs of equal
shape are trained side by side.
"""

from helpers.experiments.experiment import Experiment
from helpers.experiments.measured import about, pin
from helpers.experiments.result import Result, Results
from helpers.experiments.running import sweep, train

__all__ = ["Experiment", "Result", "Results", "about", "pin", "sweep", "train"]
