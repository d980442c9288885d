"""Trained networks without their code: what they answer, what they remember, and how their training went.

Lesson 11 has them examined. Which faults a patient has is drawn by its seed, so a class need not share one answer.
"""

import numpy as np

from helpers.checks.l11 import tf_capstone
from helpers.tf.quiet import keras
from helpers.tf.trainer import Trainer

__all__ = ["Patient", "admit", "copy", "draw", "train"]

CHUNK, STEPS, RATE = 10, 100, 0.1
SETS = (
    (),
    (),
    *((fault,) for fault in tf_capstone.FAULTS),
    ("missing-training-flag", "after-output"),
    ("missing-training-flag", "momentum-inverted"),
    ("axis-not-features", "momentum-inverted"),
    ("after-output", "momentum-inverted"),
)
"""What a patient may have. A frozen layer runs in inference mode; it hides momentum and the mode of the training."""


class Patient:
    """A trained network that shows no code: `predict`, `memory`, `batch_statistics` and `history`.

    Attributes
    ----------
    history : dict
        "loss" (steps,) of the training batches, and "moving_mean" (steps / 10, C), the first normalization's memory
        after every tenth step.
    """

    def __init__(self, network, history):
        self.__network, self.history = network, history
        self.__norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
        self.__inputs = keras.Model(network.inputs[0], [norm.input for norm in self.__norms])

    def predict(self, images, training=False):
        """Logits (N, 10) for images (N, 8, 8). In training mode the call writes to the memory, as any model's does."""
        return np.asarray(self.__network(np.asarray(images)[..., np.newaxis], training=training))

    def memory(self):
        """[(moving mean, moving variance)] of the normalizations, in order."""
        return [(norm.moving_mean.numpy(), norm.moving_variance.numpy()) for norm in self.__norms]

    def batch_statistics(self, images):
        """[(mean, variance)] of each feature that arrives at the normalizations, over these images."""
        arriving = self.__inputs(np.asarray(images)[..., np.newaxis], training=False)
        arriving = [np.asarray(x).reshape(-1, x.shape[-1]) for x in (arriving if len(self.__norms) > 1 else [arriving])]
        return [(x.mean(axis=0), x.var(axis=0)) for x in arriving]


def draw(seed):
    """The faults of the patient with this seed, a set of slugs; one in six, on average, is healthy (an empty set)."""
    return set(SETS[np.random.default_rng(seed).integers(len(SETS))])


def admit(seed, digits):
    """The Patient with this seed, trained on the digits (helpers.data.Dataset) with the faults that `draw` gives."""
    return Patient(*train(seed, digits, draw(seed)))


def train(seed, digits, faults):
    """A trained network with these faults, and the history of its training."""
    network = tf_capstone.model(faults, seed=seed)
    trainer = Trainer(network, keras.optimizers.SGD, training="missing-training-flag" not in faults)
    trainer.start(network.get_weights(), RATE)
    rng, first = np.random.default_rng(seed), network.layers[1].moving_mean
    history = {"loss": [], "moving_mean": []}
    for _ in range(STEPS // CHUNK):
        rows = np.stack([rng.choice(len(digits.y_train), 32, replace=False) for _ in range(CHUNK)])
        history["loss"].extend(np.asarray(trainer.steps(digits.x_train[rows][..., np.newaxis], digits.y_train[rows])))
        history["moving_mean"].append(first.numpy())
    return network, {name: np.array(values) for name, values in history.items()}


def copy(network):
    """A network with the same layers, settings and weights, so that an examination may write to its memory."""
    clone = keras.models.clone_model(network)
    for layer, original in zip(clone.layers, network.layers, strict=True):
        layer.trainable = original.trainable
    clone.set_weights(network.get_weights())
    return clone
