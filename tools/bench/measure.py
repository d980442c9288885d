"""Ways to do the same work, measured in turns, so that whatever else the machine does meets all of them alike.

And what the machine can do at most: products of float32 matrices, and copies of memory.
"""

import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import machine
import numpy as np

from helpers._support.blas import one_thread
from helpers.experiments.plan import cores

SIZE = 1536  # of the matrices whose product is the machine's peak
REPEATS = 5
SECONDS = 0.5  # of one measurement, about


@dataclass(frozen=True)
class Row:
    """One figure: the median, smallest and largest of the ratios, one for each repeat.

    group, name : str
    values : tuple of float
    unit : str
        "x" for a ratio without a unit.
    aim : tuple of (str, float) or None
        ("at least", 5.0) or ("at most", 1.25): what the course asks of itself.
    note : str
        What the figure means in absolute numbers.
    """

    group: str
    name: str
    values: tuple
    unit: str = "x"
    aim: tuple | None = None
    note: str = ""

    @property
    def median(self):
        return float(np.median(self.values))

    @property
    def met(self):
        """Whether the median reaches the aim; None without one."""
        if self.aim is None:
            return None
        word, limit = self.aim
        return bool(self.median >= limit if word == "at least" else self.median <= limit)


def in_turns(ways, repeats, tick=lambda: None, clock=time.perf_counter):
    """How much of its work each way does a second: {name: (repeats,) float}.

    Parameters
    ----------
    ways : dict of str to function
        Each does some work and returns how much, or (how much, seconds) where it takes its time itself. Each is called
        once before, unmeasured: it may compile.
    repeats : int
        Rounds; each calls every way once, and every second one in the opposite order.
    tick : function
        Called after each call, for a progress bar.
    """
    rates = {name: [] for name in ways}
    for way in ways.values():
        way()
        tick()
    for repeat in range(repeats):
        for name in list(ways)[:: -1 if repeat % 2 else 1]:
            begin = clock()
            done = ways[name]()
            work, seconds = done if isinstance(done, tuple) else (done, clock() - begin)
            rates[name].append(work / seconds)
            tick()
    return {name: np.array(values) for name, values in rates.items()}


def calls(ways, repeats):
    """How often `in_turns` calls `tick`."""
    return len(ways) * (repeats + 1)


def ratio(group, name, one, other, **more):
    """The Row of one / other, repeat by repeat."""
    return Row(group, name, tuple(float(value) for value in np.asarray(one) / np.asarray(other)), **more)


def sized(work, *, seconds=SECONDS, most=100_000, clock=time.perf_counter):
    """How many steps take about `seconds`: `work(steps)` is tried with more and more steps.

    Examples
    --------
    >>> now = iter([0, 0.2, 0.2, 1.0])
    >>> sized(lambda steps: None, seconds=1, clock=lambda: next(now))
    5
    """
    work(1)
    steps = 1
    while True:
        begin = clock()
        work(steps)
        took = clock() - begin
        if took > seconds / 2 or steps >= most:  # so long that what surrounds the steps hardly counts
            return int(max(1, min(most, steps * seconds / took)))
        steps = min(4 * steps, most)


def side_by_side(function, *arguments):
    """Call the function with each of the arguments, on a thread each, and wait for all."""
    with ThreadPoolExecutor(len(arguments[0])) as pool:
        list(pool.map(function, *arguments))


def products(size=SIZE, times=4):
    """A way whose work is floating-point operations: a product of two matrices on each core, side by side."""
    rng = np.random.default_rng(0)
    factors = [rng.random((3, size, size), dtype=np.float32) for _ in range(cores())]

    def multiply(a, b, out):
        for _ in range(times):
            np.matmul(a, b, out=out)

    def way():
        with one_thread():
            side_by_side(multiply, *zip(*factors))
        return 2.0 * size**3 * times * len(factors)

    return way


def copies(x, times=20):
    """A way whose work is copies of the array x, made by one core."""
    target = np.empty_like(x)

    def way():
        for _ in range(times):
            np.copyto(target, x)
        return times

    return way


def describe():
    """What the figures depend on; no name, no path."""
    return machine.describe() | {"cores": cores(), "processor": _processor(), "numpy": np.__version__}


def busy():
    """How many processes want a core at the moment, this one not counted; None where the system does not tell."""
    try:
        return max(0.0, os.getloadavg()[0])
    except (AttributeError, OSError):
        return None


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
