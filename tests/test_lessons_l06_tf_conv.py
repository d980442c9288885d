"""The convolutional Keras networks: which layers stand where, what they share, and what a shortcut changes."""

import re

import numpy as np
import pytest

from helpers.lessons.l06.tf_conv import Convolution, conv_network, residual_network, small_network, strides
from helpers.tf.quiet import keras, tf

pytestmark = pytest.mark.keras


def of_kind(network, kind):
    return [layer for layer in network.layers if isinstance(layer, kind)]


def kernels(network):
    return [variable.numpy() for variable in network.trainable_variables if variable.name == "kernel"]


def build_with(build, seed=0, **settings):
    keras.utils.set_random_seed(seed)
    return build(**settings)


@pytest.fixture(scope="module")
def images():
    return tf.constant(np.random.default_rng(0).random((6, 8, 8)), tf.float32)


@pytest.mark.parametrize(("every", "layers"), [((), [3, 6, 9, 12, 15, 18]), ((19, 6), [6, 12, 18])])
def test_which_of_19_layers_have_stride_2(every, layers):
    assert [i for i, stride in enumerate(strides(*every), 1) if stride == 2] == layers


def test_layer_i_has_4_i_maps_and_3x3_kernels_and_the_digits_are_1x1_maps_from_layer_9_on():
    convolutions = of_kind(conv_network(), keras.layers.Conv2D)
    assert [layer.filters for layer in convolutions] == [4 * i for i in range(1, 20)]
    assert {layer.kernel_size for layer in convolutions} == {(3, 3)}
    assert [layer.output.shape[1] for layer in convolutions] == [8, 8, 4, 4, 4, 2, 2, 2, *[1] * 11]


@pytest.mark.parametrize("batch_norm", [True, False])
def test_each_layer_but_the_output_is_normalized_or_has_a_bias(batch_norm):
    network = conv_network(batch_norm=batch_norm)
    assert len(of_kind(network, keras.layers.BatchNormalization)) == 20 * batch_norm
    with_kernel = of_kind(network, (keras.layers.Conv2D, keras.layers.Dense))
    assert [layer.use_bias for layer in with_kernel] == [not batch_norm] * 20 + [True]


def test_the_output_is_logits():
    assert conv_network(layers=2, classes=4)(tf.zeros((5, 8, 8))).shape == (5, 4)
    assert conv_network(layers=2).layers[-1].activation is keras.activations.linear


def test_after_one_seed_all_kinds_of_network_have_the_same_kernels_and_after_another_others():
    kinds = [
        build_with(build, batch_norm=b, layers=5) for build in (conv_network, residual_network) for b in (True, False)
    ]
    first = kernels(kinds[0])
    assert len(first) == 7
    for other in kinds[1:]:
        for a, b in zip(first, kernels(other), strict=True):
            np.testing.assert_array_equal(a, b)
    assert np.abs(kernels(build_with(conv_network, 1, layers=5))[1] - first[1]).max() > 0.1


def test_momentum_reaches_every_batch_normalization():
    for build in (conv_network, residual_network):
        norms = of_kind(build(momentum=0.9, layers=3), keras.layers.BatchNormalization)
        assert [norm.momentum for norm in norms] == [0.9] * 4


def test_19_layers_have_9_shortcuts_without_a_parameter():
    assert len(of_kind(residual_network(), keras.layers.Add)) == 9
    for batch_norm in (True, False):
        plain, residual = (build(batch_norm=batch_norm) for build in (conv_network, residual_network))
        assert residual.count_params() == plain.count_params()


def test_a_silent_branch_leaves_the_shortcut(images):
    """With gamma 0 the kernels of a branch change nothing; with gamma 1 they do."""
    for last_gamma, change in ((0.0, False), (1.0, True)):
        network = residual_network(last_gamma=last_gamma, layers=5)
        before = network(images, training=True).numpy()
        branch = of_kind(network, keras.layers.Conv2D)[2]
        branch.kernel.assign(tf.random.normal(branch.kernel.shape))
        assert (np.abs(network(images, training=True) - before).max() > 1e-3) == change


def test_only_the_last_gamma_of_each_branch_starts_elsewhere():
    gammas = [n.gamma.numpy()[0] for n in of_kind(residual_network(layers=5), keras.layers.BatchNormalization)]
    assert gammas == [1, 1, 0, 1, 0, 1]


def test_a_shortcut_averages_2x2_cells_and_adds_maps_of_zeros(images):
    network = residual_network(layers=3)  # layer 3 has stride 2: 8x8x4 meets 4x4x12
    add = of_kind(network, keras.layers.Add)[0]
    before, shortcut = keras.Model(network.inputs, [of_kind(network, keras.layers.Activation)[0].output, add.input[0]])(
        images
    )
    means = before.numpy().reshape(6, 4, 2, 4, 2, 4).mean(axis=(2, 4))
    np.testing.assert_allclose(shortcut[..., :4], means, atol=1e-6)
    np.testing.assert_array_equal(shortcut[..., 4:], 0)


@pytest.mark.parametrize(
    ("build", "layers", "message"),
    [
        (residual_network, 4, "odd: one, then 2 under each shortcut. Received: layers=4. Pass a number such as 19."),
        (conv_network, 0, "at least 1. Received: layers=0. Pass the number of convolutions, such as 19."),
    ],
)
def test_what_is_refused(build, layers, message):
    with pytest.raises(ValueError, match=f"^`layers` must be {re.escape(message)}$"):
        build(layers=layers)


def test_the_small_network_normalizes_two_convolutions_and_nothing_else(images):
    network = build_with(small_network, momentum=0.8)
    norms = of_kind(network, keras.layers.BatchNormalization)
    assert [norm.momentum for norm in norms] == [0.8, 0.8]
    assert [layer.output.shape[1:] for layer in of_kind(network, keras.layers.Conv2D)] == [(8, 8, 16), (4, 4, 32)]
    assert len(of_kind(network, keras.layers.Dense)) == 1
    assert network(images).shape == (6, 10)


@pytest.mark.parametrize("use_bias", [True, False])
def test_from_1x1_maps_to_1x1_maps_a_convolution_gives_what_keras_gives_gradients_included(use_bias):
    theirs = build_with(keras.layers.Conv2D, filters=5, kernel_size=3, padding="same", use_bias=use_bias)
    ours = build_with(Convolution, filters=5, kernel_size=3, padding="same", use_bias=use_bias)
    x = tf.random.stateless_normal((7, 1, 1, 4), (0, 1))
    found = []
    for layer in (theirs, ours):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        found.append([y, *tape.gradient(y, [x, *(variable.value for variable in layer.trainable_variables)], y**2)])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
