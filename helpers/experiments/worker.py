"""The other end of `workers`: `python -m helpers.experiments.worker` trains what comes in and sends back what it gave.

In come pickles, "stop" or a job: pairs, those of their data sets that are not here yet, which images of these are for
what, and whether a core is free for the evaluations. Out go ("ready", None), ("steps", n), ("runs", runs) and
("error", exception).
"""

import os
import pickle
import queue
import sys
import threading
import time

from helpers.data import Division
from helpers.experiments.stack import train_stack

PULSE = 0.05  # seconds between two progress messages, at least


def main():
    """Train job after job, until the input ends."""
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # a stray print must not get between the messages
    jobs, stop = queue.SimpleQueue(), threading.Event()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs, stop), daemon=True).start()
    _send(out, "ready", None)
    known = {}
    while True:
        pairs, unknown, places, spare = jobs.get()
        known |= unknown
        _send(out, *_answer(pairs, stop, _Progress(out), known, places, spare))


def _answer(pairs, stop, report, known, places, spare):
    def divide(name, *, split):
        return Division(*known[name], *places[name, split])

    try:
        return "runs", train_stack(pairs, stop, report, divide, spare=spare)
    except Exception as error:
        return "error", error


class _Progress:
    """Called with a number of steps done, it passes them on now and then."""

    def __init__(self, out):
        self._out, self._steps, self._last = out, 0, time.monotonic()

    def __call__(self, steps):
        self._steps += steps
        if time.monotonic() - self._last > PULSE:
            _send(self._out, "steps", self._steps)
            self._steps, self._last = 0, time.monotonic()


def _listen(messages, jobs, stop):
    """Hand over jobs, and set `stop` when it is asked for; end with the process that asks."""
    while True:
        try:
            message = pickle.load(messages)
        except Exception:  # the end of the input, or half a message: nobody is there any more
            os._exit(0)
        if message == "stop":
            stop.set()
        else:
            stop.clear()  # a "stop" that came too late was meant for the job before
            jobs.put(message)


def _send(out, kind, value):
    pickle.dump((kind, value), out, protocol=pickle.HIGHEST_PROTOCOL)
    out.flush()


if __name__ == "__main__":
    main()
