"""Read what a submission returned: (results, steps) as float64 arrays by name, or what is wrong with its form."""

from typing import NamedTuple

import numpy as np

from helpers.checks.hints import say

ORDER = ("wrong-shape", "wrong-dtype")
"""Problems of form, the first to name first."""


class Problem(NamedTuple):
    """Something about a returned value that keeps it from being compared."""

    slug: str
    facts: dict


class Reading(NamedTuple):
    """A returned value by name; `problem` where its form is wrong (results then hold what could be read)."""

    results: dict
    steps: dict
    problem: Problem | None


def read(value, shapes):
    """The Reading of a returned value, given the shapes due, {name: shape}, in order.

    One result is returned as itself, several as a tuple or a list. `(result, dict)` hands over intermediates as well.
    """
    steps = {}
    if isinstance(value, (tuple, list)) and len(value) == 2 and isinstance(value[1], dict):
        value, steps = value
    names = list(shapes)
    if len(names) == 1:
        values = [value]
    elif _length(value) == len(names):
        values = list(value)
    else:
        due = say("reading.results", count=len(names), names=", ".join(names[:-1]), last=names[-1])
        return Reading(
            {}, {}, Problem("wrong-shape", {"name": say("reading.several"), "received": describe(value), "due": due})
        )
    results, problems = {}, []
    for name, one in zip(names, values):
        array, problem = _array(name, one, shapes[name], part=len(names) > 1)
        if array is not None:
            results[name] = array
        if problem is not None:
            problems.append(problem)
    problems.sort(key=lambda problem: ORDER.index(problem.slug))
    return Reading(results, _steps(steps), problems[0] if problems else None)


def _length(value):
    """How many results a tuple, a list or a stacked array holds; None for anything else."""
    if isinstance(value, np.ndarray):
        return value.shape[0] if value.ndim else None
    return len(value) if isinstance(value, (tuple, list)) else None


def _array(name, value, shape, *, part):
    """The value as float64, or None if it is no array of numbers; and what is wrong with it, or None.

    `part`: it is one of several results, so that a None in its place is no forgotten `return`.
    """
    try:
        array = np.asarray(value)
    except Exception:
        array = None
    if array is None or array.dtype == object or array.shape != shape:
        usable = array is not None and array.dtype.kind == "f"
        if value is None and part:
            received = "None"
        elif array is None or array.dtype == object:
            received = describe(value)
        else:
            received = say("reading.of_shape", shape=array.shape)
        facts = {
            "name": name,
            "received": received,
            "due": say("reading.of_shape", shape=shape) if shape else say("reading.one_number"),
        }
        return (array.astype(np.float64) if usable else None), Problem("wrong-shape", facts)
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        return None, Problem("wrong-dtype", {"name": name, "received": str(array.dtype)})
    return array.astype(np.float64), None


def _steps(given):
    """The intermediates that can be read, by name."""
    steps = {}
    for name, value in given.items():
        try:
            steps[str(name)] = np.asarray(value, dtype=np.float64)
        except Exception:
            continue
    return steps


def describe(value):
    """What sort of thing this is, in words."""
    if value is None:
        return say("reading.none")
    if isinstance(value, (tuple, list)):
        return say("reading.a_sequence", kind=type(value).__name__, count=len(value))
    return say("reading.an_object", kind=type(value).__name__)


def deviation(yours, right):
    """The largest |yours - right|; infinite where one of them is not finite and the other is, or differs from it."""
    if yours.shape != right.shape:
        return np.inf
    with np.errstate(all="ignore"):
        gap = np.abs(yours - right)
    gap = np.where(np.isnan(yours) & np.isnan(right) | (yours == right), 0.0, gap)
    return float(np.where(np.isnan(gap), np.inf, gap).max(initial=0.0))


def within(yours, right, tolerance):
    """Whether |yours - right| <= tolerance everywhere (tolerance broadcasts; two NaN agree)."""
    if yours.shape != right.shape:
        return False
    with np.errstate(all="ignore"):
        close = np.abs(yours - right) <= tolerance
    return bool(np.all(close | (yours == right) | (np.isnan(yours) & np.isnan(right))))
