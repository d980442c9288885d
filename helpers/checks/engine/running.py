"""Run a submission once, and say everything that happened: what it returned, raised, printed and changed."""

import contextlib
import copy
import io
import linecache
import sys
import traceback
import warnings
from typing import Any, NamedTuple

import numpy as np

from helpers.checks.engine import random_state
from helpers.checks.engine.limits import TimeIsUp, time_limit
from helpers.checks.hints import say

KEPT_CHARACTERS = 2000


class Outcome(NamedTuple):
    """What one call of a submission did."""

    value: Any
    """What it returned; None where it raised."""
    error: BaseException | None
    """What it raised: SystemExit too, and TimeIsUp where the limit ended it."""
    printed: str
    """What it wrote to stdout and stderr, the first 2,000 characters."""
    changed_argument: int | None
    """The place of the first argument that it changed."""
    changed_generator: str | None
    """Whose global random generator it drew from or seeded: "NumPy's", "Python's" or "TensorFlow's"."""
    imported: float = 0.0
    """How many seconds of it went into imports, which the limit leaves out."""


def run(function, arguments, *, seconds, copies=True, watched=True):
    """The Outcome of `function(*arguments)`.

    The function gets copies of the arguments, which are compared afterwards; with copies=False (a model that it is to
    change) the arguments themselves. The global random generators are put back as they were; with watched=False they
    are handed over as they are, for what follows from the seed that was set. Warnings are silent. KeyboardInterrupt
    passes through. Some modules draw random numbers while they are imported: of a call that did both, a second one
    tells whether the function draws.
    """
    loaded = len(sys.modules)
    outcome = _run(function, arguments, seconds, copies, watched)
    if copies and watched and outcome.changed_generator is not None and len(sys.modules) > loaded:
        return _run(function, arguments, seconds, copies, watched)._replace(imported=outcome.imported)
    return outcome


def _run(function, arguments, seconds, copies, watched):
    given = tuple(duplicate(argument) for argument in arguments) if copies else tuple(arguments)
    states = random_state.take()
    if watched:
        random_state.stir()
    before = random_state.take()
    value, error, printed, clock = None, None, _Kept(), None
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            warnings.simplefilter("ignore")
            with time_limit(seconds) as clock:
                value = function(*given)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:
        value, error = None, problem
    finally:
        generator = random_state.changed(before, random_state.take())
        random_state.put_back(states)
    changed = next((i for i, pair in enumerate(zip(arguments, given)) if copies and not same(*pair)), None)
    return Outcome(value, error, printed.getvalue(), changed, generator, 0.0 if clock is None else clock.imported)


def duplicate(value):
    """A copy of an argument, deep; what cannot be copied (a model, an open file) is handed over itself."""
    if isinstance(value, np.ndarray):
        return value.copy()
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def same(a, b):
    """Whether two arguments hold the same values, NaN being equal to itself."""
    if a is b:
        return True
    if isinstance(a, np.ndarray):
        alike = isinstance(b, np.ndarray) and a.shape == b.shape and a.dtype == b.dtype
        return alike and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    try:
        return bool(a == b)
    except Exception:
        return True


def describe_error(error, function):
    """`ValueError: operands could not be ... (in your line: y = x - m)`, in at most 300 characters of message."""
    message = str(error).strip().splitlines()
    text = type(error).__name__ + (f": {message[0][:300]}" if message else "")
    members = vars(function).values() if isinstance(function, type) else (function,)
    code = next((member.__code__ for member in members if hasattr(member, "__code__")), None)
    if code is None:
        return text
    own = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == code.co_filename]
    line = linecache.getline(own[-1].filename, own[-1].lineno).strip() if own else ""
    return say("running.in_line", error=text, line=line) if line else text


def timed_out(outcome):
    """Whether the time limit ended the call."""
    return isinstance(outcome.error, TimeIsUp)


class _Kept(io.TextIOBase):
    """A text stream that keeps its beginning, however much is written."""

    def __init__(self):
        self._text = ""

    def writable(self):
        return True

    def write(self, text):
        room = KEPT_CHARACTERS - len(self._text)
        if room > 0:
            self._text += text[:room]
        return len(text)

    def getvalue(self):
        return self._text
