"""Find the known mistake, or the few together, that give exactly what a submission gave, on every input.

Each exercise has one function that computes it with switches, and a list of Mistakes: settings of those switches. A
mistake is named only if the function with its settings returns what the submission returned on all inputs, and raises
where the submission raised; or returns one of its results, where several are wrong. So a name that is given holds; what
nothing reproduces stays `wrong-values`.
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

    Where several results are wrong and nothing reproduces them all, those that reproduce one result by themselves
    are returned, or two that do so together: they are some of several, and the others show once they are mended.

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
    ordered, wrong = (*telling, *others), {name for trial in telling for name in _wrong(trial, trial.results)}
    touched = [_touched(compute, one.settings, telling) for one in mistakes]
    # Two mistakes do not make a right: none that changes a result that is right is one of them.
    candidates = [one for one, names in zip(mistakes, touched) if names is None or (names and names <= wrong)]
    found = _reproducing(compute, candidates, ordered, most)
    if not found and len(wrong) > 1 and all(trial.returned for trial in trials):
        touching = {
            name: [one for one, names in zip(mistakes, touched) if names is None or name in names]
            for name in telling[0].results
            if name in wrong
        }
        found = [one for name, some in touching.items() for one in _reproducing(compute, some, ordered, 1, name)]
        found.sort(key=mistakes.index)
        # Pairs cost much: only where the fewest mistakes can be.
        name = min(reversed(touching), key=lambda name: len(touching[name]))
        found = found or _reproducing(compute, touching[name], ordered, min(2, most), name)
    return found


def _reproducing(compute, mistakes, trials, most, only=None):
    """The mistakes that together give what the trials returned, or just the result called `only`."""
    common = [one for one in mistakes if not one.rare]
    for together in range(1, most + 1):
        for some in itertools.combinations(mistakes if together <= 2 else common, together):
            if len({one.slot for one in some}) < together:
                continue
            settings = {key: value for one in some for key, value in one.settings.items()}
            if all(_reproduced(compute, settings, trial, only) for trial in trials):
                return some
    return ()


def _touched(compute, settings, trials):
    """The names of the results that these settings change; None where they make an error or another shape."""
    names = set()
    for trial in trials:
        due, wrong = (_computed(compute, some, trial) for some in ({}, settings))
        if due is None or wrong is None or any(wrong[name].shape != due[name].shape for name in due):
            return None
        names |= _wrong(trial, wrong, due)
    return names


def _wrong(trial, results, due=None):
    due, tolerance = due or trial.answer.results, trial.answer.tolerance
    return {name for name, value in results.items() if not within(value, due[name], tolerance[name])}


def _computed(compute, settings, trial):
    """{name: result} with these settings; None where that raises, or gives another number of results."""
    try:
        with np.errstate(all="ignore"):
            wrong = compute(*trial.arguments, **settings)
    except Exception:
        return None
    due = trial.answer.results
    return {n: np.asarray(one, np.float64) for n, one in zip(due, wrong)} if len(wrong) == len(due) else None


def _reproduced(compute, settings, trial, only):
    wrong = _computed(compute, settings, trial)
    if wrong is None or trial.raised or len(trial.results) != len(wrong):
        return trial.raised and wrong is None
    return all(_alike(yours, wrong[name], name, trial) for name, yours in trial.results.items() if only in (None, name))


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
