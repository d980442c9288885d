"""Ideas found in public submissions and questions, each in words and code of our own: exercises on Keras models."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers import add_batchnorm_conv_correct as conv
from tests.wrong_answers import add_batchnorm_correct as dense
from tests.wrong_answers import generator_correct as pictures
from tests.wrong_answers.registry import correct, wrong, wrong_lines
from tests.wrong_answers.tf_layer_correct import Base

layers = keras.layers
ADD, CONV, GENERATOR, STEP, FREEZE, LAYER = (
    "add_batchnorm", "add_batchnorm_conv", "generator", "training_step", "freeze", "tf_layer"
)  # fmt: skip


# Networks: branches, what stands before the first layer, what stands twice


def normed(kernel, x, **options):
    return layers.BatchNormalization(**options)(kernel(x))


def dense_with(config, hidden, first=lambda x: x):
    """A functional network whose hidden layers are hidden(x, units, activation)."""
    inputs = keras.Input(config["image_shape"])
    x = first(layers.Flatten()(inputs))
    for units in config["hidden"]:
        x = hidden(x, units, config["activation"])
    return keras.Model(inputs, layers.Dense(config["classes"])(x))


def conv_with(config, hidden, first=lambda x: x):
    """The same with a convolution for each entry of `filters`; hidden gets the layer that it is to normalize."""
    inputs = keras.Input(config["image_shape"])
    x = first(inputs)
    for filters in config["filters"]:
        x = hidden(x, lambda bias=False, n=filters: layers.Conv2D(n, 3, padding="same", use_bias=bias), config)
        x = layers.MaxPooling2D()(x)
    x = hidden(layers.Flatten()(x), lambda bias=False: layers.Dense(config["dense"], use_bias=bias), config)
    return keras.Model(inputs, layers.Dense(config["classes"])(x))


def usual(x, units, activation):
    return layers.Activation(activation)(normed(layers.Dense(units, use_bias=False), x))


def two_branches(x, units, activation):
    return layers.Activation(activation)(layers.add([normed(layers.Dense(units, use_bias=False), x) for _ in range(2)]))


def one_branch_bare(x, units, activation):
    bare = layers.Dense(units, use_bias=False)(x)
    return layers.Activation(activation)(layers.add([normed(layers.Dense(units, use_bias=False), x), bare]))


def around_the_norm(x, units, activation):
    h = layers.Dense(units)(x)
    return layers.Activation(activation)(layers.add([h, layers.BatchNormalization()(h)]))


def on_both_sides(x, units, activation):
    return layers.BatchNormalization()(usual(x, units, activation))


def one_after_the_other(x, units, activation):
    h = layers.BatchNormalization()(normed(layers.Dense(units, use_bias=False), x))
    return layers.Activation(activation)(h)


@correct(ADD)
def branches_joined_by_add(config):
    return dense_with(config, two_branches)


@correct(ADD)
def one_activation_layer_for_all(config):
    act = layers.Activation(config["activation"])
    return dense_with(config, lambda x, units, _: act(normed(layers.Dense(units, use_bias=False), x)))


@correct(ADD)
def dropout_before_the_norm(config):
    return dense_with(
        config,
        lambda x, units, name: layers.Activation(name)(
            layers.BatchNormalization()(layers.Dropout(0.2)(layers.Dense(units)(x)))
        ),
    )


@correct(ADD)
def a_shortcut_over_each_hidden_layer(config):
    def hidden(x, units, activation):
        h = usual(x, units, activation)
        return layers.add([h, layers.Dropout(0.0)(h)])

    return dense_with(config, hidden)


@correct(CONV)
def branches_of_convolutions_joined_by_add(config):
    def hidden(x, make, config):
        if len(x.shape) == 2:
            return layers.Activation(config["activation"])(normed(make(), x))
        return layers.Activation(config["activation"])(layers.add([normed(make(), x), normed(make(), x)]))

    return conv_with(config, hidden)


@correct(CONV)
def a_model_in_a_model(config):
    network = conv.Network(config)
    return keras.Sequential([keras.Input(config["image_shape"]), network])


@correct(GENERATOR)
def leaky_relu_before_each_norm(latent_size):
    parts = [keras.Input((latent_size,))]
    for units in (24, 32):
        parts += [layers.Dense(units), layers.LeakyReLU(0.2), layers.BatchNormalization(momentum=0.8)]
    return keras.Sequential([*parts, layers.Dense(64, activation="tanh"), layers.Reshape((8, 8, 1))])


@correct(GENERATOR)
def branches_of_two_sizes_of_kernel(latent_size):
    x = z = keras.Input((latent_size,))
    x = layers.ReLU()(normed(layers.Dense(32, use_bias=False), x))
    x = layers.Reshape((4, 4, 2))(x)
    ways = [normed(layers.Conv2DTranspose(4, n, strides=2, padding="same", use_bias=False), x) for n in (3, 5)]
    x = layers.ReLU()(layers.add(ways))
    return keras.Model(z, layers.Conv2D(1, 3, padding="same", activation="tanh")(x))


@wrong(ADD, "input-normalized")
def subclass_that_normalizes_what_it_is_given(config):
    class Early(dense.Network):
        def __init__(self, config):
            super().__init__(config)
            self.first = layers.BatchNormalization()

        def call(self, x, training=False):
            return super().call(self.first(self.flatten(x), training=training), training=training)

    return Early(config)


@wrong(ADD, "normalized-twice")
def the_course_s_layer_behind_keras_s(config):
    return dense.sequential(config, dense.dense, dense.norm, lambda *_: dense.BatchNorm(), dense.activation)


@wrong(ADD, "activated-twice")
def in_the_layer_and_at_once_again(config):
    twice = [lambda units, name: layers.Dense(units, activation=name), dense.activation]
    return dense.sequential(
        config | {"activation": "tanh"} if config["activation"] == "tanh" else config, *twice, dense.norm
    )


@wrong(CONV, "normalized-twice")
def once_more_behind_the_pooling(config):
    def hidden(x, make, config):
        return layers.BatchNormalization()(layers.Activation(config["activation"])(normed(make(), x)))

    return conv_with(config, hidden)


def conv_usual(x, make, config, **options):
    return layers.Activation(config["activation"])(normed(make(), x, **options))


@wrong(CONV, "no-batchnorm")
def one_branch_of_two_without(config):
    def hidden(x, make, config):
        ways = [normed(make(), x), make()(x)] if len(x.shape) == 4 else [normed(make(), x)] * 2
        return layers.Activation(config["activation"])(layers.add(ways))

    return conv_with(config, hidden)


@wrong(CONV, "bias-missing")
def no_bias_before_the_activation(config):
    def hidden(x, make, config):
        return layers.BatchNormalization()(layers.Activation(config["activation"])(make()(x)))

    return conv_with(config, hidden)


@wrong(GENERATOR, "normalized-twice")
def a_hand_made_one_and_keras_s(latent_size):
    model = pictures.Generator(
        latent_size, norm=lambda: keras.Sequential([dense.HandMade(), layers.BatchNormalization()])
    )
    return model


def renormalizing():
    return layers.BatchNormalization(renorm=True)


wrong_lines(
    ADD,
    {
        "input-normalized": dict(
            norm_of_the_pixels=lambda config: dense_with(config, usual, layers.BatchNormalization()),
        ),
        "normalized-twice": dict(
            on_both_sides_of_the_activation=lambda config: dense_with(config, on_both_sides),
            one_norm_after_the_other=lambda config: dense_with(config, one_after_the_other),
        ),
        "no-batchnorm": dict(
            a_second_branch_without=lambda config: dense_with(config, one_branch_bare),
            a_way_around_each_norm=lambda config: dense_with(config, around_the_norm),
            batch_renormalization=lambda config: dense.Network(config, norm=renormalizing),
        ),
        "after-output": dict(
            norm_behind_joined_logits=lambda config: keras.Sequential(
                [dense_with(config, two_branches), layers.BatchNormalization()]
            ),
        ),
    },
)
wrong_lines(
    CONV,
    {
        "input-normalized": dict(
            norm_of_the_images=lambda config: conv_with(config, conv_usual, layers.BatchNormalization()),
            norm_of_rescaled_images=lambda config: conv_with(
                config, conv_usual, lambda x: layers.BatchNormalization()(layers.Rescaling(1 / 3)(x))
            ),
        ),
        "normalized-twice": dict(
            two_in_a_row=lambda config: conv.sequential(config, lambda: [*conv.norm(), *conv.norm()]),
        ),
        "bias-missing": dict(
            neither_bias_nor_beta=lambda config: conv_with(config, lambda *a: conv_usual(*a, center=False)),
        ),
    },
)
wrong_lines(
    GENERATOR,
    {
        "normalized-twice": dict(
            two_in_a_row=lambda latent_size: pictures.sequential(latent_size, lambda: [*conv.norm(), *conv.norm()]),
        ),
        "no-batchnorm": dict(
            batch_renormalization=lambda latent_size: pictures.Generator(latent_size, norm=renormalizing),
        ),
    },
)


# Loops and freezing


def fitted(model, optimizer, x, y, **options):
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model.fit(x, y, verbose=0, **options).history["loss"][0]


@correct(STEP)
def fit_with_the_whole_batch(model, optimizer, x, y):
    return fitted(model, optimizer, x, y, batch_size=len(x))


@correct(FREEZE)
def walking_through_flattened_layers(model):
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
    return model


@wrong(FREEZE, "frozen-wrongly")
def by_a_name_that_keras_gives(model):
    for layer in model._flatten_layers():
        if "batch_normalization" in layer.name:
            layer.trainable = False
    return model


@wrong(FREEZE, "frozen-wrongly")
def all_but_the_norms(model):
    for layer in model._flatten_layers(include_self=False):
        if not hasattr(layer, "layers"):
            layer.trainable = isinstance(layer, layers.BatchNormalization)
    return model


wrong_lines(
    STEP,
    {
        "several-steps": dict(
            fit_as_it_comes=fitted,
            fit_for_two_epochs=lambda model, optimizer, x, y: fitted(
                model, optimizer, x, y, batch_size=len(x), epochs=2
            ),
        ),
    },
)


# The layer


@correct(LAYER)
class AssignsWhatIsMissing(Base):
    def remember(self, mean, variance):
        self.moving_mean.assign_sub((self.moving_mean - mean) * (1 - self.momentum))
        self.moving_variance.assign_add((variance - self.moving_variance) * (1 - self.momentum))


@correct(LAYER)
class WithKerasOperations(Base):
    def moments(self, x):
        return keras.ops.moments(x, axes=tuple(range(len(x.shape) - 1)))

    def normalized(self, x, mean, variance):
        scale = self.gamma * keras.ops.rsqrt(variance + self.epsilon)
        return x * scale + (self.beta - mean * scale)


@correct(LAYER)
class ReshapedToRows(Base):
    def moments(self, x):
        rows = tf.reshape(x, (-1, x.shape[-1]))
        mean = tf.reduce_mean(rows, axis=0)
        return mean, tf.reduce_mean(tf.square(rows - mean), axis=0)
