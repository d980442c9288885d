"""Train kinds of network that differ in their seed or their learning rate, two at a time, each on a thread of its own.

For networks that are costly. Small convolutions are too little work for two threads: with one thread an operation and
two trainings at a time both cores are busy, and neither waits for the other. Call `one_thread_each` before anything
else of TensorFlow.
"""

import os
import threading
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from tqdm.auto import tqdm

from helpers import data
from helpers._support import validate
from helpers._support.parallel import AT_ONCE, run_in_pairs
from helpers.tf.quiet import keras, tf
from helpers.tf.trainer import Trainer, softmax_loss
from helpers.tf.training import built

STEPS_AT_ONCE = 5


def one_thread_each():
    """Let each operation of TensorFlow run on one thread; without effect once TensorFlow has started."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(AT_ONCE)
    except RuntimeError:  # it has started, and cannot be changed any more: slower, and just as right
        pass


@dataclass(frozen=True, eq=False)
class Trained:
    """What S trainings of one kind of network measured, at K points; NaN from where a training was stopped.

    step : (K,) int
        Batches seen.
    loss : (S, K)
        Mean training loss since the last point, in training mode.
    validation_accuracy : (S, K)
        In inference mode.
    test_accuracy : (S,)
        At the end, in inference mode.
    seeds : tuple of int
    build : function
        What made the networks.
    weights : dict
        Of each seed whose training was finished, the weights at its end.
    """

    step: np.ndarray
    loss: np.ndarray
    validation_accuracy: np.ndarray
    test_accuracy: np.ndarray
    seeds: tuple
    build: object = field(repr=False)
    weights: dict = field(repr=False)

    def network(self, seed):
        """The trained network of this seed; KeyError if its training was not finished."""
        network = self.build()
        network.set_weights(self.weights[seed])
        return network


def train(builds, *, learning_rate=0.002, **settings):
    """Train each kind of network for each seed; {name: Trained}. It is `sweep` with one learning rate."""
    return {name: trained for (name, _), trained in sweep(builds, learning_rates=[learning_rate], **settings).items()}


def sweep(
    builds,
    *,
    learning_rates,
    seeds=3,
    batches=800,
    batch_size=64,
    optimizer=keras.optimizers.Adam,
    loss=softmax_loss,
    evaluations=16,
    dataset="digits",
    progress=True,
):
    """Train each kind of network at each learning rate for each seed; {(name, rate): Trained}.

    A seed decides the initial weights, the split of the images and the order of the batches. Two kinds of network that
    draw their weights in the same order start alike and see the same batches. Kinds are trained side by side: two of
    them keep two cores busy, and each is traced once.

    Parameters
    ----------
    builds : mapping of str to function
        `build()` -> a network, such as `helpers.lessons.l06.tf_conv.conv_network`; see `helpers.tf.trainer.Trainer`.
    learning_rates : sequence of float
    seeds : int or sequence of int
        n means 0 to n - 1.
    batches, batch_size : int
        All batches are of one size: where the images end, the next ones begin, in another order.
    optimizer : class
    loss : function
        See `helpers.tf.trainer.Trainer`.
    evaluations : int
        How often the validation accuracy is measured, at equal distances; a divisor of `batches`.
    dataset : "digits" or "mnist"
    progress : bool
        Show a progress bar (never where the environment variable BATCHNORM_COURSE_PROGRESS is 0).

    Returns
    -------
    dict of (name, rate) to Trained
        On Ctrl-C what is done.

    Raises
    ------
    TypeError, ValueError
        If a number is no integer of at least 1, or `evaluations` does not divide `batches`.
    """
    for name, value in (("batches", batches), ("batch_size", batch_size), ("evaluations", evaluations)):
        validate.integer(name, value, low=1, advice="Pass a number such as 16.")
    if batches % evaluations:
        raise ValueError(
            f"`evaluations` must divide `batches`, {batches}. {validate.received(evaluations=evaluations)} "
            "Pass a divisor."
        )
    seeds = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    stop, shape = threading.Event(), (len(seeds), evaluations)
    steps = batches // evaluations * np.arange(1, evaluations + 1)
    results = {
        (name, rate): Trained(steps, *np.full((2, *shape), np.nan), np.full(shape[0], np.nan), seeds, builds[name], {})
        for name, rate in product(builds, learning_rates)
    }
    quiet = not progress or os.environ.get("BATCHNORM_COURSE_PROGRESS") == "0"
    bar = tqdm(total=len(results) * len(seeds) * batches, unit="batch", desc="training", disable=quiet, leave=False)

    def work(_):
        """Train what is left, until nothing is."""
        while job := queue.take():
            name, rate, row, trainer = job
            run(trainer, results[name, rate], row, starts[name][row], rate)
            queue.give_back(name, trainer)

    def run(trainer, result, row, start, rate):
        digits = data.load(dataset, split=seeds[row])
        trainer.start(start, rate)
        order = _order(seeds[row], len(digits.y_train), batches, batch_size).reshape(evaluations, -1, batch_size)
        for point, part in enumerate(order):
            losses = []
            for rows in np.array_split(part, -(-len(part) // STEPS_AT_ONCE)):
                if stop.is_set():
                    return
                losses += trainer.steps(digits.x_train[rows], digits.y_train[rows]).tolist()
            bar.update(len(part))
            result.loss[row, point] = np.mean(losses)
            result.validation_accuracy[row, point] = trainer.accuracy(digits.x_validation, digits.y_validation)
        result.test_accuracy[row] = trainer.accuracy(digits.x_test, digits.y_test)
        result.weights[seeds[row]] = trainer.network.get_weights()

    try:
        # Networks are built here, one after the other: their weights come from one global generator.
        networks = {name: [built(build, seed) for seed in seeds] for name, build in builds.items()}
        starts = {name: [network.get_weights() for network in of_kind] for name, of_kind in networks.items()}
        jobs = [(name, rate, row) for rate in learning_rates for row in range(len(seeds)) for name in builds]
        queue = _Queue(jobs, lambda name: Trainer((networks[name] or [builds[name]()]).pop(), optimizer, loss), stop)
        run_in_pairs(work, range(min(AT_ONCE, len(jobs))), stop)
    except KeyboardInterrupt:
        pass  # what is done is in the results
    finally:
        bar.close()
    return results


class _Queue:
    """What is left to train, handed out so that few trainers have to be made: each of them is traced for itself."""

    def __init__(self, jobs, make, stop):
        self.jobs, self.make, self.stop = list(jobs), make, stop
        self.free = {name: [] for name, *_ in jobs}
        self.made, self.lock = set(), threading.Lock()

    def take(self):
        """(name, rate, row, trainer), or None. The first job whose trainers are not all busy, else the first one."""
        with self.lock:
            if self.stop.is_set() or not self.jobs:
                return None
            job = min(self.jobs, key=lambda job: job[0] in self.made and not self.free[job[0]])
            self.jobs.remove(job)
            self.made.add(job[0])
            return *job, self.free[job[0]].pop() if self.free[job[0]] else self.make(job[0])

    def give_back(self, name, trainer):
        with self.lock:
            self.free[name].append(trainer)


def _order(seed, count, batches, batch_size):
    """Which images each batch holds: (batches, batch_size), all images once before one comes again."""
    rng, needed = np.random.default_rng(seed), batches * batch_size
    rounds = [rng.permutation(count) for _ in range(-(-needed // count))]
    return np.concatenate(rounds)[:needed].reshape(batches, batch_size)
