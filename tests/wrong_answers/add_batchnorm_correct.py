"""Correct answers to `add_batchnorm`, and what the wrong ones are made of."""

import numpy as np

from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras, tf
from tests.wrong_answers.registry import correct, correct_lines

layers = keras.layers
ADD = "add_batchnorm"


def sequential(config, *hidden, end=()):
    """Flatten, then for each width the layers that the functions of `hidden` make, then the logits and `end`."""
    inside = [make(units, config["activation"]) for units in config["hidden"] for make in hidden]
    first, last = [keras.Input(config["image_shape"]), layers.Flatten()], layers.Dense(config["classes"])
    return keras.Sequential([*first, *inside, last, *end])


def dense(units, _):
    return layers.Dense(units, use_bias=False)


def dense_with_bias(units, _):
    return layers.Dense(units)


def norm(*_):
    return layers.BatchNormalization()


def activation(_, name):
    return layers.Activation(name)


@correct(ADD)
def sequential_after_the_activation_with_bias(config):
    return sequential(config, lambda units, name: layers.Dense(units, activation=name), norm)


@correct(ADD)
def functional(config):
    inputs = keras.Input(config["image_shape"])
    hidden = layers.Flatten()(inputs)
    for units in config["hidden"]:
        hidden = layers.BatchNormalization(momentum=0.9)(layers.Dense(units, use_bias=False)(hidden))
        hidden = keras.activations.get(config["activation"])(hidden)
    return keras.Model(inputs, layers.Dense(config["classes"])(hidden))


class Network(keras.Model):
    def __init__(self, config, norm=layers.BatchNormalization):
        super().__init__()
        self.flatten = layers.Flatten()
        self.dense = [layers.Dense(units, use_bias=False) for units in config["hidden"]]
        self.norms = [norm() for _ in config["hidden"]]
        self.activation = keras.activations.get(config["activation"])
        self.logits = layers.Dense(config["classes"])

    def call(self, x, training=False):
        x = self.flatten(x)
        for dense_layer, norm_layer in zip(self.dense, self.norms):
            x = self.activation(norm_layer(dense_layer(x), training=training))
        return self.logits(x)


@correct(ADD)
def subclassed_without_a_training_argument(config):
    class Bare(Network):
        def call(self, x):
            x = self.flatten(x)
            for dense_layer, norm_layer in zip(self.dense, self.norms):
                x = self.activation(norm_layer(dense_layer(x)))
            return self.logits(x)

    return Bare(config)


@correct(ADD)
def a_flag_that_keras_overrides(config):
    # Keras 3 hands the flag of a call to every layer of a functional model, whatever it was built with.
    inputs = keras.Input(config["image_shape"])
    hidden = layers.Flatten()(inputs)
    for units in config["hidden"]:
        hidden = layers.BatchNormalization()(layers.Dense(units, use_bias=False)(hidden), training=False)
        hidden = layers.Activation(config["activation"])(hidden)
    return keras.Model(inputs, layers.Dense(config["classes"])(hidden))


@correct(ADD)
def sequential_without_an_input(config):
    model = keras.Sequential([layers.Flatten()])
    for units in config["hidden"]:
        model.add(layers.Dense(units, use_bias=False, kernel_initializer="he_normal"))
        model.add(layers.BatchNormalization(scale=False))
        model.add(layers.Activation(config["activation"]))
        model.add(layers.Dropout(0.1))
    model.add(layers.Dense(config["classes"]))
    return model


@correct(ADD)
def of_nested_blocks(config):
    model = keras.Sequential([keras.Input(config["image_shape"]), layers.Flatten()])
    for units in config["hidden"]:
        block = [
            layers.Dense(units, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation(config["activation"]),
        ]
        model.add(keras.Sequential(block))
    model.add(layers.Dense(config["classes"]))
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=True)
    return model


class HandMade(layers.Layer):
    """A learner's own batch normalization layer."""

    def build(self, shape):
        starts = {"gamma": "ones", "beta": "zeros", "moving_mean": "zeros", "moving_variance": "ones"}
        for name, start in starts.items():
            learned = not name.startswith("moving")
            setattr(self, name, self.add_weight(name=name, shape=shape[-1:], initializer=start, trainable=learned))

    def call(self, x, training=False):
        mean, variance = self.moving_mean, self.moving_variance
        if training:
            mean, variance = tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))
            self.moving_mean.assign(self.moving_mean * 0.9 + mean * 0.1)
            self.moving_variance.assign(self.moving_variance * 0.9 + variance * 0.1)
        return self.gamma * (x - mean) / tf.sqrt(variance + 1e-3) + self.beta


class OneForAll(HandMade):
    """The mean and variance of everything."""

    def build(self, shape):
        super().build((*shape[:-1], 1))

    def call(self, x, training=False):
        return tf.reshape(super().call(tf.reshape(x, (-1, 1)), training=training), tf.shape(x))


class EachPosition(layers.Layer):
    """Statistics for each position of each feature map."""

    def build(self, shape):
        self.inside = HandMade()
        self.inside.build((None, np.prod(shape[1:])))

    def call(self, x, training=False):
        rows = tf.reshape(x, (-1, np.prod(x.shape[1:])))
        return tf.reshape(self.inside(rows, training=training), tf.shape(x))


class ForHalf(HandMade):
    """A mean and a variance for every second feature, the number of features being even."""

    def build(self, shape):
        super().build((None, shape[-1] // 2))

    def call(self, x, training=False):
        pairs = tf.reshape(x, (-1, 2, x.shape[-1] // 2))
        return tf.reshape(super().call(pairs, training=training), tf.shape(x))


correct_lines(
    ADD,
    sequential_before_the_activation=lambda config: sequential(config, dense, norm, activation),
    subclassed=lambda config: Network(config),
    subclassed_with_the_course_s_layer=lambda config: Network(config, norm=lambda: BatchNorm(momentum=0.9)),
    with_a_hand_made_layer=lambda config: sequential(config, dense, lambda *_: HandMade(), activation),
)
