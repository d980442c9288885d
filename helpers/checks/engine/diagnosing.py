"""Find the known mistake, or the few together, that give exactly what a submission gave, on every input.

Each exercise has one function that computes it with switches, and a list of Mistakes: settings of those switches. A
mistake is named only if the function with its settings returns what the submission returned on all inputs, and raises
where the submission raised. So a name that is given holds; what nothing reproduces stays `wrong-values`.
"""

import itertools
from typing import NamedTuple

import numpy as np

from helpers.checks.engine.reading import deviation, within

MATCH = 3e-5
"""How far a submission may be from the mistake's own result, relative to its size: float32 and another order."""


class Mistake(NamedTuple):
    """A named mistake: settings of the exercise's function with switches."""

    slug: str
    slot: str
    """Mistakes in the same slot exclude each other."""
    settings: dict
    rare: bool = False
    """A rare one is looked for alone and beside one other, a common one among up to four."""


def mistake(slug, slot=None, *, rare=False, **settings):
    """A Mistake; its slot is its slug unless said otherwise."""
    return Mistake(slug, slot or slug, settings, rare)


def find(compute, mistakes, trials, *, most):
    """The mistakes, first to mend first, that together reproduce the trials; () if there are none.

    Parameters
    ----------
    compute : function(*arguments, **settings) -> tuple of arrays
    mistakes : sequence of Mistake, in the order in which they are to be mended
    trials : sequence of values.Trial
        Of which at least one returned something wrong.
    most : int
        How many mistakes are looked for at once.
    """
    telling = [trial for trial in trials if trial.returned and not trial.right]
    if not telling:
        return ()
    telling.sort(key=lambda trial: sum(value.size for value in trial.results.values()))  # the cheapest to refute first
    others = [trial for trial in trials if not (trial.returned and not trial.right)]
    common = [one for one in mistakes if not one.rare]
    for together in range(1, most + 1):
        for some in itertools.combinations(mistakes if together <= 2 else common, together):
            if len({one.slot for one in some}) < together:
                continue
            settings = {key: value for one in some for key, value in one.settings.items()}
            if all(_reproduced(compute, settings, trial) for trial in (*telling, *others)):
                return some
    return ()


def _reproduced(compute, settings, trial):
    try:
        with np.errstate(all="ignore"):
            wrong = compute(*trial.arguments, **settings)
    except Exception:
        return trial.raised
    if trial.raised or len(trial.results) != len(wrong):
        return False
    pairs = zip(trial.results.items(), wrong)
    return all(_alike(yours, np.asarray(one, np.float64), name, trial) for (name, yours), one in pairs)


def _alike(yours, wrong, name, trial):
    """Within rounding of the mistake's result, and much nearer to it than to the right one where that is another."""
    if yours.shape != wrong.shape:
        return False
    finite = wrong[np.isfinite(wrong)]
    size = np.abs(finite).max(initial=0.0)
    slack = np.max(trial.answer.tolerance[name]) + MATCH * size
    if not within(yours, wrong, slack):
        return False
    right = trial.answer.results[name]
    if right.shape != yours.shape or within(yours, right, trial.answer.tolerance[name]):
        return True
    return deviation(yours, wrong) <= 0.2 * deviation(yours, right)
