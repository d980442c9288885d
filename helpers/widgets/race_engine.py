"""A race of two networks, one with batch normalization and one without, taken in small slices."""

import time
from dataclasses import replace

import numpy as np

from helpers import data
from helpers.experiments.stack import stacked_network
from helpers.networks import draws

AHEAD = 20  # batches that are drawn and gathered at a time


class Side:
    """One network of a race: how far it is, and how good.

    Attributes
    ----------
    steps, accuracies : lists
        The validation accuracy (moving statistics) after each of these steps.
    step : int
        How many steps are done.
    diverged_at : int or None
        The step whose loss was no finite number; no further step is taken.
    """

    def __init__(self, experiment, split, seed):
        self.experiment, self._split = experiment, split
        self._network = stacked_network([(experiment, seed)], split.images.shape[1])
        self._batches = draws.Batches(seed, len(split.train), experiment.batch_size)
        self._ready = []
        self.step, self.seconds, self.diverged_at = 0, 0.0, None
        self.steps, self.accuracies = [], []
        self.evaluate()

    @property
    def steps_per_second(self):
        """Training steps alone; 0 before the first one."""
        return self.step / self.seconds if self.seconds else 0.0

    @property
    def over(self):
        return self.diverged_at is not None or self.step >= self.experiment.steps

    def train(self, steps):
        """Take `steps` steps, or fewer where the race ends or the loss is no longer finite."""
        begin = time.perf_counter()
        with np.errstate(all="ignore"):
            for _ in range(min(steps, self.experiment.steps - self.step)):
                x, labels = self._batch()
                loss = self._network.step(x, labels)
                self.step += 1
                if not np.isfinite(loss[0]):
                    self.diverged_at = self.step
                    break
        self.seconds += time.perf_counter() - begin

    def evaluate(self):
        """Note the validation accuracy at this step."""
        places = self._split.validation
        accuracy = self.network().accuracy(self._split.pixels(places), self._split.labels[places])
        self.steps.append(self.step)
        self.accuracies.append(accuracy)

    def network(self):
        """The network as it is now; it follows the training."""
        return self._network.network(0)

    def _batch(self):
        if not self._ready:
            order = self._split.train[self._batches.take(AHEAD)]
            self._ready = [(self._split.pixels(i)[np.newaxis], self._split.labels[i][np.newaxis]) for i in order]
            self._ready.reverse()
        return self._ready.pop()


class Race:
    """Two networks from the same kernels, on the same batches, of which one has batch normalization.

    Parameters
    ----------
    experiment : helpers.experiments.Experiment
        Of one of the two; the other differs in `batch_norm` only.
    seed : int

    Raises
    ------
    ValueError
        If a batch holds more images than the training set.

    Examples
    --------
    >>> from helpers.experiments import Experiment
    >>> race = Race(Experiment(batch_norm=True, activation="relu", steps=3))
    >>> race.advance(3)
    >>> race.over, [side.step for side in race.sides.values()]
    (True, [3, 3])
    """

    def __init__(self, experiment, seed=0):
        split = data.divide(experiment.dataset, split=seed)
        if experiment.batch_size > len(split.train):
            raise ValueError(
                f"`batch_size` must be at most the number of training images, {len(split.train)}. "
                f"Received: batch_size={experiment.batch_size}. Choose a smaller batch."
            )
        self.experiment = experiment
        self.sides = {side: Side(replace(experiment, batch_norm=side), split, seed) for side in (True, False)}

    @property
    def over(self):
        return all(side.over for side in self.sides.values())

    @property
    def step(self):
        """How far the race is: the step of the side that is further."""
        return max(side.step for side in self.sides.values())

    def advance(self, steps):
        """Let both take `steps` steps, and measure how good each is then."""
        for side in self.sides.values():
            if not side.over:
                side.train(steps)
                side.evaluate()
