"""The capstone's training script with a switch for each of its five faults: what each one alone does.

Lesson 11 shows the script with all five in it, in the same order.
"""

import numpy as np

from helpers._support import validate
from helpers._support.progress import progress_bar
from helpers.tf.quiet import keras
from helpers.tf.sweep import two_at_a_time
from helpers.tf.trainer import Trainer

__all__ = ["FAULTS", "accuracy", "model", "train", "train_each"]

FAULTS = ("missing-training-flag", "after-output", "axis-not-features", "momentum-inverted", "frozen-wrongly")
CONVOLUTIONS = ((16, 2), (32, 1), (32, 1), (32, 2))
"""Feature maps and strides."""
CHUNK = 10
"""Steps in one call of the graph: Stop acts between two calls."""


def model(faults=(), *, seed=0):
    """An untrained keras.Sequential from images (N, 8, 8, 1) to logits (N, 10).

    Parameters
    ----------
    faults : collection of str
        Some of FAULTS. "missing-training-flag" concerns `train`, not the model.
    seed : int, at least 0
        For the initial weights, which do not depend on the faults.

    Raises
    ------
    ValueError
        If a fault is not one of FAULTS.
    """
    faults = _known(faults)
    keras.utils.set_random_seed(seed)
    settings = {
        "axis": 1 if "axis-not-features" in faults else -1,
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


def train(faults, datasets, **settings):
    """Trained networks with these faults, one for each dataset: `train_each` for a single case."""
    return train_each({"": faults}, datasets, progress=False, **settings)[""]


def train_each(cases, datasets, *, steps=300, batch_size=16, learning_rate=1.0, progress=True):
    """{name: trained networks} for {name: faults}, a network for each dataset, with the seeds 0, 1, 2, ...

    Two cases are trained at a time; the training step is traced once for all networks of a case.

    Parameters
    ----------
    cases : dict of str to collection of str
        Some of FAULTS.
    datasets : sequence of helpers.data.Dataset
        Of digits (N, 8, 8); network i is trained on the training part of dataset i.
    steps, batch_size : int
        Plain gradient descent; steps in multiples of 10.
    learning_rate : float
    progress : bool
        Show a progress bar (never if the environment variable BATCHNORM_COURSE_PROGRESS is 0).

    Raises
    ------
    ValueError
        If a fault is not one of FAULTS, or steps is no multiple of 10.
    """
    if steps % CHUNK:
        raise ValueError(f"`steps` must be a multiple of {CHUNK}. {validate.received(steps=steps)} Pass 300, say.")
    # Networks are built here, one after the other: their weights come from one global generator.
    networks = {name: [model(faults, seed=seed) for seed in range(len(datasets))] for name, faults in cases.items()}

    def work(name, stop):
        starts, trained = [network.get_weights() for network in networks[name]], []
        training = "missing-training-flag" not in cases[name]
        trainer = Trainer(networks[name][0], keras.optimizers.SGD, training=training)
        for seed, digits in enumerate(datasets):
            trainer.start(starts[seed], learning_rate)
            rng, count = np.random.default_rng(seed), len(digits.y_train)
            for _ in range(steps // CHUNK):
                if stop.is_set():
                    return
                # As in the lesson's script, which may draw an image again before all others had their turn.
                rows = np.stack([rng.choice(count, batch_size, replace=False) for _ in range(CHUNK)])
                trainer.steps(digits.x_train[rows][..., np.newaxis], digits.y_train[rows])
            trained.append(trainer.get_weights())
        for network, weights in zip(networks[name], trained):
            network.set_weights(weights)
        bar.update()

    with progress_bar(len(cases), "case", progress) as bar:
        two_at_a_time(work, cases)
    return networks


def accuracy(network, digits, *, training=False):
    """The share of the dataset's test images that the network gets right, as one batch in either mode."""
    logits = np.asarray(network(digits.x_test[..., np.newaxis], training=training))
    return float(np.mean(logits.argmax(axis=1) == digits.y_test))


def _known(faults):
    for fault in faults:
        validate.one_of("fault", fault, FAULTS)
    return set(faults)
