"""Answers to `add_batchnorm_conv` that are no network of logits by the given settings."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.add_batchnorm_conv_correct import Network, sequential
from tests.wrong_answers.add_batchnorm_correct import HandMade
from tests.wrong_answers.registry import wrong, wrong_lines

layers = keras.layers
CONV = "add_batchnorm_conv"


@wrong(CONV, "probabilities-not-logits")
def softmax_in_the_call(config):
    class Certain(Network):
        def call(self, x, training=False):
            return keras.ops.softmax(super().call(x, training=training))

    return Certain(config)


@wrong(CONV, "wrong-shape")
def never_flattened(config):
    kept = [layer for layer in sequential(config).layers if not isinstance(layer, layers.Flatten)]
    again = [layer.__class__.from_config(layer.get_config()) for layer in kept]
    return keras.Sequential([keras.Input(config["image_shape"]), *again])


@wrong(CONV, "raises")
def norm_of_the_wrong_length(config):
    class Short(HandMade):
        def build(self, shape):
            super().build(shape[:-1])

    return Network(config, norm=Short)


@wrong(CONV, "modifies-input")
def writes_into_the_dict(config):
    config["filters"] = list(config["filters"])
    return sequential(config)


@wrong(CONV, "not-attempted")
def stub_in_the_call(config):
    class Empty(Network):
        def call(self, x, training=False):
            raise NotImplementedError("later")

    return Empty(config)


@wrong(CONV, "not-finite")
def an_epsilon_that_is_too_negative(config):
    return sequential(config, lambda: [layers.BatchNormalization(epsilon=-2.0)])


@wrong(CONV, "activated-twice")
def activation_left_in_the_layers(config):
    parts, name = [keras.Input(config["image_shape"])], config["activation"]
    for filters in config["filters"]:
        parts += [layers.Conv2D(filters, 3, strides=2, padding="same", activation=name)]
        parts += [layers.BatchNormalization(), layers.Activation(name)]
    parts += [layers.Flatten(), layers.Dense(config["dense"], activation=name), layers.BatchNormalization()]
    return keras.Sequential([*parts, layers.Activation(name), layers.Dense(config["classes"])])


@wrong(CONV, "activated-twice")
def twice_by_a_subclass(config):
    class Doubled(Network):
        def call(self, x, training=False):
            for convolution, norm_layer in zip(self.convolutions, self.norms):
                x = self.activation(norm_layer(self.activation(convolution(x)), training=training))
            x = self.norms[-1](self.dense(self.flatten(x)), training=training)
            return self.logits(self.activation(x))

    return Doubled(config)


wrong_lines(
    CONV,
    {
        "probabilities-not-logits": dict(
            softmax_at_the_end=lambda config: sequential(config, end=[layers.Softmax()]),
        ),
        "settings-ignored": dict(
            always_two_convolutions=lambda config: sequential(config | {"filters": config["filters"][:2]}),
            always_relu=lambda config: Network(config | {"activation": "relu"}),
            no_activation=lambda config: Network(config | {"activation": "linear"}),
        ),
        "raises": dict(
            asks_for_another_setting=lambda config: sequential(config | {"filters": config["filter"]}),
        ),
        "modifies-input": dict(
            takes_out_of_the_dict=lambda config: sequential({"classes": config.pop("classes"), **config}),
        ),
        "not-finite": dict(
            root_of_the_logits=lambda config: sequential(config, end=[layers.Lambda(tf.sqrt)]),
        ),
    },
)
