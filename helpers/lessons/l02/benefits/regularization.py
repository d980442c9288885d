"""Claim 6: batch normalization regularizes."""

from dataclasses import replace

import numpy as np

from helpers import data
from helpers.lessons.l02.benefits.claim import Claim, part
from helpers.lessons.l02.benefits.tuning import BASE, ONE_POINT, SEEDS, SIDES, seeds_of, tune

TRAIN_SIZE = 300


def regularization(
    seeds=SEEDS, *, base=BASE, train_size=TRAIN_SIZE, dropout=0.3, rates=(0.1, 0.3, 1.0, 3.0), steps=500, progress=True
):
    """Claim 6. The gap between training and test accuracy after training on few images, alone and beside dropout.

    Each of the four (none, dropout, batch normalization, both) at its own best rate. A gap is closed where the effect
    is positive. Images that are neither trained nor validated on are all tested on, so that a gap is measured finely.

    Settings: "without dropout", "with dropout"; values: gaps.
    """
    settings = ("without dropout", "with dropout")
    conditions = [replace(base, train_size=train_size, steps=steps, dropout=share) for share in (0.0, dropout)]
    results, chosen = tune(conditions, rates, seeds, progress)
    values = {side: np.stack([gaps(results[e]) for e in chosen[side]], axis=1) for side in SIDES}
    parts = [
        part(name, -values[False][:, i], -values[True][:, i], unit="accuracy, gap closed", smallest_effect=ONE_POINT)
        for i, name in enumerate(settings)
    ]
    return Claim(6, "regularizes", tuple(parts), settings, values, results, chosen, seeds_of(results))


def gaps(result):
    """Training accuracy minus test accuracy for each seed (S,); tested on all images not trained or validated on."""
    experiment = result.experiment
    found = []
    for seed, train_accuracy in zip(result.seeds, result.train_accuracy):
        images = data.load(experiment.dataset, split=seed)
        x = np.concatenate([images.x_train[experiment.train_size :], images.x_test])
        y = np.concatenate([images.y_train[experiment.train_size :], images.y_test])
        found.append(train_accuracy - result.network(seed).accuracy(x, y))
    return np.array(found)


def variance_shift(result):
    """For each hidden layer the variance that batch normalization meets at inference over the one it expects (S, L).

    1 means that the moving variance is right. Dropout before a layer raises the variance while training and is off
    at inference, so that less arrives than was learned (Li et al. 2019). With placement "before", on the test images:
    what leaves the layer has variance gamma² * met / (expected + epsilon).
    """
    shifts = []
    for seed in result.seeds:
        network = result.network(seed)
        outputs = network.pre_activations(data.load(result.experiment.dataset, split=seed).x_test)
        shifts.append([_shift(y, p["gamma"]) for y, p in zip(outputs, network.parameters)])
    return np.array(shifts)


def _shift(y, gamma):
    """Median over the units: some have a gamma near 0, where the ratio says nothing."""
    return np.median(y.var(axis=0) / np.maximum(gamma**2, 1e-12))
