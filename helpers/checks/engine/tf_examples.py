"""Small models that the checks hand to a submission, as if they had been trained: no weight is at its start value."""

import numpy as np

from helpers.tf.quiet import keras


def conv_model():
    """A functional model that holds another one, with three batch normalization layers, and a batch for it."""
    layers, base = keras.layers, _base()
    inputs = keras.Input((6, 6, 2))
    hidden = layers.Dense(6, use_bias=False, name="hidden")(layers.Flatten()(base(inputs)))
    hidden = layers.ReLU()(layers.BatchNormalization(momentum=0.9, name="norm_3")(hidden))
    outputs = layers.Dense(3, name="logits")(hidden)
    return as_if_trained(keras.Model(inputs, outputs)), _batch((12, 6, 6, 2))


def conv_base():
    """The convolutions of `conv_model` without its head, and a batch for them."""
    return as_if_trained(_base(keras.layers.GlobalAveragePooling2D())), _batch((12, 6, 6, 2))


def recurrent_model():
    """A recurrent layer, one batch normalization and a dense layer, and a batch for them."""
    layers = keras.layers
    norm = layers.BatchNormalization(name="norm_of_steps")
    parts = [keras.Input((5, 3)), layers.SimpleRNN(4, name="recurrent"), norm, layers.Dense(2, name="of_the_last_step")]
    return as_if_trained(keras.Sequential(parts)), _batch((12, 5, 3))


def dense_model():
    """A network for 8 x 8 images that gives logits, with two batch normalization layers."""
    layers = keras.layers
    parts = [keras.Input((8, 8)), layers.Flatten()]
    for i, units in enumerate((16, 12), start=1):
        norm = layers.BatchNormalization(momentum=0.9, name=f"norm_{i}")
        parts += [layers.Dense(units, use_bias=False), norm, layers.ReLU()]
    return as_if_trained(keras.Sequential([*parts, layers.Dense(10)], name="network"))


def _base(*more):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(4, 3, use_bias=False, name="conv"),
            layers.BatchNormalization(momentum=0.9, name="norm_1"),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, padding="same", name="depthwise"),
            layers.ReLU(),
            layers.BatchNormalization(momentum=0.9, name="norm_2"),
            *more,
        ],
        name="base",
    )


def as_if_trained(model):
    """The model, every weight of it at a random value that a training could have led to."""
    rng = np.random.default_rng(1)
    for variable in model.weights:
        low, high = {"kernel": (-0.6, 0.6), "moving_variance": (0.5, 2), "gamma": (0.5, 2)}.get(variable.name, (-1, 1))
        variable.assign(rng.uniform(low, high, variable.shape))
    return model


def _batch(shape):
    return np.random.default_rng(2).normal(1, 2, shape).astype(np.float32)
