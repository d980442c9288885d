"""Wrong answers to `add_batchnorm_conv`."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.add_batchnorm_conv_correct import Network, norms, sequential
from tests.wrong_answers.add_batchnorm_correct import ForHalf, HandMade, OneForAll
from tests.wrong_answers.registry import wrong, wrong_lines

layers = keras.layers
CONV = "add_batchnorm_conv"


@wrong(CONV, "axis-not-features")
def gamma_as_long_as_the_width(config):
    class Wide(HandMade):
        def build(self, shape):
            super().build((shape[0], *shape[2:-1]) if len(shape) > 2 else shape)

        def call(self, x, training=False):
            if len(x.shape) == 2:
                return super().call(x, training=training)
            return tf.transpose(super().call(tf.transpose(x, (0, 1, 3, 2)), training=training), (0, 1, 3, 2))

    return Network(config, norm=Wide)


@wrong(CONV, "per-position-statistics")
def over_axis_zero(config):
    class EachPosition(HandMade):
        def build(self, shape):
            super().build(shape)
            for name in ("gamma", "beta", "moving_mean", "moving_variance"):
                start, learned = getattr(self, name).numpy()[0], not name.startswith("moving")
                weight = self.add_weight(
                    name=name, shape=shape[1:], initializer=keras.initializers.Constant(start), trainable=learned
                )
                setattr(self, name, weight)

        def call(self, x, training=False):
            mean, variance = self.moving_mean, self.moving_variance
            if training:
                mean, variance = tf.nn.moments(x, axes=[0])
                self.moving_mean.assign(self.moving_mean * 0.9 + mean * 0.1)
                self.moving_variance.assign(self.moving_variance * 0.9 + variance * 0.1)
            return self.gamma * (x - mean) / tf.sqrt(variance + 1e-3) + self.beta

    return Network(config, norm=EachPosition)


@wrong(CONV, "per-position-statistics")
def flattened_first(config):
    x = inputs = keras.Input(config["image_shape"])
    for filters in config["filters"]:
        x = layers.Conv2D(filters, 3, padding="same", strides=2, use_bias=False)(x)
        maps = x.shape[1:]
        x = layers.Reshape(maps)(layers.BatchNormalization()(layers.Flatten()(x)))
        x = layers.Activation(config["activation"])(x)
    x = layers.BatchNormalization()(layers.Dense(config["dense"], use_bias=False)(layers.Flatten()(x)))
    return keras.Model(inputs, layers.Dense(config["classes"])(layers.Activation(config["activation"])(x)))


@wrong(CONV, "batch-statistics-at-inference")
def always_training(config):
    class Moved(Network):
        def call(self, x, training=False):
            return super().call(x, training=True)

    return Moved(config)


@wrong(CONV, "batch-statistics-at-inference")
def a_layer_without_memory(config):
    class Forgetful(HandMade):
        def call(self, x, training=False):
            super().call(x, training=training)
            mean, variance = tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))
            return self.gamma * (x - mean) / tf.sqrt(variance + 1e-3) + self.beta

    return sequential(config, lambda: [Forgetful()])


@wrong(CONV, "moving-updated-at-inference")
def writes_in_both_modes(config):
    class Writer(HandMade):
        def call(self, x, training=False):
            y = super().call(x, training=training)
            self.moving_mean.assign_add(tf.reduce_mean(x, axis=list(range(len(x.shape) - 1))))
            return y

    return Network(config, norm=Writer)


@wrong(CONV, "moving-updated-at-inference")
def writes_when_it_predicts(config):
    class Writer(Network):
        def call(self, x, training=False):
            y = super().call(x, training=training)
            if not training:
                super().call(x, training=True)
            return y

    return Writer(config)


@wrong(CONV, "missing-training-flag")
def always_inference(config):
    class Still(Network):
        def call(self, x, training=False):
            return super().call(x, training=False)

    return Still(config)


@wrong(CONV, "missing-training-flag")
def the_flag_of_the_dense_layer_is_false(config):
    class Deaf(layers.BatchNormalization):
        def call(self, x, training=None, mask=None):
            return super().call(x, training=False)

    return sequential(config, dense_norm=lambda: [Deaf()])


@wrong(CONV, "frozen-wrongly")
def frozen_afterwards(config):
    model = sequential(config)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
    return model


@wrong(CONV, "moving-not-updated")
def puts_the_memory_back(config):
    class Forgetful(HandMade):
        def call(self, x, training=False):
            before = [tf.identity(memory) for memory in (self.moving_mean, self.moving_variance)]
            y = super().call(x, training=training)
            self.moving_mean.assign(before[0])
            self.moving_variance.assign(before[1])
            return y

    return Network(config, norm=Forgetful)


@wrong(CONV, "after-output")
def after_the_logits_without_scale(config):
    model = sequential(config)
    return keras.Sequential([model, layers.BatchNormalization(scale=False, center=False)])


@wrong(CONV, "bias-kept")
def bias_before_a_pooling_before_the_norm(config):
    parts = [keras.Input(config["image_shape"])]
    for filters in config["filters"]:
        parts += [layers.Conv2D(filters, 3), layers.AveragePooling2D(2), layers.BatchNormalization()]
        parts += [layers.Activation(config["activation"])]
    parts += [layers.Flatten(), layers.Dense(config["dense"], use_bias=False), layers.BatchNormalization()]
    return keras.Sequential([*parts, layers.Activation(config["activation"]), layers.Dense(config["classes"])])


def even(config):
    return config | {"filters": [n + n % 2 for n in config["filters"]], "dense": config["dense"] + config["dense"] % 2}


@wrong(CONV, "activated-twice")
def activation_on_both_sides(config):
    def both():
        return [layers.Activation(config["activation"]), layers.BatchNormalization()]

    return sequential(config, both, both, bias=(True, True))


@wrong(CONV, "activated-twice")
def activation_left_in_the_dense_part(config):
    def both():
        return [layers.Activation(config["activation"]), layers.BatchNormalization()]

    return sequential(config, dense_norm=both, bias=(False, True))


wrong_lines(
    CONV,
    {
        "no-batchnorm": dict(
            none_at_all=lambda config: sequential(config, list, list, bias=(True, True)),
            only_the_dense_layer=lambda config: sequential(config, list, bias=(True, False)),
            not_the_dense_layer=lambda config: sequential(config, dense_norm=list, bias=(False, True)),
            only_the_first_two_convolutions=lambda config: sequential(config, norms((0, 1))),
            group_normalization=lambda config: Network(config, norm=lambda: layers.GroupNormalization(groups=1)),
        ),
        "axis-not-features": dict(
            axis_one=lambda config: sequential(config, lambda: [layers.BatchNormalization(axis=1)]),
            axis_of_the_width=lambda config: sequential(config, norms((0, 1, 2), axis=2)),
        ),
        "frozen-wrongly": dict(
            frozen_convolutions=lambda config: sequential(config, norms((0, 1, 2), trainable=False)),
        ),
        "moving-not-updated": dict(
            momentum_one=lambda config: sequential(config, norms((0, 1, 2), momentum=1.0)),
        ),
        "after-output": dict(
            after_the_logits=lambda config: sequential(config, end=[layers.BatchNormalization()]),
        ),
        "bias-kept": dict(
            bias_of_the_convolutions=lambda config: sequential(config, bias=(True, False)),
            bias_of_the_dense_layer=lambda config: sequential(config, bias=(False, True)),
        ),
        "wrong-axis": dict(
            one_mean_for_everything=lambda config: sequential(config, lambda: [OneForAll()], lambda: [OneForAll()]),
            one_mean_for_two_features=lambda config: Network(even(config), norm=ForHalf),
        ),
    },
)
