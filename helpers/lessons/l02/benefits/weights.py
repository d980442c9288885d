"""Claim 3: batch normalization forgives bad initial weights."""

from dataclasses import replace

import numpy as np

from helpers.lessons.l02.benefits.claim import Claim, part
from helpers.lessons.l02.benefits.tuning import BASE, SEEDS, SIDES, seeds_of, test_accuracies, tune, validation_score

FOUR_DECADES = tuple(10 ** (k / 2) for k in range(-6, 3))  # 0.001, 0.003, 0.01, ..., 10
TENTH = 0.1  # the smallest gain that matters, in accuracy averaged over the four decades

# Large weights without batch normalization ask for tiny rates: the lowest is there for them. With seeds 2000 to 2011
# five more rates, from 1e-9 to 1e-5 and 10, were better by at most two points for any sd on either side, and only where
# the network guesses at every rate.
RATES = (1e-4, 1e-3, 1e-2, 0.1, 1.0)


def initial_weights(seeds=SEEDS, *, base=BASE, sds=FOUR_DECADES, rates=RATES, steps=150, progress=True):
    """Claim 3. Test accuracy averaged over initial standard deviations (sds), for two people with different patience.

    One takes the rate that is best on average for all the sds; the other finds the best rate for each sd. Both do so
    for both sides. The average over a fixed range of sds is what a person gains who chooses the sd blindly within it.

    Settings: the sds; values: test accuracies, each sd at its own best rate (`at_one_rate` has the others).
    """
    conditions = [replace(base, init_scale=sd, steps=steps) for sd in sds]
    results, chosen = tune(conditions, rates, seeds, progress)
    values = test_accuracies(results, chosen)
    compared = {"one rate for all sds": test_accuracies(results, at_one_rate(results)), "each sd's best rate": values}
    parts = [
        part(name, v[False].mean(axis=1), v[True].mean(axis=1), unit="accuracy, mean over sds", smallest_effect=TENTH)
        for name, v in compared.items()
    ]
    text = "forgives bad initial weights"
    return Claim(3, text, tuple(parts), tuple(sds), values, results, chosen, seeds_of(results))


def at_one_rate(results):
    """For each side a tuple of X experiments, one for each condition: all at the rate that validates best on average.

    Parameters
    ----------
    results : Results
        Of both sides, each condition at each rate.
    """
    chosen = {}
    for side in SIDES:
        groups = {}
        for experiment in results:
            if experiment.batch_norm == side:
                groups.setdefault(experiment.learning_rate, []).append(experiment)
        scores = {rate: np.mean([validation_score(results[e]) for e in group]) for rate, group in groups.items()}
        chosen[side] = tuple(groups[max(scores, key=scores.get)])
    return chosen
