"""Measured numbers as a lesson prints them, marked with ≈ and with their spread; and the facts that its text builds on.

Another processor rounds differently, so a measured number may differ from the one that is printed here. The mark ≈
says so to the reader, and to the tests: `tests/nbval_sanitize.cfg` replaces a marked number with its spread, unit and
padding before two outputs are compared, and nothing else. What the text builds on a number is stated by `pin`.
"""

import os

import numpy as np

from helpers._support import validate

UNITS = ("", "x", " point", " points", " s", " ms", " MB", " step", " steps", "°")
"""Units that the mark covers. Other words stand outside of it and are compared letter by letter."""
RAISES = "BATCHNORM_COURSE_PINNED"
"""Environment variable: "raise" in the build and under the tests, so that a fact that no longer holds fails there."""


def about(value, spec=".3f", unit="", *, each=False, of=None):
    """A measured number as marked text, with its spread where there are several.

    Parameters
    ----------
    value : number, array of numbers, or Interval
        An array is shown as its median, with the smallest and the largest in brackets; an Interval as its estimate,
        with its ends.
    spec : str
        Python's format of one number, such as ".3f", ".1%" or "+.1f".
    unit : str
        One of UNITS, such as "x" or " points".
    each : bool
        Show all the numbers of an array instead of their spread.
    of : int or None
        The whole of which the number counts a part.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the unit is not one of UNITS, or there is no number.

    Examples
    --------
    >>> about(0.974), about([0.968, 0.974, 0.981]), about(55.83, ".1f", "x"), about(7, "d", of=100)
    ('≈0.974', '≈0.974 (0.968–0.981)', '≈55.8x', '≈7 of 100')
    >>> about([-0.8, 1.2, 3.1], "+.1f", " points"), about([0.31, 0.35], ".2f", each=True)
    ('≈+1.2 points (−0.8 to +3.1)', '≈[0.31, 0.35]')
    """
    validate.one_of("unit", unit, UNITS)
    whole = "" if of is None else f" of {of:,}"
    if hasattr(value, "estimate"):
        middle, low, high = value.estimate, value.low, value.high
        return f"≈{_one(middle, spec)}{unit} ({_range(low, high, spec)}){whole}"
    numbers = np.asarray(value)
    if numbers.size == 0:
        raise ValueError(f"`value` must hold a number. {validate.received(value=value)} Pass what was measured.")
    if numbers.ndim == 0:
        return f"≈{_one(numbers[()], spec)}{unit}{whole}"
    if each:
        return f"≈[{', '.join(_one(number, spec) for number in numbers.ravel())}]{unit}{whole}"
    # A median of counts is a count, the lower one of two.
    middle = np.quantile(numbers, 0.5, method="lower") if spec.endswith("d") else np.median(numbers)
    return f"≈{_one(middle, spec)}{unit} ({_range(numbers.min(), numbers.max(), spec)}){whole}"


def pin(condition, fact):
    """Raise in the build and under the tests if a fact that the text builds on does not hold; tell a learner otherwise.

    Parameters
    ----------
    condition : bool or array of bools
        All of them have to be true.
    fact : str
        What the text assumes, as words that follow "that".

    Raises
    ------
    AssertionError
        In the build and under the tests, if the condition does not hold.

    Examples
    --------
    >>> pin(0.3 < 0.4 < 0.65, "the median lies between 0.3 and 0.65")
    """
    if np.all(condition):
        return
    if os.environ.get(RAISES) == "raise":
        raise AssertionError(f"The text assumes that {fact}. It does not hold here.")
    print(f"On this computer, or with these settings, it does not hold that {fact}: trust the numbers, not the text.")


def _one(number, spec):
    if number == 0 and spec.endswith("e"):
        return "0"  # not 0e+00
    text = format(number.item() if isinstance(number, np.generic) else number, spec)
    return text.replace("-", "−").replace("e−", "e-")


def _range(low, high, spec):
    low, high = _one(low, spec), _one(high, spec)
    signed = any(end.startswith(("−", "+")) for end in (low, high))
    return f"{low} to {high}" if signed else f"{low}–{high}"
