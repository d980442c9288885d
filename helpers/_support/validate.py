"""Checks of arguments at the public boundary: what is needed, what was received, what to do.

Every function here returns the argument in the form in which it is used, or raises with a message of the same form:
"`name` must be ... Received: name=value. Do this."
"""

import itertools
import numbers
import operator

import numpy as np

LONGEST = 300  # characters of a value in a message
SEEDS_ADVICE = "Pass a number of seeds, such as 5, or different integers from 0 up, such as [3, 4]."
MOST_SEEDS = 10_000  # more than anyone can train, fewer than the numbers that fill the memory
MOST = 100_000  # items of a sequence that are looked at, so that an endless one ends


def received(**values):
    """`"Received: a=1, b='x'."`, the middle part of every error message."""
    return "Received: " + ", ".join(f"{name}={_shown(value)}" for name, value in values.items()) + "."


def _shown(value):
    """The value in at most LONGEST characters; its type where Python cannot write it out, as with 10**5000."""
    try:
        text = repr(value)
    except Exception:
        return f"{type(value).__name__} that cannot be shown"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def real_array(name, value, *, advice="Pass a NumPy array of real numbers."):
    """`value` as a floating-point array: integers and booleans become float64, float16 becomes float32.

    Raises
    ------
    TypeError
        If `value` is not an array of real numbers (complex numbers, strings, objects, ragged lists).
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise TypeError(f"`{name}` must be an array of real numbers. Received: a ragged sequence. {advice}") from None
    except TypeError:  # NumPy asked the object for an array, in vain
        raise TypeError(f"`{name}` must be an array of real numbers. {received(**{name: value})} {advice}") from None
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"`{name}` must be an array of real numbers. Received: {name}.dtype={array.dtype}. {advice}")
    return array


def vector(name, value, length, dtype, *, of="one number for each feature"):
    """`value` as a finite array of shape (length,) and the given dtype.

    Raises
    ------
    TypeError
        If `value` is not an array of real numbers.
    ValueError
        If its shape is not (length,), or a number in it is not finite.
    """
    array = real_array(name, value)
    if array.shape != (length,):
        raise ValueError(
            f"`{name}` must have shape ({length},), {of}. Received: {name}.shape={array.shape}. "
            f"Reshape or choose `{name}` to fit."
        )
    return finite(name, array).astype(dtype, copy=False)


def batch(x, axis, name="x"):
    """`x` as a floating-point array with at least one value per feature, and `axis` counted from the front."""
    x = real_array(name, x)
    if x.ndim < 2 or x.size == 0:
        raise ValueError(
            f"`{name}` must have at least two axes and at least one value. Received: {name}.shape={x.shape}. "
            "Pass a batch such as (N, C), also where it holds one example."
        )
    advice = "Name the features' axis, such as -1."
    place = integer("axis", axis, low=-x.ndim, advice=advice)
    if place >= x.ndim:
        raise ValueError(f"`axis` must name one of the {x.ndim} axes. {received(axis=axis)} {advice}")
    return x, place % x.ndim


def finite(name, array):
    """`array`, unchanged, if every number in it is finite; else a ValueError."""
    if not np.isfinite(array).all():
        count = np.size(array) - np.count_nonzero(np.isfinite(array))
        raise ValueError(
            f"`{name}` must be finite. Received: {name} with {count} of {np.size(array)} numbers NaN or infinite. "
            "Look at what computed it: a learning rate that is too high is the usual cause."
        )
    return array


def not_negative(name, array):
    """`array`, unchanged, if no number in it is below 0; else a ValueError."""
    if array.size and array.min() < 0:
        raise ValueError(
            f"`{name}` must not be negative. Received: {name}.min()={float(array.min()):.6g}. "
            "Pass variances (squares), not differences."
        )
    return array


def number(name, value, *, low, high=np.inf, advice):
    """`value` as a float in [low, high].

    Raises
    ------
    TypeError
        If `value` is not one real number; a bool is not one.
    ValueError
        If it is NaN or outside [low, high].
    """
    if isinstance(value, (bool, np.timedelta64)) or not isinstance(value, numbers.Real):  # NumPy's times count as ints
        raise TypeError(f"`{name}` must be a number. {received(**{name: value})} {advice}")
    try:
        result = float(value)
    except OverflowError:  # no float can hold this int
        result = np.nan
    if not low <= result <= high:
        between = f"between {low} and {high}" if np.isfinite(high) else f"at least {low}"
        raise ValueError(f"`{name}` must be {between}. {received(**{name: value})} {advice}")
    return result


def positive(name, value, *, advice):
    """`value` as a float above 0."""
    result = number(name, value, low=0, advice=advice)
    if result == 0:
        raise ValueError(f"`{name}` must be above 0. {received(**{name: value})} {advice}")
    return result


def share(name, value, *, advice):
    """`value` as a float in [0, 1)."""
    result = number(name, value, low=0, high=1, advice=advice)
    if result == 1:
        raise ValueError(f"`{name}` must be below 1. {received(**{name: value})} {advice}")
    return result


def integer(name, value, *, low, high=None, advice):
    """`value` as an int; TypeError if it is not an integer (a bool is not), ValueError if it is not in [low, high]."""
    try:
        result = operator.index(value)
    except TypeError:
        result = None
    if result is None or isinstance(value, (bool, np.bool_)):
        raise TypeError(f"`{name}` must be an integer. {received(**{name: value})} {advice}")
    if result < low:
        raise ValueError(f"`{name}` must be at least {low}. {received(**{name: value})} {advice}")
    if high is not None and result > high:
        raise ValueError(f"`{name}` must be at most {high:,}. {received(**{name: value})} {advice}")
    return result


def integers(name, value, *, low, advice):
    """The integers that `value` holds, as a tuple; each at least `low`."""
    found = items(name, value, advice=advice)
    try:
        return tuple(integer(name, one, low=low, advice=advice) for one in found)
    except (TypeError, ValueError) as error:
        message = f"`{name}` must hold integers, each at least {low}. {received(**{name: value})} {advice}"
        raise type(error)(message) from None


def boolean(name, value, *, advice="Choose one of them."):
    """`value` as a bool, if it is True or False, Python's or NumPy's; else a TypeError."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"`{name}` must be True or False. {received(**{name: value})} {advice}")
    return bool(value)


def one_of(name, value, choices):
    """`value`, if it is one of `choices`; else a ValueError that lists them."""
    try:
        hash(value)  # an array cannot be, and would be compared number by number
        known = value in choices
    except Exception:
        known = False
    if not known:
        allowed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"`{name}` must be one of {allowed}. {received(**{name: value})} Choose one of them.")
    return value


def seeds(value):
    """A tuple of different seeds, 1 to 10,000 of them: n means 0, …, n - 1."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return tuple(range(integer("seeds", value, low=1, high=MOST_SEEDS, advice=SEEDS_ADVICE)))
    found = integers("seeds", value, low=0, advice=SEEDS_ADVICE)
    if len(found) > MOST_SEEDS:
        raise ValueError(f"`seeds` must be at most {MOST_SEEDS:,}. {received(seeds=value)} {SEEDS_ADVICE}")
    if not found or len(set(found)) < len(found):
        raise ValueError(f"`seeds` must be at least one, each different. {received(seeds=value)} {SEEDS_ADVICE}")
    return found


def items(name, value, *, advice):
    """The first 100,000 things that `value` holds, as a list; a TypeError if it is a string or no iterable."""
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        return list(itertools.islice(value, MOST))
    except TypeError:
        raise TypeError(f"`{name}` must be a sequence. {received(**{name: value})} {advice}") from None
