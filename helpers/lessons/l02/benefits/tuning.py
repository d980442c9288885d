"""Training both sides of a comparison under the same choice of learning rates, and choosing by validation data."""

from dataclasses import replace

import numpy as np

from helpers._support import validate
from helpers.experiments import Experiment, sweep
from helpers.experiments.stats import FEWEST_PAIRS

SEEDS = 12
TUNING_SEEDS = range(500, 512)
"""For the claims that choose their rates first: no seed of these is among those that the claim reports on."""

# What all seven experiments start from. Momentum 0.9: the moving statistics follow within some ten steps, so that short
# runs are not judged by statistics that lag behind (the lesson measures what 0.99 does to claim 1).
BASE = Experiment(
    batch_norm=False,
    activation="relu",
    hidden=(50, 50, 50),
    learning_rate=0.1,
    init_scale="he",
    momentum=0.9,
    steps=300,
    evaluations=1,  # claim 1 alone looks at the way there; an evaluation takes as long as two or three steps
)
SIDES = (False, True)

# The smallest difference in accuracy that matters, wherever a claim is about accuracy: one point, 3 to 4 of 357 images.
ONE_POINT = 0.01


def enough(seeds):
    """The seeds as a tuple, refused before anything is trained if they are too few for an interval.

    Raises
    ------
    TypeError, ValueError
        If seeds are no number of seeds or sequence of different seeds, or fewer than 10.
    """
    found = validate.seeds(seeds)
    if len(found) < FEWEST_PAIRS:
        raise ValueError(
            f"`seeds` must be at least {FEWEST_PAIRS}: an interval from fewer is not honest. "
            f"{validate.received(seeds=seeds)} Pass more seeds, and fewer steps or settings if it takes too long."
        )
    return found


def train_all(experiments, seeds, progress=True):
    """`sweep`, but an interrupted one is an error: an interval needs every run, failures too.

    Raises
    ------
    RuntimeError
        If the training was interrupted.
    """
    experiments = list(dict.fromkeys(experiments))
    results = sweep(experiments, seeds, progress=progress)
    if not results.complete:
        finished = sum(int(np.isfinite(result.test_accuracy).sum()) for result in results.values())
        wanted = sum(len(result.seeds) for result in results.values())
        raise RuntimeError(
            f"A verdict needs every run to the end. Received: finished={finished} of {wanted} runs. "
            "Run it again, or pass fewer steps."
        )
    return results


def with_rates(experiment, rates):
    """The experiment once for each learning rate."""
    return [replace(experiment, learning_rate=rate) for rate in rates]


def validation_score(result):
    """Mean validation accuracy over the seeds at the end of training: what a learning rate is chosen by."""
    return result.validation_accuracy[:, -1].mean()


def best(results, candidates, score=validation_score):
    """The candidate of the highest score; the first of equal ones."""
    return max(candidates, key=lambda experiment: score(results[experiment]))


def tune(conditions, rates, seeds, progress=True, score=validation_score):
    """Both sides of every condition, trained at each rate, and the best rate of each.

    Parameters
    ----------
    conditions : sequence of X Experiments
        Their `batch_norm` and `learning_rate` are replaced.
    rates : sequence of float, or of X such sequences
        The same for all conditions, or those of each; always the same for both sides.
    seeds : int or sequence of int
        At least 10.
    score : function of a Result
        What the rate is chosen by; from validation data.

    Returns
    -------
    results : Results
    chosen : dict
        For each side a tuple of X Experiments.
    """
    each = rates if np.ndim(rates[0]) else [rates] * len(conditions)
    pairs = list(zip(conditions, each, strict=True))
    sides = {side: [with_rates(replace(c, batch_norm=side), tried) for c, tried in pairs] for side in SIDES}
    experiments = [e for groups in sides.values() for group in groups for e in group]
    results = train_all(experiments, enough(seeds), progress)
    return results, {side: tuple(best(results, group, score) for group in groups) for side, groups in sides.items()}


def tuned_first(conditions, rates, seeds, tuning_seeds, progress=True, score=validation_score):
    """`tune` with the tuning seeds, then the chosen experiments alone with more seeds: for effects that need many.

    Returns
    -------
    results : Results
        Of the chosen experiments.
    chosen : dict
        For each side a tuple of X Experiments.
    """
    seeds = enough(seeds)
    _, chosen = tune(conditions, rates, tuning_seeds, progress, score)
    return train_all([e for side in SIDES for e in chosen[side]], seeds, progress), chosen


def test_accuracies(results, chosen):
    """For each side an array (S, X) of the test accuracies of the chosen experiments."""
    return {side: np.stack([results[e].test_accuracy for e in chosen[side]], axis=1) for side in SIDES}


def seeds_of(results):
    """The seeds of the first of these results."""
    return next(iter(results.values())).seeds
