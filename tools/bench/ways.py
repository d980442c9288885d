"""Ways to train the published network, each a function that trains some steps and returns how many."""

from contextlib import contextmanager
from itertools import pairwise
from unittest import mock

import numpy as np

from bench import measure
from helpers import data
from helpers.experiments import Experiment, sweep

BATCH = 60
HIDDEN = (100, 100, 100)
CLASSES = 10


def images(side, count, seed=0):
    """A Dataset of random images: speed does not depend on what they show."""
    rng = np.random.default_rng(seed)
    x, y = rng.random((count, side, side), dtype=np.float32), rng.integers(0, CLASSES, count)
    few = x[:BATCH], y[:BATCH]
    return data.Dataset("digits" if side == 8 else "mnist", (side, side), x, y, *few, *few)


def operations(inputs, hidden=HIDDEN, batch=BATCH):
    """Floating-point operations of the products of one training step: forward, and twice backward but for the input.

    Examples
    --------
    >>> round(operations(784) / 1e6, 1), round(operations(64) / 1e6, 1)
    (26.4, 9.1)
    """
    sizes = (inputs, *hidden, CLASSES)
    products = [a * b for a, b in pairwise(sizes)]
    return 2.0 * batch * (3 * sum(products) - products[0])


@contextmanager
def engine_reads(dataset):
    """The engine trains on this Dataset, whatever the split."""
    with mock.patch.object(data, "load", return_value=dataset):
        yield


def engine(dataset, seeds, steps, *, learning_rates=1, batch_norm=True, hidden=HIDDEN):
    """helpers.experiments: a sweep of so many learning rates and seeds, preparation and evaluation included."""
    settings = {"hidden": hidden, "dataset": dataset.name, "batch_size": BATCH, "steps": steps, "evaluations": 1}
    experiments = [
        Experiment(batch_norm, "relu", learning_rate=0.01 * (1 + number), **settings)
        for number in range(learning_rates)
    ]

    def way():
        with engine_reads(dataset):
            results = sweep(experiments, seeds=seeds, progress=False)
        return int(sum(result.steps_done.sum() for result in results.values()))

    return way


def engine_of(steps, dataset, seeds=1, **settings):
    """The same, called with the number of steps: for `measure.sized`."""
    return engine(dataset, seeds, steps, **settings)()


def keras_model(dataset, jit=False):
    """The published network as a compiled Keras model."""
    from helpers.lessons.l03.tf_dense import dense_network
    from helpers.tf.quiet import keras

    model = dense_network(HIDDEN, image_shape=dataset.image_shape)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01), loss, jit_compile=jit)
    return model


def fit(dataset, steps, jit=False):
    """Keras `fit`, one epoch of so many steps."""
    model = keras_model(dataset, jit)
    x, y = dataset.x_train[: steps * BATCH], dataset.y_train[: steps * BATCH]

    def way():
        model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)
        return len(x) // BATCH

    return way


def compiled_loop(dataset, steps, loops=1):
    """A loop over all steps compiled by XLA (helpers.tf.xla_trainer); several on a Python thread each."""
    from helpers.lessons.l03.tf_dense import dense_network
    from helpers.tf.xla_trainer import XlaTrainer

    network = dense_network(HIDDEN, image_shape=dataset.image_shape)
    steps = min(steps, len(dataset.x_train) // BATCH)
    order = np.random.default_rng(0).permutation(steps * BATCH).reshape(steps, BATCH)
    x, y = dataset.x_train[order], dataset.y_train[order]

    def train():
        trainer = XlaTrainer(network)
        trainer.start(network.get_weights(), 0.01)
        trainer.steps(x, y)

    def way():
        measure.side_by_side(lambda _: train(), range(loops))
        return steps * loops

    return way
