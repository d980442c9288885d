"""Wrong answers to `add_batchnorm`."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.add_batchnorm_correct import (
    ForHalf,
    HandMade,
    Network,
    OneForAll,
    activation,
    dense,
    dense_with_bias,
    norm,
    sequential,
)
from tests.wrong_answers.registry import wrong, wrong_lines

layers = keras.layers
ADD = "add_batchnorm"


@wrong(ADD, "bias-kept")
def bias_kept_in_a_subclass(config):
    network = Network(config)
    network.dense = [layers.Dense(units) for units in config["hidden"]]
    return network


@wrong(ADD, "bias-kept")
def bias_kept_in_one_layer(config):
    seen = iter([False, *[True] * 9])
    return sequential(config, lambda units, _: layers.Dense(units, use_bias=next(seen)), norm, activation)


@wrong(ADD, "bias-kept")
def bias_as_a_weight_of_its_own(config):
    class Shift(layers.Layer):
        def build(self, shape):
            self.shift = self.add_weight(shape=shape[-1:], initializer="zeros")

        def call(self, x):
            return x + self.shift

    return sequential(config, dense, lambda *_: Shift(), norm, activation)


@wrong(ADD, "no-batchnorm")
def layer_normalization(config):
    return sequential(config, dense_with_bias, lambda *_: layers.LayerNormalization(), activation)


@wrong(ADD, "no-batchnorm")
def only_the_first_layer(config):
    model = keras.Sequential([keras.Input(config["image_shape"]), layers.Flatten()])
    for place, units in enumerate(config["hidden"]):
        model.add(layers.Dense(units, use_bias=place > 0))
        if place == 0:
            model.add(layers.BatchNormalization())
        model.add(layers.Activation(config["activation"]))
    model.add(layers.Dense(config["classes"]))
    return model


@wrong(ADD, "no-batchnorm")
def only_the_input(config):
    inputs = keras.Input(config["image_shape"])
    hidden = layers.BatchNormalization()(layers.Flatten()(inputs))
    for units in config["hidden"]:
        hidden = layers.Dense(units, activation=config["activation"])(hidden)
    return keras.Model(inputs, layers.Dense(config["classes"])(hidden))


@wrong(ADD, "no-batchnorm")
def defined_and_not_called(config):
    class Idle(Network):
        def call(self, x, training=False):
            x = self.flatten(x)
            for dense_layer in self.dense:
                x = self.activation(dense_layer(x))
            return self.logits(x)

    return Idle(config)


@wrong(ADD, "after-output")
def after_the_logits(config):
    return sequential(config, dense, norm, activation, end=[layers.BatchNormalization()])


@wrong(ADD, "after-output")
def after_the_logits_in_a_subclass(config):
    class Closed(Network):
        def __init__(self, config):
            super().__init__(config)
            self.last = layers.BatchNormalization()

        def call(self, x, training=False):
            return self.last(super().call(x, training=training), training=training)

    return Closed(config)


@wrong(ADD, "missing-training-flag")
def always_inference(config):
    class Still(Network):
        def call(self, x, training=False):
            return super().call(x, training=False)

    return Still(config)


@wrong(ADD, "missing-training-flag")
def a_layer_that_never_hears_the_flag(config):
    class Deaf(layers.BatchNormalization):
        def call(self, x, training=None, mask=None):
            return super().call(x, training=False)

    return sequential(config, dense, lambda *_: Deaf(), activation)


@wrong(ADD, "batch-statistics-at-inference")
def always_training(config):
    class Moved(Network):
        def call(self, x, training=False):
            return super().call(x, training=True)

    return Moved(config)


@wrong(ADD, "batch-statistics-at-inference")
def always_training_in_a_functional_model(config):
    inputs = keras.Input(config["image_shape"])
    hidden = layers.Flatten()(inputs)
    for units in config["hidden"]:
        hidden = layers.BatchNormalization()(layers.Dense(units, use_bias=False)(hidden), training=True)
        hidden = layers.Activation(config["activation"])(hidden)
    return keras.Model(inputs, layers.Dense(config["classes"])(hidden))


@wrong(ADD, "moving-updated-at-inference")
def writes_in_both_modes(config):
    class Writer(HandMade):
        def call(self, x, training=False):
            y = super().call(x, training=training)
            self.moving_mean.assign(self.moving_mean * 0.9 + tf.reduce_mean(x, axis=0) * 0.1)
            return y

    return sequential(config, dense, lambda *_: Writer(), activation)


@wrong(ADD, "moving-updated-at-inference")
def writes_only_at_inference(config):
    class Writer(HandMade):
        def call(self, x, training=False):
            y = super().call(x, training=training)
            if not training:
                self.moving_variance.assign(self.moving_variance * 0.9)
            return y

    return Network(config, norm=Writer)


@wrong(ADD, "moving-not-updated")
def momentum_one(config):
    return sequential(config, dense, lambda *_: layers.BatchNormalization(momentum=1.0), activation)


@wrong(ADD, "moving-not-updated")
def forgets_to_write(config):
    class Forgetful(HandMade):
        def call(self, x, training=False):
            mean, variance = self.moving_mean, self.moving_variance
            if training:
                mean, variance = tf.nn.moments(x, axes=[0])
            return self.gamma * (x - mean) / tf.sqrt(variance + 1e-3) + self.beta

    return sequential(config, dense, lambda *_: Forgetful(), activation)


@wrong(ADD, "frozen-wrongly")
def made_frozen(config):
    return sequential(config, dense, lambda *_: layers.BatchNormalization(trainable=False), activation)


@wrong(ADD, "frozen-wrongly")
def frozen_afterwards(config):
    model = Network(config)
    for layer in model.norms:
        layer.trainable = False
    return model


@wrong(ADD, "wrong-axis")
def one_mean_for_two_features(config):
    return Network(config | {"hidden": [units + units % 2 for units in config["hidden"]]}, norm=ForHalf)


@wrong(ADD, "bias-missing")
def after_the_activation_without_bias(config):
    return sequential(config, lambda units, name: layers.Dense(units, activation=name, use_bias=False), norm)


@wrong(ADD, "bias-missing")
def logits_without_bias(config):
    network = Network(config)
    network.logits = layers.Dense(config["classes"], use_bias=False)
    return network


@wrong(ADD, "activated-twice")
def activation_left_in_the_dense_layer(config):
    return sequential(config, lambda units, name: layers.Dense(units, activation=name), norm, activation)


@wrong(ADD, "activated-twice")
def activation_on_both_sides(config):
    return sequential(config, dense_with_bias, activation, norm, activation)


@wrong(ADD, "bias-missing")
def neither_bias_nor_beta(config):
    return sequential(config, dense, lambda *_: layers.BatchNormalization(center=False), activation)


@wrong(ADD, "settings-ignored")
def no_activation_at_all(config):
    return sequential(config, dense, norm)


wrong_lines(
    ADD,
    {
        "bias-kept": dict(
            bias_kept=lambda config: sequential(config, dense_with_bias, norm, activation),
        ),
        "no-batchnorm": dict(
            plain=lambda config: sequential(config, lambda units, name: layers.Dense(units, activation=name)),
        ),
        "wrong-axis": dict(
            one_mean_for_a_layer=lambda config: sequential(config, dense, lambda *_: OneForAll(), activation),
        ),
    },
)
