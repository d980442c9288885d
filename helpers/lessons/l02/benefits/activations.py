"""Claim 4: batch normalization makes more activation functions usable."""

from dataclasses import replace

import numpy as np

from helpers import data
from helpers.lessons.l02.benefits.claim import Claim, part
from helpers.lessons.l02.benefits.tuning import BASE, ONE_POINT, SEEDS, seeds_of, test_accuracies, tune
from helpers.networks.layers import ACTIVATION, DERIVATIVE

ACTIVATIONS = ("relu", "sigmoid", "tanh")
NAMES = {"relu": "ReLU", "sigmoid": "sigmoid", "tanh": "tanh"}
STEEPEST = {"relu": 1.0, "sigmoid": 0.25, "tanh": 1.0}


def activation_functions(
    seeds=SEEDS, *, base=BASE, activations=ACTIVATIONS, rates=(0.1, 0.3, 1.0, 3.0), steps=300, progress=True
):
    """Claim 4. Test accuracy with each activation function, each side at its own best rate. He weights for all three.

    With seeds 2000 to 2011 neither 0.03 nor 10 was better than these four, for any activation on either side.

    Settings: the activations; values: test accuracies.
    """
    conditions = [replace(base, activation=activation, steps=steps) for activation in activations]
    results, chosen = tune(conditions, rates, seeds, progress)
    values = test_accuracies(results, chosen)
    parts = [
        part(NAMES[name], values[False][:, i], values[True][:, i], unit="accuracy", smallest_effect=ONE_POINT)
        for i, name in enumerate(activations)
    ]
    text = "makes more activations usable"
    return Claim(4, text, tuple(parts), tuple(activations), values, results, chosen, seeds_of(results))


def idle_units(result, below=0.1):
    """The share of a trained network's hidden units that pass on next to no gradient, for each seed (S,).

    A unit is idle if its activation's slope, averaged over the test images and divided by the steepest slope there is,
    stays under `below`: a dead or nearly dead ReLU, a saturated sigmoid or tanh.
    """
    shares = []
    for seed in result.seeds:
        images = data.load(result.experiment.dataset, split=seed)
        shares.append(np.mean(_slopes(result.network(seed), images.x_test) < below))
    return np.array(shares)


def _slopes(network, x):
    """Mean slope of each hidden unit as a share of the steepest, one vector for all layers."""
    name = network.activation
    outputs = [ACTIVATION[name](z) for z in network.pre_activations(x)]
    return np.concatenate([(DERIVATIVE[name](y) / STEEPEST[name]).mean(axis=0) for y in outputs])
