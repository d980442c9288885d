"""Claim 2: batch normalization allows higher learning rates."""

from dataclasses import replace

import numpy as np

from helpers import data
from helpers.experiments.recorded import of_networks
from helpers.lessons.l02.benefits.claim import Claim, part
from helpers.lessons.l02.benefits.tuning import (
    BASE,
    SEEDS,
    SIDES,
    enough,
    seeds_of,
    test_accuracies,
    train_all,
    with_rates,
)
from helpers.networks import draws

FOUR_DECADES = tuple(10 ** (k / 2) for k in range(-6, 3))  # 0.001, 0.003, 0.01, ..., 10
TRAINED = 0.9
TWICE = float(np.log10(2))  # a rate twice as high is the smallest gain that matters


def learning_rates(seeds=SEEDS, *, base=BASE, rates=FOUR_DECADES, trained=TRAINED, progress=True):
    """Claim 2. The highest of the rates at which a network trains, that is, reaches a test accuracy of `trained`.

    The effect of a seed is the difference of the two highest rates in decades (log10). Rates between two neighbours of
    the grid are not tried, so the interval is widened by one step of the grid on both sides. A seed that trains at no
    rate counts as one step below the lowest.

    Settings: the rates; values: test accuracies.
    """
    rates = sorted(rates)
    chosen = {side: tuple(with_rates(replace(base, batch_norm=side), rates)) for side in SIDES}
    results = train_all([e for group in chosen.values() for e in group], enough(seeds), progress)
    values = test_accuracies(results, chosen)
    step = float(np.diff(np.log10(rates)).max())
    highest = {side: highest_rate(rates, values[side], trained, step) for side in SIDES}
    parts = part(
        "highest rate that trains",
        highest[False],
        highest[True],
        unit="decades of the learning rate",
        smallest_effect=TWICE,
        resolution=step,
    )
    return Claim(2, "allows higher learning rates", (parts,), tuple(rates), values, results, chosen, seeds_of(results))


def highest_rate(rates, accuracy, trained=TRAINED, step=0.5):
    """log10 of the highest rate at which each seed's accuracy (S, R) is at least `trained`, (S,).

    Examples
    --------
    >>> highest_rate([0.1, 1.0, 10.0], np.array([[0.95, 0.97, 0.10]])).tolist()
    [0.0]
    """
    logs = np.log10(rates)
    return np.where(accuracy >= trained, logs, logs[0] - step).max(axis=1)


@of_networks
def kernel_growth(network, experiment, seed):
    """Of a result: the length of each layer's kernel after training over that before, for each seed (S, layers).

    Behind batch normalization the effective rate is the rate over the squared length of the kernel.
    """
    inputs = int(np.prod(data.load(experiment.dataset, split=seed).image_shape))
    before = draws.initial_kernels(experiment, seed, inputs, 10)
    after = [layer["kernel"] for layer in network.parameters]
    return [np.linalg.norm(b) / np.linalg.norm(a) for a, b in zip(before, after)]
