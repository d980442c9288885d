"""What nobody should pass: values, arrays and bytes for the fuzz tests, and a fixed way of drawing them."""

import datetime
import decimal
import fractions
import itertools

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

WHY_SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)


def fixed(examples):
    """Settings that draw the same inputs in every run, so that a pass or a failure on one machine is one on all."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[*WHY_SLOW, HealthCheck.function_scoped_fixture],
    )


class Bomb:
    """Unpickled, it would write a file named `pickle-was-executed`."""

    def __reduce__(self):
        return (open, ("pickle-was-executed", "w"))


class NoArray:
    """What NumPy asks for an array and gets none."""

    def __array__(self, dtype=None, copy=None):
        raise TypeError("this is no array")


CYCLE = []
CYCLE.append(CYCLE)
SCALARS = [
    *(None, True, False, 0, 1, 2, -1, -(10**30), 10**18, 10**30, 10**400, -(10**400)),
    *(0.5, -0.5, 1.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 1j, complex(np.nan, 1)),
    *("", "a", "digits", "relu", "批量", "\ud800", "x" * 5000, b"", b"\x00\xff", "../outside", "/nowhere/at/all"),
    *(np.float16(1), np.float32(np.inf), np.longdouble(2), np.int8(-1), np.uint64(2**64 - 1), np.bool_(True)),
    *(np.complex64(1), np.datetime64("NaT", "s"), np.timedelta64(1, "s"), np.str_("a"), np.void(b"ab")),
    *(decimal.Decimal("NaN"), decimal.Decimal(1), fractions.Fraction(1, 3), datetime.date(2020, 1, 1)),
    *(object(), Bomb(), NoArray(), len, int, ..., NotImplemented, ValueError("a"), range(0), range(10**30)),
    *([], (), {}, set(), frozenset(), bytearray(b"a"), memoryview(b"ab"), [[]], [None], [[1], [1, 2]], CYCLE),
    *([1, "a"], ["a"], [1j], {"a": 1}, {1}, (1, 2, 3), [[1.0, 2.0], [3.0, 4.0]], [np.nan], [[np.inf, 1.0]]),
]
DTYPES = ["?", "i1", "u1", "i8", "u8", "f2", "f4", "f8", ">f8", "g", "c8", "U3", "S2", "O", "M8[D]", "m8[s]", "i4,f8"]


def laid_out(array, how):
    """The same numbers, or some of them, in a layout that careless code stumbles over."""
    if array.ndim == 0:
        return array
    ways = {
        "plain": lambda: array,
        "transposed": lambda: array.T,
        "every other": lambda: array[::2],
        "backwards": lambda: array[::-1],
        "columns backwards": lambda: array[..., ::-1],
        "Fortran": lambda: np.asfortranarray(array),
        "broadcast": lambda: np.broadcast_to(array[:1], array.shape) if len(array) else array,
        "read-only": lambda: _read_only(array),
        "masked": lambda: np.ma.masked_array(array, mask=np.arange(array.size).reshape(array.shape) % 2 == 0),
        "matrix": lambda: array.view(np.matrix) if array.ndim == 2 else array,
        "list": lambda: array.tolist(),
    }
    return ways[how]()


WAYS = ["plain", "transposed", "every other", "backwards", "columns backwards", "Fortran", "broadcast", "read-only"]
WAYS += ["masked", "matrix", "list"]


def _read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


@st.composite
def odd_arrays(draw):
    """An array of any dtype, of 0 to 4 axes, often empty, in any layout."""
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    dtype, seed = np.dtype(draw(st.sampled_from(DTYPES))), draw(st.integers(0, 2**16))
    values = np.random.default_rng(seed).normal(0, 10 ** draw(st.sampled_from([0, 3, 30])), shape)
    if draw(st.booleans()) and values.size:
        values.flat[seed % values.size] = draw(st.sampled_from([np.nan, np.inf, -np.inf, 1e308, 0.0, -1.0]))
    with np.errstate(all="ignore"):
        if dtype.kind in "USOMmV":
            array = np.zeros(shape, dtype)
        elif dtype.kind in "iub":
            array = np.nan_to_num(values, nan=0, posinf=9, neginf=-9).clip(-100, 100).astype("i8").astype(dtype)
        else:
            array = np.asarray(values).astype(dtype)
    return laid_out(array, draw(st.sampled_from(WAYS)))


def hostile():
    """Anything that a function could be handed."""
    one = st.integers(0, len(SCALARS) - 1).map(SCALARS.__getitem__)  # by place: not all of them can be hashed
    return st.one_of(one, odd_arrays())


@st.composite
def good_arrays(draw, *shape, low=-3.0, high=3.0, dtypes=("f8", "f4", "i8")):
    """An array of ordinary numbers, in any layout that keeps its shape; `low` to `high`, evenly."""
    values = np.random.default_rng(draw(st.integers(0, 2**16))).uniform(low, high, shape)
    array = values.astype(draw(st.sampled_from(dtypes)))
    keeps = ["plain", "backwards", "Fortran", "read-only", "list"]
    return laid_out(array, draw(st.sampled_from(keeps)))


def endless():
    """An iterable that never ends."""
    return itertools.count()


@st.composite
def damaged(draw, whole):
    """The bytes of a good file after one to three accidents: cut, changed, doubled, filled with zeros or noise."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        how = draw(st.sampled_from(["cut", "byte", "zeros", "noise", "insert", "doubled", "empty", "lost"]))
        size = draw(st.integers(1, 64))
        if how == "cut":
            del data[at:]
        elif how == "byte" and data:
            data[at] = draw(st.integers(0, 255))
        elif how == "zeros":
            data[at : at + size] = bytes(len(data[at : at + size]))
        elif how == "noise":
            data[at : at + size] = draw(st.binary(min_size=1, max_size=size))
        elif how == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=size))
        elif how == "doubled":
            data = data + data
        elif how == "empty":
            data = bytearray()
        else:
            del data[at : at + size]
    return bytes(data)
