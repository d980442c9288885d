"""Train kinds of network that differ in their seed or their learning rate: compiled once, two trainings at a time.

Small networks are too little work for two threads. With two trainings at a time both cores are busy, and neither waits
for the other. Convolutions need `one_thread_each` for that, before anything else of TensorFlow.
"""

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, product

import numpy as np

from helpers import data
from helpers._support import validate
from helpers._support.parallel import AT_ONCE, run_in_pairs
from helpers._support.progress import progress_bar
from helpers.experiments import arguments
from helpers.tf.quiet import keras, tf
from helpers.tf.trainer import Trainer, softmax_loss
from helpers.tf.xla_trainer import XlaTrainer


def one_thread_each():
    """Let each operation of TensorFlow run on one thread; no effect once TensorFlow has started."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(AT_ONCE)
    except RuntimeError:  # TensorFlow has started already: slower, with the same results
        pass


@dataclass(frozen=True, eq=False, kw_only=True)
class Trained:
    """Networks of one kind, one for each of S seeds, and how to rebuild them.

    seeds : tuple of int
    step : (K,) int
        Steps done at each point of measurement.
    build : function
        What made the networks.
    weights : dict
        For each seed whose training was finished, the weights at its end.
    """

    seeds: tuple
    step: np.ndarray
    build: Callable = field(repr=False)
    weights: dict = field(repr=False, default_factory=dict)

    def network(self, seed):
        """The trained network of a seed, a copy.

        Raises
        ------
        ValueError
            If the seed is not one of `seeds`, or its training was stopped.
        """
        network = self._rebuild()
        network.set_weights(self.weights_of(seed))
        return network

    def weights_of(self, seed):
        """The final weights of a seed, or a ValueError that says why there are none."""
        if seed not in self.seeds:
            raise ValueError(
                f"`seed` must be one of {list(self.seeds)}. {validate.received(seed=seed)} Choose one that was trained."
            )
        if seed not in self.weights:
            raise ValueError(
                f"`seed` must be one whose training was finished. {validate.received(seed=seed)} "
                "The training was stopped before: train again."
            )
        return self.weights[seed]

    def _rebuild(self):
        return self.build()


@dataclass(frozen=True, eq=False, kw_only=True)
class Result(Trained):
    """What S trainings of one kind of network measured, at K points; NaN from where a training was stopped.

    It is read like `helpers.experiments.Result`.

    train_loss : (S, K)
        Mean training loss since the last point, in training mode.
    validation_accuracy : (S, K)
        In inference mode.
    test_accuracy : (S,)
        At the end, in inference mode.
    seconds : (S,)
        For the training of each seed, evaluation included, while another one ran beside it.
    """

    train_loss: np.ndarray
    validation_accuracy: np.ndarray
    test_accuracy: np.ndarray
    seconds: np.ndarray


def train(builds, *, learning_rate=0.002, **settings):
    """Train each kind of network for each seed; {name: Result}. It is `sweep` with one learning rate."""
    return {name: result for (name, _), result in sweep(builds, learning_rates=[learning_rate], **settings).items()}


def sweep(
    builds,
    *,
    learning_rates,
    seeds=3,
    steps=800,
    batch_size=64,
    optimizer=keras.optimizers.Adam,
    loss=softmax_loss,
    xla=False,
    evaluations=16,
    load=lambda seed: data.load(split=seed),
    progress=True,
):
    """Train each kind of network at each learning rate for each seed; {(name, rate): Result}.

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
    steps, batch_size : int
        All batches have one size: where the images end, the next ones begin, in another order.
    optimizer : class
    loss : function
        See `helpers.tf.trainer.Trainer`.
    xla : bool
        Compile 21 steps of plain gradient descent at once instead; `optimizer` and `loss` are not used then. For small
        recurrent networks: see `helpers.tf.xla_trainer`.
    evaluations : int
        How often the validation accuracy is measured, at equal distances; a divisor of `steps`.
    load : function
        `load(seed)` -> helpers.data.Dataset; the default is the digits' split of that number.
    progress : bool
        Show a progress bar (never if the environment variable BATCHNORM_COURSE_PROGRESS is 0).

    Returns
    -------
    dict of (name, rate) to Result
        On Ctrl-C, what is done.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer of at least 1, or `evaluations` does not divide `steps`.
    """
    seeds = arguments.seeds(seeds)
    points = measured_steps("steps", steps, "evaluations", evaluations)
    validate.integer("batch_size", batch_size, low=1, advice="Pass a number such as 64.")
    results = {
        (name, rate): Result(
            seeds=seeds,
            step=points,
            build=builds[name],
            train_loss=np.full((len(seeds), evaluations), np.nan),
            validation_accuracy=np.full((len(seeds), evaluations), np.nan),
            test_accuracy=np.full(len(seeds), np.nan),
            seconds=np.full(len(seeds), np.nan),
        )
        for name, rate in product(builds, learning_rates)
    }
    bar = progress_bar(len(results) * len(seeds) * steps, "step", progress)

    def work(_, stop):
        """Train what is left, until nothing is."""
        while not stop.is_set() and (job := queue.take()):
            name, rate, row, trainer = job
            run(trainer, results[name, rate], row, starts[name][row], rate, stop)
            queue.give_back(name, trainer)

    def run(trainer, result, row, start, rate, stop):
        images, begin = splits[seeds[row]], time.perf_counter()
        trainer.start(start, rate)
        batches = batch_rows(np.random.default_rng(seeds[row]), len(images.y_train), batch_size)
        for point in range(evaluations):
            part, losses = np.array(list(islice(batches, steps // evaluations))), []
            for rows in np.array_split(part, -(-len(part) // trainer.STEPS_AT_ONCE)):
                if stop.is_set():
                    return
                losses += trainer.steps(images.x_train[rows], images.y_train[rows]).tolist()
                bar.update(len(rows))
            result.train_loss[row, point] = np.mean(losses)
            result.validation_accuracy[row, point] = trainer.accuracy(images.x_validation, images.y_validation)
        result.test_accuracy[row] = trainer.accuracy(images.x_test, images.y_test)
        result.weights[seeds[row]] = trainer.get_weights()
        result.seconds[row] = time.perf_counter() - begin

    def make(name):
        network = (networks[name] or [builds[name]()]).pop()
        return XlaTrainer(network) if xla else Trainer(network, optimizer, loss)

    with until_ctrl_c(bar):
        # Networks are built here, one after the other: their weights come from one global generator.
        networks = {name: [build_with_seed(build, seed) for seed in seeds] for name, build in builds.items()}
        starts = {name: [network.get_weights() for network in made] for name, made in networks.items()}
        splits = {seed: load(seed) for seed in seeds}
        jobs = [(name, rate, row) for rate in learning_rates for row in range(len(seeds)) for name in builds]
        queue = Queue(jobs, make)  # kinds change fastest: all are compiled before any is trained again
        two_at_a_time(work, range(AT_ONCE))
    return results


class Queue:
    """What is left to train, handed out so that few trainers have to be made: each of them is traced separately."""

    def __init__(self, jobs, make):
        self.jobs, self.make, self.lock = list(jobs), make, threading.Lock()
        self.free, self.made = {name: [] for name, *_ in jobs}, set()

    def take(self):
        """(name, rate, row, trainer), or None. The first job whose trainers are not all busy, else the first one."""
        with self.lock:
            if not self.jobs:
                return None
            job = min(self.jobs, key=lambda job: job[0] in self.made and not self.free[job[0]])
            self.jobs.remove(job)
            self.made.add(job[0])
            return *job, self.free[job[0]].pop() if self.free[job[0]] else self.make(job[0])

    def add(self, name, trainers):
        """Trainers that are there already."""
        self.free[name].extend(trainers)

    def give_back(self, name, trainer):
        with self.lock:
            self.free[name].append(trainer)


def build_with_seed(build, seed):
    """What `build()` makes, such as a network, its weights drawn from `seed`."""
    keras.utils.set_random_seed(seed)
    return build()


def measured_steps(name, steps, divisor_name, divisor):
    """The steps (K,) after which K equally distant measurements fall, with both numbers checked."""
    for each_name, value in ((name, steps), (divisor_name, divisor)):
        validate.integer(each_name, value, low=1, advice="Pass a number such as 16.")
    if steps % divisor:
        raise ValueError(
            f"`{divisor_name}` must divide `{name}`, {steps}. {validate.received(**{divisor_name: divisor})} "
            "Pass a divisor."
        )
    return steps // divisor * np.arange(1, divisor + 1)


def batch_rows(rng, count, batch_size):
    """Which of `count` images each batch holds, batch after batch without end: all once before one comes again."""
    rows = np.empty(0, int)
    while True:
        while len(rows) < batch_size:
            rows = np.concatenate([rows, rng.permutation(count)])
        yield rows[:batch_size]
        rows = rows[batch_size:]


@contextmanager
def until_ctrl_c(bar):
    """Ctrl-C ends the block and nothing else: what is done is in the results. The bar is closed in any case."""
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        bar.close()


def two_at_a_time(work, items):
    """Call `work(item, stop)` for each item on two threads; it returns early when `stop`, an Event, is set."""
    stop = threading.Event()
    run_in_pairs(lambda item: work(item, stop), items, stop)
