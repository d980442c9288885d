"""Processes that train stacks beside this one.

Threads of one process wait for Python's lock between any two products; processes do not. They cost half a second to
start, so they start in the background, for work that is long enough, and are there for what comes after. They train on
the images that this process has, which come through a pipe, and they end with it.

Not a pool of `concurrent.futures`, whose processes run the caller's script once more when they start. Not joblib's
loky: ready after 0.5 to 0.7 s instead of 0.3 s, it sends MNIST again with each job (0.55 s instead of 0.1 s), and would
need a channel beside it for "stop" and for how many steps are done.
"""

import atexit
import contextlib
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

from helpers import data

ROOT = Path(__file__).parents[2]
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


class WorkerLost(Exception):  # noqa: N818 (what happened, not a mistake)
    """The process of a worker ended in the middle of its work."""


class Worker:
    """One process; `ready` says whether it has started and can take a stack."""

    def __init__(self):
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        # In a group of its own, Ctrl-C does not reach it: it hears "stop", and hands over what is done.
        group = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "helpers.experiments.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | ONE_THREAD | {"PYTHONPATH": path},
            **group,
        )
        self._owner, self._sending, self._started = os.getpid(), threading.Lock(), threading.Event()
        self._known = {}  # the images that it has, by the name of their data set
        threading.Thread(target=self._wait, daemon=True).start()

    @property
    def alive(self):
        return self._owner == os.getpid() and self._process.poll() is None  # not in a copy that fork made

    @property
    def ready(self):
        return self._started.is_set() and self.alive

    def train(self, pairs, stop, report, *, spare=False):
        """The Run of each pair, as `train_stack`; WorkerLost if the process ends before.

        Whoever sets `stop` meanwhile calls the method of that name, too.
        """
        keys = {(experiment.dataset, seed) for experiment, seed in pairs}
        divisions = {(name, seed): data.divide(name, split=seed) for name, seed in keys}
        sets = {name: (one.images, one.labels, one.ink) for (name, _), one in divisions.items()}
        unknown = {name: one for name, one in sets.items() if self._known.get(name) is not one[0]}
        places = {key: (one.train, one.validation, one.test) for key, one in divisions.items()}
        self._known |= {name: images for name, (images, *_) in sets.items()}
        try:
            with self._sending:
                self._send((pairs, unknown, places, spare))
            if stop.is_set():
                self.stop()
            kind, value = pickle.load(self._process.stdout)
            while kind == "steps":
                report(value)
                kind, value = pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            self.close()
            raise WorkerLost from error
        if kind == "error":
            raise value
        return value

    def stop(self):
        """Ask for what is done; `train` returns it soon."""
        if self._sending.acquire(blocking=False):  # else `train` is about to send a job, and looks at its `stop` then
            with contextlib.suppress(OSError, ValueError):  # the process is gone: `train` notices
                self._send("stop")
            self._sending.release()

    def close(self):
        """End the process."""
        if self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self._process.stdout.close()

    def _wait(self):
        with contextlib.suppress(Exception):  # where it does not start it never gets ready
            pickle.load(self._process.stdout)
            self._started.set()

    def _send(self, message):
        pickle.dump(message, self._process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()


class Workers:
    """At most `number` workers, started once and kept; `take` lends one that is ready, or None."""

    def __init__(self):
        self._lock, self._all, self._lent, self._starts = threading.Lock(), [], set(), 0

    def start(self, number):
        """Have `number` workers, and do not wait for them. One that ended is replaced, but not again and again."""
        with self._lock:
            self._all = [worker for worker in self._all if worker.alive]
            while len(self._all) < number and self._starts < 3 * number:
                self._starts += 1
                with contextlib.suppress(OSError):
                    self._all.append(Worker())

    @contextlib.contextmanager
    def take(self):
        """A worker that is ready and not at work, or None."""
        with self._lock:
            free = [worker for worker in self._all if worker.ready and worker not in self._lent]
            worker = free[0] if free else None
            self._lent.add(worker)
        try:
            yield worker
        finally:
            with self._lock:
                self._lent.discard(worker)

    def close(self):
        """End all of them."""
        with self._lock:
            for worker in self._all:
                worker.close()
            self._all = []


here = Workers()
atexit.register(here.close)
