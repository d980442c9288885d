"""Ways to do the same work, measured in turns, so that what else the machine does meets all of them alike."""

import time
from dataclasses import dataclass

import numpy as np

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
