"""Seven claims about batch normalization, each an experiment in one call: settings and seeds in, a Claim out.

A Claim holds every run, the numbers of both sides, paired by seed, their interval and the verdict. Thresholds stand in
the source of each experiment, above the function that uses them. Any setting can be changed in the call, `base` with
`dataclasses.replace(benefits.BASE, ...)` among them.
"""

from helpers.lessons.l02.benefits.activations import activation_functions, idle_units
from helpers.lessons.l02.benefits.claim import Claim, Part, Scorecard
from helpers.lessons.l02.benefits.depth import network_depth
from helpers.lessons.l02.benefits.overall import overall
from helpers.lessons.l02.benefits.rates import TRAINED, highest_rate, kernel_growth, learning_rates
from helpers.lessons.l02.benefits.regularization import gaps, regularization, variance_shift
from helpers.lessons.l02.benefits.speed import TARGET, step_cost, steps_to, training_speed
from helpers.lessons.l02.benefits.tuning import BASE, ONE_POINT, SEEDS, best, test_accuracies, train_all, tune
from helpers.lessons.l02.benefits.untrained import gradient_norms, likeness
from helpers.lessons.l02.benefits.weights import at_one_rate, initial_weights

__all__ = [
    "ALL", "BASE", "ONE_POINT", "SEEDS", "TARGET", "TRAINED", "Claim", "Part", "Scorecard",
    "activation_functions", "at_one_rate", "best", "gaps", "gradient_norms", "highest_rate", "idle_units",
    "initial_weights", "kernel_growth", "learning_rates", "likeness", "network_depth", "overall", "regularization",
    "step_cost", "steps_to", "test_accuracies", "train_all", "training_speed", "tune", "variance_shift",
]  # fmt: skip

ALL = (training_speed, learning_rates, initial_weights, activation_functions, network_depth, regularization, overall)
