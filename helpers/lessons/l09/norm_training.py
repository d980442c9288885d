"""Train networks of one normalization, for all seeds and learning rates at once: lesson 09's batch sizes and groups."""

import threading
from dataclasses import dataclass, field

import numpy as np

from helpers import data
from helpers._support import validate
from helpers._support.blas import one_thread
from helpers._support.parallel import run_in_pairs
from helpers.experiments import Experiment
from helpers.networks import draws
from helpers.networks.norm_stack import NormStack

HIDDEN = (32, 32)
SCALED_FROM = 32
"""Rates are given for batches of this size, and scaled in proportion to the batch."""


@dataclass(frozen=True, eq=False)
class Images:
    """The digits' splits of S seeds, stacked: x (S, 1, N, 64) and labels (S, 1, N) of each part."""

    train: tuple
    validation: tuple
    test: tuple


def images(seeds):
    """The Images of these seeds: seed s has split s."""
    splits = [data.load(split=seed) for seed in seeds]

    def part(name):
        x = np.stack([getattr(d, f"x_{name}") for d in splits])
        return x.reshape(len(splits), 1, x.shape[1], -1), np.stack([getattr(d, f"y_{name}") for d in splits])[:, None]

    return Images(part("train"), part("validation"), part("test"))


@dataclass(frozen=True, eq=False)
class Trained:
    """S seeds by Q rates, trained with one normalization and one batch size; accuracies in inference mode, (S, Q).

    validation, test
        With the moving statistics; an output that is not finite counts as wrong.
    exact_validation, exact_test
        With exact statistics of the training images instead; the same where nothing is remembered.
    """

    rates: tuple
    validation: np.ndarray
    test: np.ndarray
    exact_validation: np.ndarray
    exact_test: np.ndarray
    stack: NormStack = field(repr=False)

    def at_best(self, *, exact=False):
        """Test accuracies (S,) at the rate whose validation accuracy, the median over seeds, is best."""
        validation = self.exact_validation if exact else self.validation
        chosen = np.argmax(np.median(validation, axis=0))
        return (self.exact_test if exact else self.test)[:, chosen]


def initial(seeds, rates, *, kind="batch", size=None, hidden=HIDDEN, momentum=0.99, epsilon=1e-3):
    """An untrained NormStack: He weights, those of `helpers.experiments` for these seeds, equal at all rates."""
    experiment = Experiment(batch_norm=True, activation="relu", hidden=hidden, init_scale="he")
    drawn = zip(*[draws.initial_kernels(experiment, seed, 64, 10) for seed in seeds])
    kernels = [np.repeat(np.stack(layer)[:, None], len(rates), axis=1) for layer in drawn]
    return NormStack(kernels, kind, size, momentum=momentum, epsilon=epsilon)


def batches(seeds, count, batch_size, steps):
    """For each step which of `count` images each seed sees: (steps, S, batch_size), the order of the experiments."""
    return np.stack([draws.Batches(seed, count, batch_size).take(steps) for seed in seeds], axis=1)


def take(order, x, labels):
    """For each step the batch (S, 1, batch size, inputs) and its labels, out of x (S, 1, N, inputs), labels (S, 1, N).

    Parameters
    ----------
    order : (steps, S, batch size) int
        As `batches` gives it.
    """
    seeds = np.arange(len(x))[:, None]
    for chosen in order:
        yield x[seeds, 0, chosen][:, None], labels[seeds, 0, chosen][:, None]


def follow(stack, order, x, labels, rates, *, stop=None, **settings):
    """Train a NormStack on x (S, 1, N, inputs), labels (S, 1, N), in the given order (steps, S, batch size).

    Until the threading.Event `stop` is set, if there is one.
    """
    with np.errstate(all="ignore"):  # a rate that is too high is counted as a failure, not warned of
        for batch in take(order, x, labels):
            if stop is not None and stop.is_set():
                break
            stack.step(*batch, rates, **settings)
    return stack


def train(kind, batch_size, *, size=None, rates=(0.1,), seeds=10, seen=5000, hidden=HIDDEN, momentum=0.99, stop=None):
    """Train with one normalization and one batch size, on `seen` images in all, and return the Trained.

    Whatever the batch size, as many images are seen, in seen / batch_size steps; a rate is that of batches of 32, and
    others get rate * batch_size / 32 (the linear scaling rule, Goyal et al. 2017). A seed decides the initial weights,
    the split and the order of images; neither depends on the kind.

    Parameters
    ----------
    kind, size
        As for `helpers.networks.normalizations.normalize`.
    batch_size : int
    rates : sequence of float
    seeds : int or sequence of int
        n means 0 to n - 1.
    seen : int
        At least batch_size.
    hidden, momentum
        As for Experiment.
    stop : threading.Event or None
        Ends the training once it is set; the Trained is then that of the steps done.
    """
    batch_size = validate.integer("batch_size", batch_size, low=1, advice="Pass a number of images, such as 32.")
    seen = validate.integer("seen", seen, low=batch_size, advice="Pass how many images are seen in all, such as 5000.")
    seeds = validate.seeds(seeds)
    digits = images(seeds)
    stack = initial(seeds, rates, kind=kind, size=size, hidden=hidden, momentum=momentum)
    order = batches(seeds, digits.train[0].shape[2], batch_size, seen // batch_size)
    scaled = np.asarray(rates, float) * batch_size / SCALED_FROM
    return measure(follow(stack, order, *digits.train, scaled, stop=stop), digits, rates)


def measure(stack, digits, rates):
    """The Trained of a stack that has been trained at these rates on the images `digits`."""
    exact = stack.copy()
    with np.errstate(all="ignore"):
        exact.calibrate(digits.train[0])
        parts = [networks.accuracy(*part) for networks in (stack, exact) for part in (digits.validation, digits.test)]
    return Trained(tuple(rates), *parts, stack)


def sweep(settings, **shared):
    """{key: Trained} for {key: settings of `train`}, two at a time; `shared` are settings of all.

    Ctrl-C ends all of them, and is a KeyboardInterrupt.

    Examples
    --------
    >>> found = sweep({1: {"kind": "layer", "batch_size": 1}}, seeds=1, seen=1)
    >>> found[1].test.shape
    (1, 1)
    """
    # The longest trainings, those with the smallest batches, go first: the last one waits for nothing.
    keys = sorted(settings, key=lambda key: settings[key]["batch_size"])
    stop = threading.Event()
    with one_thread():
        trained = run_in_pairs(lambda key: train(**settings[key], **shared, stop=stop), keys, stop)
    found = dict(zip(keys, trained))
    return {key: found[key] for key in settings}
