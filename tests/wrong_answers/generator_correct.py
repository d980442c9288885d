"""Correct answers to `generator`, and what the wrong ones are made of."""

from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras, tf
from tests.wrong_answers.add_batchnorm_conv_correct import norms
from tests.wrong_answers.registry import correct, correct_lines

layers = keras.layers
GENERATOR = "generator"


def sequential(latent_size, norm=None, *, bias=False, last="tanh", side=2, end=()):
    """A dense layer to maps of `side` x `side`, doubled twice: norm and ReLU after all but the last layer."""
    norm = norm or norms((0, 1))
    up = [
        layers.Conv2DTranspose(4, 3, strides=2, padding="same", use_bias=bias),
        layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation=last),
    ]
    parts = [keras.Input((latent_size,)), layers.Dense(side * side * 8, use_bias=bias), layers.Reshape((side, side, 8))]
    return keras.Sequential([*parts, *norm(), layers.ReLU(), up[0], *norm(), layers.ReLU(), up[1], *end])


class Generator(keras.Model):
    def __init__(self, latent_size, norm=layers.BatchNormalization, bias=False):
        super().__init__()
        self.dense = layers.Dense(4 * 4 * 6, use_bias=bias)
        self.norms = [norm(), norm()]
        self.up = layers.UpSampling2D(2)
        self.middle = layers.Conv2D(5, 3, padding="same", use_bias=bias)
        self.picture = layers.Conv2D(1, 3, padding="same", activation="tanh")

    def call(self, z, training=False):
        x = tf.reshape(self.dense(z), (-1, 4, 4, 6))
        x = self.up(tf.nn.relu(self.norms[0](x, training=training)))
        x = tf.nn.leaky_relu(self.norms[1](self.middle(x), training=training))
        return self.picture(x)


@correct(GENERATOR)
def norm_before_the_reshape_and_a_softsign(latent_size):
    x = z = keras.Input((latent_size,))
    x = layers.BatchNormalization(momentum=0.8)(layers.Dense(2 * 2 * 8, use_bias=False)(x))
    x = layers.Reshape((2, 2, 8))(layers.LeakyReLU()(x))
    x = layers.Conv2DTranspose(4, 4, strides=4, padding="same", use_bias=False)(x)
    x = layers.LeakyReLU()(layers.BatchNormalization()(x))
    return keras.Model(z, layers.Conv2D(1, 3, padding="same", activation="softsign")(x))


@correct(GENERATOR)
def clipped_at_both_ends(latent_size):
    return sequential(latent_size, last=None, end=[layers.Lambda(lambda x: tf.clip_by_value(x, -1.0, 1.0))])


@correct(GENERATOR)
def dense_layers_and_no_channel(latent_size):
    hidden = [layers.Dense(20, activation="relu"), layers.BatchNormalization()]
    parts = [keras.Input((latent_size,)), *hidden, layers.Dense(64), layers.Activation("tanh"), layers.Reshape((8, 8))]
    return keras.Sequential(parts)


correct_lines(
    GENERATOR,
    transposed_convolutions=lambda latent_size: sequential(latent_size),
    prelu_after_each_norm=lambda latent_size: sequential(latent_size, lambda: [*norms((0, 1))(), layers.PReLU()]),
    subclassed=lambda latent_size: Generator(latent_size),
    subclassed_with_the_course_s_layer=lambda latent_size: Generator(latent_size, norm=lambda: BatchNorm(momentum=0.8)),
)
