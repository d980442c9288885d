"""How much the inputs of a layer's units move from one training step to the next: covariate shift inside a network.

Ioffe & Szegedy (2015, section 2) call internal covariate shift "the change in the distribution of network activations
due to the change in network parameters during training". Here its first moment is measured: how far the means move.
"""

from dataclasses import replace

import numpy as np

from helpers import data
from helpers._support import validate
from helpers.experiments import arguments, sweep
from helpers.networks import layers

IMAGES = 600  # training images of each split on which the units are watched


def drift(before, after):
    """How far the units' means have moved, in standard deviations of `before`: the mean over units, one float.

        mean over units of |mean(after) - mean(before)| / sd(before)

    Parameters
    ----------
    before, after : (N, units)
        The same units' values on the same images, before and after.

    Raises
    ------
    TypeError, ValueError
        If they are no arrays of finite numbers, not (N, units) with equally many units, or no unit varies.

    Examples
    --------
    >>> drift([[1.0], [3.0]], [[2.0], [4.0]])
    1.0

    Notes
    -----
    Units that are constant in `before`, such as dead ones, are left out. The mean alone is watched: a unit whose
    values all change while their mean stays counts as still.
    """
    before, after = (validate.finite(n, validate.real_array(n, v)) for n, v in (("before", before), ("after", after)))
    if before.ndim != 2 or after.ndim != 2 or before.shape[1] != after.shape[1]:
        raise ValueError(
            "`before` and `after` must be (N, units), with the same units. "
            f"Received: before.shape={before.shape}, after.shape={after.shape}. Pass the same layer twice."
        )
    sd = before.std(axis=0)
    varied = sd > 0
    if not varied.any():
        raise ValueError(
            "`before` must vary in at least one unit. Received: before with 0 units that vary. "
            "Pass the values of several images."
        )
    moved = np.abs(after.mean(axis=0) - before.mean(axis=0))
    return float((moved[varied] / sd[varied]).mean())


def step_drift(experiment, *, at, seeds=10):
    """The drift of what each hidden activation receives, from step `at` of the training to the next, (S, layers).

    Each seed is trained for `at` and for `at + 1` steps; its first 600 training images pass both networks in training
    mode, as one batch. The experiment's noise is drawn again for each, as in training.

    Parameters
    ----------
    experiment : Experiment
        With noise: batch normalization stands before the activation.
    at : int, at least 0
    seeds : int or sequence of int
        As in `helpers.experiments.train`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as said, or the experiment's noise is not between normalization and activation.
    """
    arguments.check_experiment("experiment", experiment)
    at = validate.integer("at", at, low=0, advice="Pass a number of training steps, such as 100.")
    if experiment.noise and experiment.normalized != "before":
        raise ValueError(
            "`experiment` with noise must have batch normalization before the activation. "
            f"{validate.received(noise=experiment.noise, normalized=experiment.normalized)} "
            "Elsewhere the noise does not reach what an activation receives."
        )
    pair = [replace(experiment, steps=at + k, evaluations=1) for k in (0, 1)]
    results = sweep(pair, seeds=seeds)
    rows = []
    for seed in results[pair[0]].seeds:
        x = data.load(experiment.dataset, split=seed).x_train[:IMAGES]
        rng = np.random.default_rng(seed)
        before, after = (_activation_inputs(results[e].network(seed), x, rng) for e in pair)
        rows.append([drift(a, b) for a, b in zip(before, after)])
    return np.array(rows)


def _activation_inputs(network, x, rng):
    """What each hidden activation receives in training mode, the network's noise included."""
    received = network.pre_activations(x, training=True)
    if not network.noise:
        return received
    disturbed = []
    for values in received:
        factor, shift = layers.draw_noise(rng, values.shape, network.noise, values.dtype)
        disturbed.append(values * factor + shift)
    return disturbed
