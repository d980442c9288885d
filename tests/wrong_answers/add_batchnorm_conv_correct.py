"""Correct answers to `add_batchnorm_conv`, and what the wrong ones are made of."""

import itertools

from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras
from tests.wrong_answers.add_batchnorm_correct import HandMade
from tests.wrong_answers.registry import correct, correct_lines

layers = keras.layers
CONV = "add_batchnorm_conv"


def norms(places, **options):
    """A `norm` for the functions below: a layer at these places of the count 0, 1, ... and nothing elsewhere."""
    count = itertools.count()
    return lambda: [layers.BatchNormalization(**options)] if next(count) in places else []


def norm():
    return [layers.BatchNormalization()]


def sequential(config, conv_norm=norm, dense_norm=norm, *, bias=(False, False), end=()):
    """Convolution, norm, activation for each entry of `filters`; the same for the dense layer; the logits and `end`."""
    parts = [keras.Input(config["image_shape"])]
    for filters in config["filters"]:
        parts += [layers.Conv2D(filters, 3, padding="same", strides=2, use_bias=bias[0]), *conv_norm()]
        parts += [layers.Activation(config["activation"])]
    parts += [layers.Flatten(), layers.Dense(config["dense"], use_bias=bias[1]), *dense_norm()]
    parts += [layers.Activation(config["activation"])]
    return keras.Sequential([*parts, layers.Dense(config["classes"]), *end])


@correct(CONV)
def pooling_and_a_functional_model(config):
    x = inputs = keras.Input(config["image_shape"])
    for filters in config["filters"]:
        x = layers.Conv2D(filters, 3, use_bias=False)(x)
        x = layers.MaxPooling2D()(keras.activations.get(config["activation"])(layers.BatchNormalization()(x)))
    x = layers.Dense(config["dense"], use_bias=False)(layers.GlobalAveragePooling2D()(x))
    x = layers.Activation(config["activation"])(layers.BatchNormalization(momentum=0.9)(x))
    return keras.Model(inputs, layers.Dense(config["classes"])(x))


class Network(keras.Model):
    def __init__(self, config, norm=layers.BatchNormalization):
        super().__init__()
        self.convolutions = [layers.Conv2D(n, 3, padding="same", use_bias=False) for n in config["filters"]]
        self.dense = layers.Dense(config["dense"], use_bias=False)
        self.norms = [norm() for _ in (*config["filters"], config["dense"])]
        self.flatten, self.logits = layers.Flatten(), layers.Dense(config["classes"])
        self.activation = keras.activations.get(config["activation"])

    def call(self, x, training=False):
        for convolution, norm_layer in zip(self.convolutions, self.norms):
            x = self.activation(norm_layer(convolution(x), training=training))
        x = self.norms[-1](self.dense(self.flatten(x)), training=training)
        return self.logits(self.activation(x))


@correct(CONV)
def subclassed_with_the_course_s_layer(config):
    return Network(config, norm=lambda: BatchNorm(momentum=0.9, scale=False))


@correct(CONV)
def after_the_activation_with_bias(config):
    parts = [keras.Input(config["image_shape"])]
    for filters in config["filters"]:
        parts += [layers.Conv2D(filters, 5, padding="same", activation=config["activation"])]
        parts += [layers.BatchNormalization(axis=3), layers.AveragePooling2D(2)]
    parts += [layers.Flatten(), layers.Dense(config["dense"], activation=config["activation"])]
    return keras.Sequential([*parts, layers.BatchNormalization(), layers.Dense(config["classes"])])


@correct(CONV)
def with_a_bias_behind_the_norm(config):
    # A bias that acts after the norm is beta's twin, but its gradient is not 0.
    class Shift(layers.Layer):
        def build(self, shape):
            self.shift = self.add_weight(shape=shape[-1:], initializer="zeros")

        def call(self, x):
            return x + self.shift

    return sequential(config, lambda: [layers.BatchNormalization(center=False), Shift()])


correct_lines(
    CONV,
    strides_and_a_sequential_model=lambda config: sequential(config),
    subclassed=lambda config: Network(config),
    a_hand_made_layer=lambda config: Network(config, norm=HandMade),
)
