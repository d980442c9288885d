"""The capstone's training script with a switch for each of its five faults: what each one alone does.

Lesson 11 shows the script with all five in it, in the same order.
"""

import os

import numpy as np
from tqdm.auto import tqdm

from helpers._support import validate
from helpers.tf.quiet import keras, tf
from helpers.tf.training import seeded

__all__ = ["FAULTS", "accuracy", "model", "train", "train_each"]

FAULTS = ("missing-training-flag", "after-output", "channels-first-ignored", "momentum-inverted", "frozen-wrongly")
CONVOLUTIONS = ((16, 2), (32, 1), (32, 1), (32, 2))
"""Feature maps and strides."""
CHUNK = 10
"""Steps in one call of the graph: Stop acts between two calls."""


def model(faults=(), *, seed=0):
    """An untrained keras.Sequential from images (N, 8, 8, 1) to logits (N, 10).

    Parameters
    ----------
    faults : collection of str
        Some of FAULTS. "missing-training-flag" is no matter of the model, but of `train`.
    seed : int, at least 0
        Of the initial weights, which do not depend on the faults.

    Raises
    ------
    ValueError
        If a fault is not one of FAULTS.
    """
    faults = _known(faults)
    seeded(seed)
    settings = {
        "axis": 1 if "channels-first-ignored" in faults else -1,
        "momentum": 0.1 if "momentum-inverted" in faults else 0.9,
    }
    layers = [keras.Input((8, 8, 1))]
    for filters, strides in CONVOLUTIONS:
        layers.append(keras.layers.Conv2D(filters, 3, strides, padding="same", use_bias=False))
        layers.append(keras.layers.BatchNormalization(**settings))
        layers.append(keras.layers.Activation("relu"))
    layers += [keras.layers.Flatten(), keras.layers.Dense(10)]
    if "after-output" in faults:
        layers.append(keras.layers.BatchNormalization(momentum=settings["momentum"]))
    network = keras.Sequential(layers)
    for layer in network.layers:
        if "frozen-wrongly" in faults and isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return network


def train(faults, datasets, *, steps=300, batch_size=16, learning_rate=1.0):
    """Trained networks, one for each dataset, with the seeds 0, 1, 2, ...

    The training step is traced once for all of them.

    Parameters
    ----------
    faults : collection of str
        Some of FAULTS.
    datasets : sequence of helpers.data.Dataset
        Of digits (N, 8, 8); network i is trained on the training part of dataset i.
    steps, batch_size : int
        Plain gradient descent; steps in multiples of 10.
    learning_rate : float

    Raises
    ------
    ValueError
        If a fault is not one of FAULTS, or steps is no multiple of 10.
    """
    if steps % CHUNK:
        raise ValueError(f"`steps` must be a multiple of {CHUNK}. {validate.received(steps=steps)} Pass 300, say.")
    training = "missing-training-flag" not in _known(faults)
    network = model(faults)
    optimizer = keras.optimizers.SGD(learning_rate)
    optimizer.build(network.trainable_variables)

    @tf.function
    def chunk(x, y):
        for i in tf.range(CHUNK):  # a loop in the graph, not ten copies of the step
            with tf.GradientTape() as tape:
                logits = network(x[i], training=training)
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y[i], logits, from_logits=True))
            optimizer.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)

    trained = []
    for seed, digits in enumerate(datasets):
        network.set_weights(model(faults, seed=seed).get_weights())
        rng, count = np.random.default_rng(seed), len(digits.y_train)
        for _ in range(steps // CHUNK):
            rows = np.stack([rng.choice(count, batch_size, replace=False) for _ in range(CHUNK)])
            chunk(tf.constant(digits.x_train[rows][..., np.newaxis]), tf.constant(digits.y_train[rows]))
        copy = model(faults, seed=seed)
        copy.set_weights(network.get_weights())
        trained.append(copy)
    return trained


def train_each(cases, datasets, *, progress=True, **settings):
    """{name: what `train` gives for its faults} for {name: faults}; `settings` are those of `train`.

    progress : bool
        Show a progress bar (never where the environment variable BATCHNORM_COURSE_PROGRESS is 0).
    """
    quiet = not progress or os.environ.get("BATCHNORM_COURSE_PROGRESS") == "0"
    bar = tqdm(cases.items(), desc="training", unit="case", disable=quiet, leave=False)
    return {name: train(faults, datasets, **settings) for name, faults in bar}


def accuracy(network, digits, *, training=False):
    """The share of the dataset's test images that the network gets right, as one batch in either mode."""
    logits = np.asarray(network(digits.x_test[..., np.newaxis], training=training))
    return float(np.mean(logits.argmax(axis=1) == digits.y_test))


def _known(faults):
    for fault in faults:
        validate.one_of("fault", fault, FAULTS)
    return set(faults)
