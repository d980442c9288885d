"""Untrained networks of some depth, layer by layer: the size of the gradient, and how alike all images look."""

from dataclasses import replace

import numpy as np

from helpers import data
from helpers.lessons.l02.benefits.tuning import BASE, SIDES, train_all


def gradient_norms(depth, seeds=5, *, base=BASE, units=None):
    """The norm of the loss's gradient with respect to each kernel before any training, for each side (S, depth + 1).

    On the first 60 training images of the seed's split, in training mode. The last column is the output layer's.

    Parameters
    ----------
    depth : int
        Number of hidden layers, each as wide as the first of `base`, or `units` wide.
    """

    def norms(network, images):
        _, gradients = network.loss_and_gradients(images.x_train[:60], images.y_train[:60])
        return [np.linalg.norm(layer["kernel"]) for layer in gradients]

    return _measure(norms, depth, seeds, base, units)


def likeness(depth, seeds=5, *, base=BASE, units=None):
    """How alike two images look to each hidden layer before any training, for each side (S, depth).

    The mean cosine of the angle between what the layer's activation receives for one image and for another, over all
    pairs of the first 60 training images, in training mode. 1: all images look the same but for their strength.
    """

    def cosines(network, images):
        received = network.pre_activations(images.x_train[:60], training=True)
        return [_mean_cosine(z.astype(np.float64)) for z in received]

    return _measure(cosines, depth, seeds, base, units)


def _measure(measure, depth, seeds, base, units):
    """For each side an array with a row of `measure(network, images)` for each seed."""
    untrained = replace(base, hidden=(units or base.hidden[0],) * depth, steps=0, evaluations=1)
    experiments = {side: replace(untrained, batch_norm=side) for side in SIDES}
    results = train_all(experiments.values(), seeds, progress=False)
    return {
        side: np.array(
            [measure(results[e].network(s), data.load(e.dataset, split=s)) for s in results[e].seeds], dtype=float
        )
        for side, e in experiments.items()
    }


def _mean_cosine(z):
    """Mean cosine over all pairs of different rows of z (N, D)."""
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    n = len(unit)
    return (np.square(unit.sum(axis=0)).sum() - n) / (n * (n - 1))
