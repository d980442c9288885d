"""Claim 1: batch normalization trains faster. Steps to an accuracy, the cost of a step, and the product of the two."""

import time
from dataclasses import replace

import numpy as np

from helpers import data
from helpers._support.blas import one_thread
from helpers.experiments.stack import stacked_network
from helpers.lessons.l02.benefits.claim import Claim, part
from helpers.lessons.l02.benefits.tuning import BASE, SIDES, TUNING_SEEDS, seeds_of, tuned_first

TARGET = 0.9
STARTS = {"sd 0.05": (0.05, 400, 4), "He weights": ("he", 150, 2)}
"""Initial scale; steps, enough for all seeds on both sides; steps between two looks at the validation accuracy. Looking
takes most of the time: every fourth step will do where the faster side needs 20, every second where it needs 10."""

# Time cut by a fifth (1 / 1.25) is the smallest gain that matters; in halvings, so that gain and loss weigh the same.
FASTER = float(np.log2(1.25))


def training_speed(
    seeds=30,
    *,
    base=BASE,
    cost=None,
    target=TARGET,
    starts=STARTS,
    rates=(0.2, 0.3, 0.5, 1.0),
    tuning_seeds=TUNING_SEEDS,
    progress=True,
):
    """Claim 1. Time until the validation accuracy reaches `target`, from two starts: an sd of 0.05, and He weights.

    Each side at the rate at which it gets there soonest (median over seeds). The effect of a seed is
    log2(time without / time with): 1 means half the time. Time is steps times the cost of a step: `cost` (S,), or what
    `step_cost` measures for each seed. A run that does not reach the target counts as all its steps, which favours the
    slower side.

    Ratios of a few dozen steps vary much from seed to seed, so it takes more seeds than most claims; the rates are
    chosen with `tuning_seeds`, which share no seed with `seeds`: both read the validation curve. With seeds 2000 to
    2011 neither 0.1 nor 2 nor 3 was sooner than these four, for any start on either side.

    Settings: the names of the starts; values: steps to the target.
    """
    conditions = [
        replace(base, init_scale=scale, steps=steps, evaluations=steps // every)
        for scale, steps, every in starts.values()
    ]

    def soonest(result):
        return -np.median(steps_to(result, target))

    results, chosen = tuned_first(conditions, rates, seeds, tuning_seeds, progress, score=soonest)
    values = {side: np.stack([steps_to(results[e], target) for e in chosen[side]], axis=1) for side in SIDES}
    seeds = seeds_of(results)
    cost = np.log2([step_cost(seed, base=base) for seed in seeds] if cost is None else cost)
    parts = [
        part(
            f"time to {target:.0%}, {name}",
            -np.log2(values[False][:, i]),
            -np.log2(values[True][:, i]) - cost,
            unit="halvings of the time",
            smallest_effect=FASTER,
        )
        for i, name in enumerate(starts)
    ]
    return Claim(1, "trains faster", tuple(parts), tuple(starts), values, results, chosen, seeds)


def steps_to(result, target=TARGET):
    """Steps until each seed's validation accuracy first reached `target` (S,), as far as it was looked at; never counts
    as all steps."""
    reached = result.validation_accuracy >= target
    return np.where(reached.any(axis=1), result.step[reached.argmax(axis=1)], result.experiment.steps)


def step_cost(seed=0, *, base=BASE, rounds=8, steps=25):
    """How many times as long a training step takes with batch normalization, on this machine, for one seed.

    Both networks train in turns of `steps` steps on one core. The processor's time is counted, not the clock's: what
    else the machine does meanwhile hardly changes it.

    Examples
    --------
    >>> step_cost(rounds=2, steps=50) > 0.5
    True
    """
    images = data.load(base.dataset, split=seed)
    x = images.x_train[: base.batch_size].reshape(1, base.batch_size, -1)
    labels = images.y_train[None, : base.batch_size]
    networks = {side: stacked_network([(replace(base, batch_norm=side), seed)], x.shape[-1]) for side in SIDES}
    spent = dict.fromkeys(SIDES, 0.0)
    clock = getattr(time, "thread_time", time.perf_counter)  # a browser's page has no other thread
    with one_thread():
        for _ in range(rounds):
            for side, network in networks.items():
                begin = clock()
                for _ in range(steps):
                    network.step(x, labels)
                spent[side] += clock() - begin
    return spent[True] / spent[False]
