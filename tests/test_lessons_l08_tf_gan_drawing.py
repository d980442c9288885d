"""Drawing with trained generators: the images are the generator's own, batch by batch, whoever drew before."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed here.")

from helpers.lessons.l08.tf_gan import generator
from helpers.lessons.l08.tf_gan_drawing import Drawer
from helpers.tf.quiet import keras

pytestmark = pytest.mark.keras
Z = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)


def network(seed=0):
    """A small generator, its moving statistics not those that it started with."""
    keras.utils.set_random_seed(seed)
    made = generator(latent_size=3, maps=(4, 3), start="glorot")
    made(np.random.default_rng(seed).normal(1, 1, (50, 3)).astype(np.float32), training=True)
    return made


@pytest.fixture(scope="module")
def drawer():
    return Drawer(network())


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("size", [1, 3, 7, 64])
def test_images_are_those_of_the_generator_called_on_each_batch(drawer, size, training):
    mine = network(1)
    images = drawer(mine.get_weights(), Z, training=training, size=size)
    due = np.concatenate([mine(Z[i : i + size], training=training) for i in range(0, len(Z), size)])
    np.testing.assert_allclose(images, due, atol=1e-5)


def test_what_was_drawn_in_training_mode_before_changes_nothing(drawer):
    weights = network(1).get_weights()
    first = drawer(weights, Z, training=False, size=7)
    drawer(weights, Z + 5, training=True, size=2)
    np.testing.assert_array_equal(drawer(weights, Z, training=False, size=7), first)


def test_the_weights_that_it_was_given_stay_as_they_are(drawer):
    weights = network(1).get_weights()
    before = [weight.copy() for weight in weights]
    drawer(weights, Z, training=True, size=2)
    for weight, was in zip(weights, before, strict=True):
        np.testing.assert_array_equal(weight, was)


def test_two_generators_draw_different_images(drawer):
    one, other = (drawer(network(seed).get_weights(), Z, training=False, size=7) for seed in (1, 2))
    assert np.abs(one - other).max() > 0.01
