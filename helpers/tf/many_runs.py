"""Train one kind of network many times, for many seeds and rates: compiled once, two trainings at a time.

The machinery is in `helpers.tf.machine`. Operations of TensorFlow may use all threads here: with one thread for
operations, two Python threads would take turns (measured with TensorFlow 2.21).
"""

import os
import threading
import time
from dataclasses import dataclass, field

import numpy as np
from tqdm.auto import tqdm

from helpers import data
from helpers._support import validate
from helpers._support.parallel import run_in_pairs
from helpers.tf.machine import give, machine, taken
from helpers.tf.training import built


@dataclass(frozen=True, eq=False)
class Runs:
    """What S trainings of one kind of network at one rate measured, at K points.

    seeds : tuple of int
    epoch : (K,) int
        Epochs done at these points.
    validation_accuracy : (S, K)
        In inference mode; NaN from where a training was stopped.
    test_accuracy : (S,)
        At the end, in inference mode; NaN where a training was stopped.
    seconds : float
        Of the whole call that trained them, which may have trained others beside.
    """

    seeds: tuple
    epoch: np.ndarray
    validation_accuracy: np.ndarray
    test_accuracy: np.ndarray
    seconds: float
    _build: object = field(repr=False)
    _weights: dict = field(repr=False)

    def network(self, seed):
        """The trained network of this seed; KeyError if its training was not finished."""
        network = self._build()
        give(network, self._weights[seed])
        return network


def train(
    builds,
    *,
    rates=(0.1,),
    seeds=10,
    epochs=20,
    batch_size=60,
    evaluations=5,
    load=lambda seed: data.load(split=seed),
    progress=True,
):
    """Train each kind of network at each rate for each seed by plain gradient descent; {(name, rate): Runs}.

    A seed decides the initial weights, the split of the images and the order of the batches: kinds that draw their
    weights in the same order start and train alike, and rates differ in nothing else.

    Parameters
    ----------
    builds : mapping of str to function
        `build()` -> an untrained network, such as a `row_reader` of lesson 07; all take the same inputs.
    rates : sequence of float
    seeds : int or sequence of int
        n means 0 to n - 1.
    epochs, batch_size : int
        What is left of an epoch after its last whole batch is not used.
    evaluations : int
        How often the validation accuracy is measured, at equal distances; a divisor of `epochs`.
    load : function
        `load(seed)` -> helpers.data.Dataset; the default is the digits' split of that number.
    progress : bool
        Show a progress bar (never where the environment variable BATCHNORM_COURSE_PROGRESS is 0).

    Returns
    -------
    dict of (name, rate) to Runs
        On Ctrl-C what is done; the rest is NaN.

    Raises
    ------
    TypeError, ValueError
        If a number is no integer of at least 1, or `evaluations` does not divide `epochs`.
    """
    for name, value in (("epochs", epochs), ("batch_size", batch_size), ("evaluations", evaluations)):
        validate.integer(name, value, low=1, advice="Pass a number such as 20.")
    if epochs % evaluations:
        raise ValueError(
            f"`evaluations` must divide `epochs`, {epochs}. {validate.received(evaluations=evaluations)} "
            "Pass a divisor."
        )
    seeds = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    quiet = not progress or os.environ.get("BATCHNORM_COURSE_PROGRESS") == "0"
    keys, every = [(name, rate) for name in builds for rate in rates], epochs // evaluations
    begin, stop = time.perf_counter(), threading.Event()
    validation = {key: np.full((len(seeds), evaluations), np.nan) for key in keys}
    test, weights = {key: np.full(len(seeds), np.nan) for key in keys}, {key: {} for key in keys}
    bar = tqdm(total=len(keys) * len(seeds) * epochs, unit="epoch", desc="training", disable=quiet, leave=False)

    def work(job):
        key, row = job
        (name, rate), seed = key, seeds[row]
        digits, compiled, state = digits_of[seed], machines[name], starts[name, seed]
        for epoch, order in enumerate(orders(seed, len(digits.y_train), epochs, batch_size)):
            if stop.is_set():
                return
            state = compiled.epoch(state, digits.x_train, digits.y_train, order, rate)
            if (epoch + 1) % every == 0:
                accuracy = compiled.accuracy(state, digits.x_validation, digits.y_validation)
                validation[key][row, epoch // every] = accuracy
            bar.update()
        test[key][row] = compiled.accuracy(state, digits.x_test, digits.y_test)
        weights[key][seed] = [[value.numpy() for value in part] for part in state]

    try:
        # Networks are built here, one after the other: their weights come from one global generator.
        networks = {(name, seed): built(build, seed) for name, build in builds.items() for seed in seeds}
        starts = {key: taken(network) for key, network in networks.items()}
        machines, digits_of = {name: machine(networks[name, seeds[0]]) for name in builds}, {s: load(s) for s in seeds}
        # Kinds change fastest: all are compiled before any is trained again.
        run_in_pairs(
            work, [((name, rate), row) for rate in rates for row in range(len(seeds)) for name in builds], stop
        )
    except KeyboardInterrupt:
        pass  # what is done is in the results
    finally:
        bar.close()
    seconds, epoch = time.perf_counter() - begin, every * np.arange(1, evaluations + 1)
    return {k: Runs(seeds, epoch, validation[k], test[k], seconds, builds[k[0]], weights[k]) for k in keys}


def orders(seed, count, epochs, batch_size):
    """For each epoch which images each batch holds: (whole batches, batch size)."""
    rng, batches = np.random.default_rng(seed), count // batch_size
    for _ in range(epochs):
        yield rng.permutation(count)[: batches * batch_size].reshape(batches, batch_size).astype(np.int32)
