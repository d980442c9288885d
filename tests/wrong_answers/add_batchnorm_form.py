"""Answers to `add_batchnorm` that are no network of logits by the given settings."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.add_batchnorm_correct import Network, activation, dense, norm, sequential
from tests.wrong_answers.registry import wrong, wrong_lines

layers = keras.layers
ADD = "add_batchnorm"


@wrong(ADD, "probabilities-not-logits")
def softmax_in_the_call(config):
    class Certain(Network):
        def call(self, x, training=False):
            return tf.nn.softmax(super().call(x, training=training))

    return Certain(config)


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
def not_flattened(config):
    return keras.Sequential([layers.Dense(units) for units in (*config["hidden"], config["classes"])])


@wrong(ADD, "raises")
def raises_inside_the_model(config):
    class Broken(Network):
        def call(self, x, training=False):
            return self.head(super().call(x, training=training))

    return Broken(config)


@wrong(ADD, "not-attempted")
def stub_inside_the_model(config):
    class Empty(keras.Model):
        def call(self, x, training=False):
            raise NotImplementedError()

    return Empty()


wrong_lines(
    ADD,
    {
        "probabilities-not-logits": dict(
            softmax_at_the_end=lambda config: sequential(config, dense, norm, activation, end=[layers.Softmax()]),
        ),
        "settings-ignored": dict(
            always_a_hundred=lambda config: sequential(config | {"hidden": (100, 100)}, dense, norm, activation),
            always_relu=lambda config: sequential(config | {"activation": "relu"}, dense, norm, activation),
            no_activation=lambda config: sequential(config, dense, norm),
        ),
        "not-finite": dict(
            root_of_the_logits=lambda config: sequential(config, dense, norm, activation, end=[layers.Lambda(tf.sqrt)]),
        ),
        "wrong-shape": dict(
            ten_classes_always=lambda config: sequential(config | {"classes": 10}, dense, norm, activation),
            a_list_of_layers=lambda config: sequential(config, dense, norm, activation).layers,
        ),
        "raises": dict(
            misspelled=lambda config: sequential(config, dense, lambda *_: layers.BatchNorm(), activation),
        ),
    },
)
