"""Training a stack: runs of equal shape (one experiment and one seed each) side by side in one thread."""

import time
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from helpers import data
from helpers._support.blas import one_thread
from helpers.networks import draws
from helpers.networks.network import Network
from helpers.networks.stack import StackedNetwork

CLASSES = 10
GATHER = 2**18  # pixels gathered at a time: 1 MB
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

    def __init__(self, pairs, stop=None, report=None, load=None):
        self._pairs, self._experiment = pairs, pairs[0][0]
        self._stop, self._report, self._load = stop, report, load or data.load
        self.records = [Run.empty(experiment) for experiment, _ in pairs]
        self._done, self._network = 0, None

    def run(self):
        """The records of all runs, as far as they got before `stop` was set."""
        with one_thread(), np.errstate(all="ignore"):
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
                self._data[seed] = Split(self._load(first.dataset, split=seed), first.train_size)
        inputs = self._data[self._pairs[0][1]].train.shape[1]
        self._network = stacked_network(self._pairs, inputs)
        # Runs of one seed alone see the same batches: these are gathered once, for the first of them.
        gathered = self._pairs[:1] if len(self._data) == 1 else self._pairs
        self._batches = [(self._data[seed], self._order(seed)) for _, seed in gathered]

    def _train(self):
        points = self._experiment.evaluation_steps
        for run, (_, seed) in enumerate(self._pairs):
            split, batch = self._data[seed], self._order(seed).take(1)[0]
            network = self._network.network(run)
            loss, _ = network.loss_and_gradients(split.train[batch], split.train_labels[batch])
            self._record(run, 0, loss, network)
        for point, (start, end) in enumerate(pairwise(points), start=1):
            losses = self._steps(end - start) / (end - start)
            for run in range(len(self._pairs)):
                self._record(run, point, losses[run], self._network.network(run))

    def _steps(self, count):
        """Train `count` steps; the sum of the losses (R,)."""
        runs, gathered, size = len(self._pairs), len(self._batches), self._experiment.batch_size
        inputs = self._batches[0][0].train.shape[1]
        ahead = max(1, min(count, GATHER // (gathered * size * inputs)))
        x = np.empty((ahead, gathered, size, inputs), np.float32)
        labels = np.empty((ahead, gathered, size), np.intp)
        # Each step's (runs, size, ...), with one memory for all runs where they share their batches.
        steps_x, steps_labels = (np.broadcast_to(a, (ahead, runs, *a.shape[2:])) for a in (x, labels))
        total = np.zeros(runs)
        begin = time.perf_counter()
        try:
            for start in range(0, count, ahead):
                now = min(ahead, count - start)
                for run, (split, batches) in enumerate(self._batches):
                    for step, order in enumerate(batches.take(now)):
                        np.take(split.train, order, axis=0, out=x[step, run], mode="clip")
                        labels[step, run] = split.train_labels[order]
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
        record.validation_accuracy[point] = self._accuracy(network, split.validation, split.validation_labels)

    def _measure(self):
        for run, (_, seed) in enumerate(self._pairs):
            split, network, record = self._data[seed], self._network.network(run), self.records[run]
            train, labels = split.train[:MEASURED], split.train_labels[:MEASURED]
            train_accuracy = self._accuracy(network, train, labels)
            record.test_accuracy = self._accuracy(network, split.test, split.test_labels)
            record.train_accuracy = train_accuracy

    def _accuracy(self, network, x, labels, chunk=1000):
        right = 0
        for i in range(0, len(x), chunk):
            self._check()
            right += np.count_nonzero(network.predict(x[i : i + chunk]).argmax(axis=1) == labels[i : i + chunk])
        return right / len(x)

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


class Split:
    """A data set as the engine reads it: images flat, float32."""

    def __init__(self, dataset, train_size=None):
        self.train, self.validation, self.test = (
            np.ascontiguousarray(x.reshape(len(x), -1), np.float32)
            for x in (dataset.x_train[:train_size], dataset.x_validation, dataset.x_test)
        )
        self.train_labels, self.validation_labels, self.test_labels = (
            np.asarray(y, np.intp) for y in (dataset.y_train[:train_size], dataset.y_validation, dataset.y_test)
        )


def train_stack(pairs, stop=None, report=None, load=None):
    """The `Run` of each (experiment, seed); `load` gives the images in place of `data.load`."""
    return Stack(pairs, stop, report, load).run()
