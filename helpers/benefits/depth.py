"""Claim 5: batch normalization trains deeper networks."""

from dataclasses import replace

from helpers.benefits.claim import Claim, part
from helpers.benefits.tuning import BASE, ONE_POINT, SEEDS, seeds_of, test_accuracies, tuned

DEPTHS = (2, 5, 10, 20, 30)


def network_depth(
    seeds=SEEDS, *, base=BASE, depths=DEPTHS, units=32, rates=(0.01, 0.03, 0.1, 0.3), steps=300, progress=True
):
    """Claim 5. Test accuracy at each depth, each side at its own best rate for that depth.

    Settings: the numbers of hidden layers, each of `units` units; values: test accuracies.
    """
    conditions = [replace(base, hidden=(units,) * depth, steps=steps) for depth in depths]
    results, chosen = tuned(conditions, rates, seeds, progress)
    values = test_accuracies(results, chosen)
    parts = [
        part(f"{depth} layers", values[False][:, i], values[True][:, i], unit="accuracy", smallest_effect=ONE_POINT)
        for i, depth in enumerate(depths)
    ]
    return Claim(5, "trains deeper networks", tuple(parts), tuple(depths), values, results, chosen, seeds_of(results))
