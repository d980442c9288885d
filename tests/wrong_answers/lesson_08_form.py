"""Answers to `generator` that make no pictures of 8 x 8."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.lesson_08_correct import Generator, sequential
from tests.wrong_answers.registry import wrong

layers = keras.layers
GENERATOR = "generator"


@wrong(GENERATOR, "not-finite")
def logarithm_of_the_picture(latent_size):
    return sequential(latent_size, end=[layers.Lambda(tf.math.log)])


@wrong(GENERATOR, "not-finite")
def tanh_by_hand(latent_size):
    def by_hand(x):
        return (tf.exp(x) - tf.exp(-x)) / (tf.exp(x) + tf.exp(-x))

    return sequential(latent_size, last=None, end=[layers.Lambda(lambda x: by_hand(30 * x))])


@wrong(GENERATOR, "wrong-shape")
def pictures_of_sixteen(latent_size):
    return sequential(latent_size, side=4)


@wrong(GENERATOR, "wrong-shape")
def three_channels(latent_size):
    return sequential(latent_size, end=[layers.Lambda(lambda x: tf.repeat(x, 3, axis=-1))])


@wrong(GENERATOR, "wrong-shape")
def only_its_pictures(latent_size):
    return sequential(latent_size)(tf.zeros((1, latent_size)))


@wrong(GENERATOR, "raises")
def always_a_hundred_numbers(latent_size):
    return sequential(100)


@wrong(GENERATOR, "raises")
def maps_that_do_not_fit(latent_size):
    return keras.Sequential([keras.Input((latent_size,)), layers.Dense(30), layers.Reshape((2, 2, 8))])


@wrong(GENERATOR, "not-attempted")
def stub(latent_size):
    raise NotImplementedError()


@wrong(GENERATOR, "not-attempted")
def stub_in_the_call(latent_size):
    class Empty(Generator):
        def call(self, z, training=False):
            raise NotImplementedError("your turn")

    return Empty(latent_size)
