"""Answers to `add_batchnorm` that are no network of logits by the given settings."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.lesson_03_correct import Network, activation, dense, norm, sequential
from tests.wrong_answers.registry import wrong

layers = keras.layers
ADD = "add_batchnorm"


@wrong(ADD, "probabilities-not-logits")
def softmax_at_the_end(config):
    return sequential(config, dense, norm, activation, end=[layers.Softmax()])


@wrong(ADD, "probabilities-not-logits")
def softmax_in_the_call(config):
    class Certain(Network):
        def call(self, x, training=False):
            return tf.nn.softmax(super().call(x, training=training))

    return Certain(config)


@wrong(ADD, "settings-ignored")
def always_a_hundred(config):
    return sequential(config | {"hidden": (100, 100)}, dense, norm, activation)


@wrong(ADD, "settings-ignored")
def always_relu(config):
    return sequential(config | {"activation": "relu"}, dense, norm, activation)


@wrong(ADD, "settings-ignored")
def no_activation(config):
    return sequential(config, dense, norm)


@wrong(ADD, "not-finite")
def root_of_the_logits(config):
    return sequential(config, dense, norm, activation, end=[layers.Lambda(tf.sqrt)])


@wrong(ADD, "not-finite")
def an_epsilon_that_is_too_negative(config):
    return sequential(config, dense, lambda *_: layers.BatchNormalization(epsilon=-2.0), activation)


@wrong(ADD, "modifies-input")
def pops_the_classes(config):
    classes = config.pop("classes")
    return sequential({**config, "classes": classes}, dense, norm, activation)


@wrong(ADD, "modifies-input")
def adds_the_output(config):
    config["hidden"] += (config["classes"],)
    return sequential(config | {"hidden": config["hidden"][:-1]}, dense, norm, activation)


@wrong(ADD, "wrong-shape")
def ten_classes_always(config):
    return sequential(config | {"classes": 10}, dense, norm, activation)


@wrong(ADD, "wrong-shape")
def nothing_returned(config):
    sequential(config, dense, norm, activation)


@wrong(ADD, "wrong-shape")
def a_list_of_layers(config):
    return sequential(config, dense, norm, activation).layers


@wrong(ADD, "wrong-shape")
def not_flattened(config):
    return keras.Sequential([layers.Dense(units) for units in (*config["hidden"], config["classes"])])


@wrong(ADD, "raises")
def misspelled(config):
    return sequential(config, dense, lambda *_: layers.BatchNorm(), activation)


@wrong(ADD, "raises")
def raises_inside_the_model(config):
    class Broken(Network):
        def call(self, x, training=False):
            return self.head(super().call(x, training=training))

    return Broken(config)


@wrong(ADD, "not-attempted")
def stub(config):
    raise NotImplementedError


@wrong(ADD, "not-attempted")
def stub_inside_the_model(config):
    class Empty(keras.Model):
        def call(self, x, training=False):
            raise NotImplementedError()

    return Empty()
