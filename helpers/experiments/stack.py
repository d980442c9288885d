"""Training a stack: runs of equal shape (one experiment and one seed each) side by side in one thread."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from helpers import data
from helpers._support.blas import one_thread
from helpers.networks import draws
from helpers.networks.network import Network
from helpers.networks.stack import StackedNetwork

CLASSES = 10
GATHER = 2**18  # pixels gathered at a time: a quarter of a megabyte, and 1 MB as float32
SHARED = ("batch_size", "activation", "normalized", "momentum", "epsilon", "dropout", "noise")  # by runs of one stack
MEASURED = 10_000  # training images on which the final training accuracy is measured, at most


@dataclass
class Run:
    """What is known of one run, finished or not: numbers for evaluation points not reached are NaN."""

    train_loss: np.ndarray
    validation_accuracy: np.ndarray
    train_accuracy: float = np.nan
    test_accuracy: float = np.nan
    seconds: float = 0.0
    steps_done: int = 0
    diverged: bool = False
    network: Network | None = None

    @classmethod
    def empty(cls, experiment):
        """A run that has not begun."""
        points = len(experiment.evaluation_steps)
        return cls(np.full(points, np.nan), np.full(points, np.nan))


class StopRequested(Exception):  # noqa: N818 (a request, not an error)
    """Raised inside a stack, and caught there, when it was asked to stop."""


def stacked_network(pairs, inputs):
    """The untrained networks of runs of equal shape, [(experiment, seed), ...], side by side."""
    first = pairs[0][0]
    kernels = [draws.initial_kernels(experiment, seed, inputs, CLASSES) for experiment, seed in pairs]

    def generators(purpose):
        return [[draws.generator(seed, purpose, layer) for _, seed in pairs] for layer in range(len(first.hidden))]

    return StackedNetwork(
        [np.stack(layer) for layer in zip(*kernels)],
        learning_rates=[experiment.learning_rate for experiment, _ in pairs],
        weight_decays=[experiment.weight_decay for experiment, _ in pairs],
        dropout_generators=generators(draws.DROPOUT),
        noise_generators=generators(draws.NOISE),
        **{name: getattr(first, name) for name in SHARED},
    )


class Stack:
    """Runs of equal shape, [(experiment, seed), ...], trained together by `run()`."""

    def __init__(self, pairs, stop=None, report=None, divide=None, *, spare=False):
        self._pairs, self._experiment = pairs, pairs[0][0]
        self._stop, self._report, self._divide = stop, report, divide or data.divide
        self.records = [Run.empty(experiment) for experiment, _ in pairs]
        self._done, self._network = 0, None
        self._pool, self._evaluations = ThreadPoolExecutor(1) if spare else None, []

    def run(self):
        """The records of all runs, as far as they got before `stop` was set."""
        with one_thread(), np.errstate(all="ignore"), self._pool or nullcontext():
            try:
                self._prepare()
                self._train()
                self._measure()
            except (StopRequested, KeyboardInterrupt):
                pass  # what is done is in the records
            return self._finish()

    def _prepare(self):
        first = self._experiment
        self._data = {}
        for _, seed in self._pairs:
            self._check()
            if seed not in self._data:
                division = self._divide(first.dataset, split=seed)
                self._data[seed] = replace(division, train=division.train[: first.train_size])
        inputs = self._data[self._pairs[0][1]].images.shape[1]
        self._network = stacked_network(self._pairs, inputs)
        # Runs of one seed alone see the same batches: these are gathered once, for the first of them.
        gathered = self._pairs[:1] if len(self._data) == 1 else self._pairs
        self._batches = [(self._data[seed], self._order(seed)) for _, seed in gathered]

    def _train(self):
        points = self._experiment.evaluation_steps
        for run, (_, seed) in enumerate(self._pairs):
            split, network = self._data[seed], self._network.network(run)
            batch = split.train[self._order(seed).take(1)[0]]
            loss, _ = network.loss_and_gradients(split.pixels(batch), split.labels[batch])
            self._record(run, 0, loss, network)
        for point, (start, end) in enumerate(pairwise(points), start=1):
            losses = self._steps(end - start) / (end - start)
            for run in range(len(self._pairs)):
                self._record(run, point, losses[run], self._network.network(run))

    def _steps(self, count):
        """Train `count` steps; the sum of the losses (R,)."""
        runs, gathered, size = len(self._pairs), len(self._batches), self._experiment.batch_size
        inputs, ink = self._batches[0][0].images.shape[1], self._batches[0][0].ink
        ahead = max(1, min(count, GATHER // (gathered * size * inputs)))
        images = np.empty((ahead, gathered, size, inputs), np.uint8)
        x = np.empty(images.shape, np.float32)
        labels = np.empty((ahead, gathered, size), np.intp)
        # Each step's (runs, size, ...), with one memory for all runs where they share their batches.
        steps_x, steps_labels = (np.broadcast_to(a, (ahead, runs, *a.shape[2:])) for a in (x, labels))
        total = np.zeros(runs)
        begin = time.perf_counter()
        try:
            for start in range(0, count, ahead):
                now = min(ahead, count - start)
                for run, (split, batches) in enumerate(self._batches):
                    for step, order in enumerate(split.train[batches.take(now)]):
                        np.take(split.images, order, axis=0, out=images[step, run], mode="clip")
                        labels[step, run] = split.labels[order]
                np.divide(images[:now], np.float32(ink), out=x[:now])
                for step in range(now):
                    self._check()
                    total += self._network.step(steps_x[step], steps_labels[step])
                    self._done += 1
                if self._report:
                    self._report(now * runs)
        finally:
            seconds = (time.perf_counter() - begin) / runs
            for record in self.records:
                record.seconds += seconds
        return total

    def _record(self, run, point, loss, network):
        split, record = self._data[self._pairs[run][1]], self.records[run]
        record.train_loss[point] = loss

        def evaluate(network):
            record.validation_accuracy[point] = self._accuracy(network, split, split.validation)

        self._aside(evaluate, network)

    def _aside(self, work, network):
        """Do `work(network)` now, or on a core that has nothing else to do, while this one goes on."""
        if self._pool:
            self._evaluations.append(self._pool.submit(work, network.copy()))
        else:
            work(network)

    def _measure(self):
        for run in range(len(self._pairs)):
            self._measure_one(run)
        for evaluation in self._evaluations:
            evaluation.result()

    def _measure_one(self, run):
        split, network, record = self._data[self._pairs[run][1]], self._network.network(run), self.records[run]

        def test(network):
            record.test_accuracy = self._accuracy(network, split, split.test)

        self._aside(test, network)
        record.train_accuracy = self._accuracy(network, split, split.train[:MEASURED])

    def _accuracy(self, network, split, places, chunk=1000):
        right = 0
        for i in range(0, len(places), chunk):
            self._check()
            now = places[i : i + chunk]
            right += np.count_nonzero(network.predict(split.pixels(now)).argmax(axis=1) == split.labels[now])
        return right / len(places)

    def _finish(self):
        if self._network is not None:
            for run, record in enumerate(self.records):
                record.steps_done = self._done
                record.network = self._network.network(run).copy()
                reached = record.train_loss[~np.isnan(record.validation_accuracy)]
                finite = all(np.isfinite(p).all() for p in record.network.arrays().values())
                record.diverged = not (finite and np.isfinite(reached).all())
        return self.records

    def _check(self):
        if self._stop is not None and self._stop.is_set():
            raise StopRequested

    def _order(self, seed):
        return draws.Batches(seed, len(self._data[seed].train), self._experiment.batch_size)


def train_stack(pairs, stop=None, report=None, divide=None, *, spare=False):
    """The `Run` of each (experiment, seed); `divide` gives the images in place of `data.divide`.

    `spare`: whether a core is free for the evaluations.
    """
    return Stack(pairs, stop, report, divide, spare=spare).run()
