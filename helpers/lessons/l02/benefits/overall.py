"""Claim 7: batch normalization gives better results overall."""

from dataclasses import replace

from helpers.lessons.l02.benefits.claim import Claim, part
from helpers.lessons.l02.benefits.tuning import BASE, ONE_POINT, TUNING_SEEDS, seeds_of, test_accuracies, tuned_first

RATES = (0.1, 0.3, 1.0, 3.0)


def overall(seeds=40, *, base=BASE, rates=RATES, steps=1000, tuning_seeds=TUNING_SEEDS, progress=True):
    """Claim 7. Test accuracy with nothing in the way: He weights, three layers, each side at its own best rate.

    The difference is small, so it takes more seeds than the other claims; the rates are chosen with `tuning_seeds`.

    Settings: "best rate"; values: test accuracies.
    """
    results, chosen = tuned_first([replace(base, steps=steps)], rates, seeds, tuning_seeds, progress)
    values = test_accuracies(results, chosen)
    parts = part("best rate", values[False][:, 0], values[True][:, 0], unit="accuracy", smallest_effect=ONE_POINT)
    text = "gives better results overall"
    return Claim(7, text, (parts,), ("best rate",), values, results, chosen, seeds_of(results))
