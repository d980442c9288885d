"""The DCGAN's two networks: what is normalized, what is not, and that all kinds start from the same kernels."""

import re

import numpy as np
import pytest

from helpers.lessons.l08 import tf_gan
from helpers.tf.quiet import keras

pytestmark = pytest.mark.keras


def names(network):
    return [type(layer).__name__ for layer in network.layers]


def normalized(network):
    """Position of each batch normalization among the layers."""
    return [place for place, name in enumerate(names(network)) if name == "BatchNormalization"]


def kernels(networks):
    return [w.numpy() for network in networks for w in network.trainable_variables if w.name == "kernel"]


def z(count, size=tf_gan.LATENT_SIZE):
    return np.random.default_rng(0).normal(size=(count, size)).astype(np.float32)


def test_the_generator_makes_pictures_within_the_range_of_tanh():
    network = tf_gan.generator()
    pictures = network(100 * z(5), training=True).numpy()
    assert pictures.shape == (5, 8, 8, 1)
    assert np.abs(pictures).max() <= 1


def test_every_layer_but_those_at_the_picture_is_normalized_unless_asked():
    generator, discriminator = tf_gan.pair()
    assert names(generator) == [
        *("Dense", "Reshape", "BatchNormalization", "ReLU"),
        *("Conv2DTranspose", "BatchNormalization", "ReLU"),
        *("Conv2DTranspose", "Activation"),
    ]
    assert names(discriminator) == [
        *("Conv2D", "LeakyReLU", "Conv2D", "BatchNormalization", "LeakyReLU", "Flatten", "Dense"),
    ]
    generator, discriminator = tf_gan.pair(normalize_output=True, normalize_input=True)
    assert normalized(generator)[-1] == len(generator.layers) - 2
    assert normalized(discriminator) == [0, 4]


def test_a_bias_stands_where_no_batch_normalization_follows():
    biases = {
        (network.name, batch_norm): [layer.use_bias for layer in network.layers if hasattr(layer, "use_bias")]
        for batch_norm in (True, False)
        for network in tf_gan.pair(batch_norm=batch_norm)
    }
    assert list(biases.values()) == [[False, False, True], [True, False, True], [True] * 3, [True] * 3]


def test_all_kinds_start_from_the_same_kernels_and_another_seed_from_others():
    def start(seed, **kind):
        keras.utils.set_random_seed(seed)
        return kernels(tf_gan.pair(**kind))

    first = start(3)
    for kind in ({"batch_norm": False}, {"batch_norm": False, "norm": "spectral"}, {"normalize_output": True}):
        for one, same in zip(first, start(3, **kind), strict=True):
            np.testing.assert_array_equal(one, same)
    assert all(np.abs(one - other).max() > 0.01 for one, other in zip(first, start(4), strict=True))


def test_a_spectrally_normalized_kernel_has_norm_one_after_some_calls():
    """The largest singular value of the kernel as a matrix from all that a position sees to its features."""
    network = tf_gan.discriminator(norm="spectral")
    for _ in range(50):
        network(np.ones((2, 8, 8, 1), np.float32), training=True)
    for kernel in kernels([network]):
        assert np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), 2) == pytest.approx(1, abs=0.02)


def test_neither_side_has_batch_normalization_if_it_is_not_wanted():
    for network in (*tf_gan.pair(batch_norm=False), *tf_gan.pair(batch_norm=False, norm="spectral")):
        assert not normalized(network)


def test_latent_size_and_maps_can_be_chosen():
    generator, discriminator = tf_gan.pair(latent_size=5, maps=(6, 3))
    assert generator.input_shape == (None, 5)
    assert [kernel.shape for kernel in kernels([generator, discriminator])] == [
        *((5, 24), (4, 4, 3, 6), (4, 4, 1, 3)),
        *((4, 4, 1, 3), (4, 4, 3, 6), (24, 1)),
    ]


def test_the_generator_passes_its_check():
    from helpers import checks

    assert checks.generator(lambda latent_size: tf_gan.generator(latent_size=latent_size)).passed


def test_what_is_refused():
    message = "`norm` must be one of 'none', 'batch', 'spectral'. Received: norm='layer'. Choose one of them."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tf_gan.discriminator(norm="layer")
    message = "`latent_size` must be at least 1. Received: latent_size=0. Pass a number such as 16."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tf_gan.generator(latent_size=0)


def test_momentum_suits_a_short_training():
    layers = [layer for layer in tf_gan.generator().layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {layer.momentum for layer in layers} == {0.9}
