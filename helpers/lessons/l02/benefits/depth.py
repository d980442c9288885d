"""Claim 5: batch normalization trains deeper networks."""

from dataclasses import replace

from helpers.lessons.l02.benefits.claim import Claim, part
from helpers.lessons.l02.benefits.tuning import BASE, ONE_POINT, SEEDS, seeds_of, test_accuracies, tune

RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
DEPTHS = {2: RATES, 5: RATES, 10: RATES, 20: RATES[:4], 30: RATES[:3]}
"""Numbers of hidden layers, and the rates that are tried: both sides do worse at those left out (seeds 0 to 11)."""
DEEPEST_VERDICT = 20
"""At 30 layers 300 steps are chaotic: the rounding of another processor (OPENBLAS_CORETYPE=Nehalem) moved the lower end
of the interval from 0.115 to 0.003, across a point of accuracy. They are trained and shown, and get no verdict."""


def network_depth(seeds=SEEDS, *, base=BASE, depths=DEPTHS, units=32, steps=300, progress=True):
    """Claim 5. Test accuracy at each depth, each side at its own best rate for that depth.

    With seeds 2000 to 2011 neither 0.003 nor 3 was better than these, for any depth on either side.

    Settings: the numbers of hidden layers, each of `units` units; values: test accuracies. There is a verdict for each
    depth up to DEEPEST_VERDICT.
    """
    conditions = [replace(base, hidden=(units,) * depth, steps=steps) for depth in depths]
    results, chosen = tune(conditions, list(depths.values()), seeds, progress)
    values = test_accuracies(results, chosen)
    parts = [
        part(f"{depth} layers", values[False][:, i], values[True][:, i], unit="accuracy", smallest_effect=ONE_POINT)
        for i, depth in enumerate(depths)
        if depth <= DEEPEST_VERDICT
    ]
    return Claim(5, "trains deeper networks", tuple(parts), tuple(depths), values, results, chosen, seeds_of(results))
