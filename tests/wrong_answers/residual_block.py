"""Answers to `residual_block`."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXERCISE = "residual_block"
layers = keras.layers


def normalized(x, filters, size, stride=1, *, bias=False, norm=layers.BatchNormalization, **settings):
    x = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=bias, **settings)(x)
    return norm()(x)


def plain(x, *_, **__):
    return x


def project(x, filters, stride, **settings):
    return x if stride == 1 else normalized(x, filters, 1, stride, **settings)


def relu_of_sum(shortcut, branch):
    return layers.ReLU()(layers.add([shortcut, branch]))


def block(filters, stride, *, between=layers.ReLU, shortcut=project, end=relu_of_sum, in_branch=None, **settings):
    """The block, with parts to replace."""
    inputs = keras.Input((8, 8, filters // stride))
    branch = between()(normalized(inputs, filters, 3, stride, **settings))
    branch = normalized(branch, filters, 3, **settings | (in_branch or {}))
    return keras.Model(inputs, end(shortcut(inputs, filters, stride, **settings), branch))


@correct(EXERCISE)
def functional(filters, stride):
    return block(filters, stride)


@correct(EXERCISE)
def with_activation_layers_and_the_shortcut_second(filters, stride):
    def end(shortcut, branch):
        return layers.Activation("relu")(branch + shortcut)

    return block(filters, stride, between=lambda: layers.Activation("relu"), end=end)


@correct(EXERCISE)
def subclassed(filters, stride):
    class Block(keras.Model):
        def __init__(self):
            super().__init__()
            settings = {"padding": "same", "use_bias": False}
            self.first = layers.Conv2D(filters, 3, strides=stride, **settings)
            self.second = layers.Conv2D(filters, 3, **settings)
            self.third = layers.Conv2D(filters, 1, strides=stride, **settings) if stride > 1 else None
            self.norms = [layers.BatchNormalization() for _ in range(2 if stride == 1 else 3)]

        def call(self, x, training=False):
            h = tf.nn.relu(self.norms[0](self.first(x), training=training))
            h = self.norms[1](self.second(h), training=training)
            shortcut = x if stride == 1 else self.norms[2](self.third(x), training=training)
            return tf.nn.relu(shortcut + h)

    return Block()


@correct(EXERCISE)
def with_a_last_gamma_of_a_half(filters, stride):
    norm = {"norm": lambda: layers.BatchNormalization(gamma_initializer=keras.initializers.Constant(0.5))}
    return block(filters, stride, in_branch=norm)


def pooled(x, filters, stride, **_):
    if stride == 1:
        return x
    x = layers.AveragePooling2D(stride)(x)
    return layers.concatenate([x] * stride)


def wide_projection(x, filters, stride, **settings):
    return x if stride == 1 else normalized(x, filters, 2, stride, **settings)


def always_projected(x, filters, stride, **settings):
    return normalized(x, filters, 1, stride, **settings)


def bare_projection(x, filters, stride, **_):
    return x if stride == 1 else layers.Conv2D(filters, 1, strides=stride, use_bias=False)(x)


def projection_with_bias(x, filters, stride, **_):
    return x if stride == 1 else normalized(x, filters, 1, stride, bias=True)


class Deaf(layers.BatchNormalization):
    """In inference mode whatever it is told. (A `training=False` written into a functional model is replaced.)"""

    def call(self, x, training=None, mask=None):
        return super().call(x, training=False)


def sums_of_relu(*rectified):
    """A sum of which the shortcut (0), the branch (1) or both go through a ReLU of their own."""

    def end(*parts):
        return layers.add([layers.ReLU()(part) if i in rectified else part for i, part in enumerate(parts)])

    return end


@wrong(EXERCISE, "pre-activation")
def normalizes_first(filters, stride):
    inputs = keras.Input((8, 8, filters // stride))
    x = layers.ReLU()(layers.BatchNormalization()(inputs))
    shortcut = inputs if stride == 1 else layers.Conv2D(filters, 1, strides=stride, use_bias=False)(x)
    x = normalized(x, filters, 3, stride)
    x = layers.Conv2D(filters, 3, padding="same")(layers.ReLU()(x))
    return keras.Model(inputs, layers.add([shortcut, x]))


@wrong(EXERCISE, "pre-activation")
def normalizes_the_input_too(filters, stride):
    inputs = keras.Input((8, 8, filters // stride))
    return keras.Model(inputs, block(filters, stride)(layers.BatchNormalization()(inputs)))


@wrong(EXERCISE, "settings-ignored")
def three_convolutions(filters, stride):
    inputs = keras.Input((8, 8, filters // stride))
    branch = inputs
    for place in range(3):
        branch = normalized(branch, filters, 3, stride if place == 0 else 1)
        branch = layers.ReLU()(branch) if place < 2 else branch
    return keras.Model(inputs, relu_of_sum(project(inputs, filters, stride), branch))


@wrong(EXERCISE, "bias-kept")
def in_the_first_convolution(filters, stride):
    inputs = keras.Input((8, 8, filters // stride))
    branch = layers.ReLU()(normalized(inputs, filters, 3, stride, bias=True))
    return keras.Model(inputs, relu_of_sum(project(inputs, filters, stride), normalized(branch, filters, 3)))


TABLE = {
    "no-batchnorm": dict(
        nowhere=lambda f, s: block(f, s, norm=lambda: plain),
        not_in_the_end=lambda f, s: block(f, s, in_branch={"norm": lambda: plain}),
        not_on_the_shortcut=lambda f, s: block(f, s, shortcut=bare_projection),
    ),
    "settings-ignored": dict(
        wide_shortcut=lambda f, s: block(f, s, shortcut=wide_projection),
        tanh_between=lambda f, s: block(f, s, between=lambda: layers.Activation("tanh")),
    ),
    "axis-not-features": dict(
        axis_one=lambda f, s: block(f, s, norm=lambda: layers.BatchNormalization(axis=1)),
        axis_two=lambda f, s: block(f, s, norm=lambda: layers.BatchNormalization(axis=2)),
    ),
    "batch-statistics-at-inference": dict(
        always_training=lambda f, s: block(f, s, norm=lambda: lambda x: layers.BatchNormalization()(x, training=True)),
        in_the_last_alone=lambda f, s: block(
            f, s, in_branch={"norm": lambda: lambda x: layers.BatchNormalization()(x, training=True)}
        ),
    ),
    "missing-training-flag": dict(
        never_training=lambda f, s: block(f, s, norm=Deaf),
        not_in_the_last=lambda f, s: block(f, s, in_branch={"norm": Deaf}),
    ),
    "frozen-wrongly": dict(
        frozen=lambda f, s: block(f, s, norm=lambda: layers.BatchNormalization(trainable=False)),
        the_last_is_frozen=lambda f, s: block(
            f, s, in_branch={"norm": lambda: layers.BatchNormalization(trainable=False)}
        ),
    ),
    "bias-kept": dict(
        everywhere=lambda f, s: block(f, s, bias=True),
        on_the_shortcut=lambda f, s: block(f, s, shortcut=projection_with_bias),
    ),
    "projection-needless": dict(
        for_every_stride=lambda f, s: block(f, s, shortcut=always_projected),
        for_stride_one_alone=lambda f, s: block(f, s, shortcut=always_projected if s == 1 else project),
    ),
    "no-shortcut": dict(
        the_branch_alone=lambda f, s: block(f, s, end=lambda shortcut, branch: layers.ReLU()(branch)),
        none_where_it_does_not_fit=lambda f, s: block(
            f, s, end=relu_of_sum if s == 1 else lambda shortcut, branch: layers.ReLU()(branch)
        ),
        without_relu_either=lambda f, s: block(f, s, end=lambda shortcut, branch: branch),
    ),
    "projection-missing": dict(
        pooled_and_repeated=lambda f, s: block(f, s, shortcut=pooled),
        two_by_two=lambda f, s: block(
            f, s, shortcut=lambda x, n, t, **_: x if t == 1 else layers.MaxPooling2D(t)(layers.concatenate([x, x]))
        ),
    ),
    "activation-missing": dict(
        not_after_the_sum=lambda f, s: block(f, s, end=lambda *parts: layers.add(list(parts))),
        not_between=lambda f, s: block(f, s, between=lambda: plain),
    ),
    "activation-before-add": dict(
        branch_first=lambda f, s: block(f, s, end=sums_of_relu(1)),
        both_first=lambda f, s: block(f, s, end=sums_of_relu(0, 1)),
        branch_first_and_after=lambda f, s: block(
            f, s, end=lambda shortcut, branch: layers.ReLU()(layers.add([shortcut, layers.ReLU()(branch)]))
        ),
    ),
    "wrong-values": dict(
        a_product=lambda f, s: block(f, s, end=lambda *parts: layers.ReLU()(layers.multiply(list(parts)))),
        relu_twice_as_large=lambda f, s: block(f, s, end=lambda *parts: 2 * relu_of_sum(*parts)),
    ),
}
wrong_lines(EXERCISE, TABLE)
