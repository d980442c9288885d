"""Answers to `generator` that make no pictures of 8 x 8."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.generator_correct import Generator, sequential
from tests.wrong_answers.registry import wrong, wrong_lines

layers = keras.layers
GENERATOR = "generator"


@wrong(GENERATOR, "not-finite")
def tanh_by_hand(latent_size):
    def by_hand(x):
        return (tf.exp(x) - tf.exp(-x)) / (tf.exp(x) + tf.exp(-x))

    return sequential(latent_size, last=None, end=[layers.Lambda(lambda x: by_hand(30 * x))])


@wrong(GENERATOR, "wrong-shape")
def three_channels(latent_size):
    return sequential(latent_size, end=[layers.Lambda(lambda x: tf.repeat(x, 3, axis=-1))])


@wrong(GENERATOR, "raises")
def maps_that_do_not_fit(latent_size):
    return keras.Sequential([keras.Input((latent_size,)), layers.Dense(30), layers.Reshape((2, 2, 8))])


@wrong(GENERATOR, "not-attempted")
def stub_in_the_call(latent_size):
    class Empty(Generator):
        def call(self, z, training=False):
            raise NotImplementedError("your turn")

    return Empty(latent_size)


wrong_lines(
    GENERATOR,
    {
        "not-finite": dict(
            logarithm_of_the_picture=lambda latent_size: sequential(latent_size, end=[layers.Lambda(tf.math.log)]),
        ),
        "wrong-shape": dict(
            pictures_of_sixteen=lambda latent_size: sequential(latent_size, side=4),
            only_its_pictures=lambda latent_size: sequential(latent_size)(tf.zeros((1, latent_size))),
        ),
        "raises": dict(
            always_a_hundred_numbers=lambda latent_size: sequential(100),
        ),
    },
)
