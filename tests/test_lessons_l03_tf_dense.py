"""The dense Keras networks: which layers stand where, and how many numbers they hold."""

import re

import numpy as np
import pytest

from helpers.lessons.l03.tf_dense import dense_network
from helpers.tf.quiet import keras

pytestmark = pytest.mark.keras


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


@pytest.mark.parametrize(
    ("settings", "hidden"),
    [
        ({}, ["Dense", "BatchNormalization", "Activation"]),
        ({"placement": "after"}, ["Dense", "Activation", "BatchNormalization"]),
        ({"batch_norm": False}, ["Dense", "Activation"]),
    ],
)
def test_where_batch_normalization_stands(settings, hidden):
    assert kinds(dense_network((5,), **settings)) == ["Flatten", *hidden, "Dense"]


@pytest.mark.parametrize(
    ("settings", "bias"),
    [
        ({}, False),
        ({"placement": "after"}, True),
        ({"batch_norm": False}, True),
        ({"use_bias": True}, True),
        ({"batch_norm": False, "use_bias": False}, False),
    ],
)
def test_the_hidden_layers_bias_goes_only_directly_before_batch_normalization(settings, bias):
    layers = dense_network((5,), **settings).layers
    assert (layers[1].use_bias, layers[-1].use_bias) == (bias, True)


def test_one_hidden_layer_of_100_has_7610_trainable_numbers_and_200_others():
    model = dense_network((100,))
    assert sum(int(np.prod(v.shape)) for v in model.trainable_variables) == 7610
    assert sum(int(np.prod(v.shape)) for v in model.non_trainable_variables) == 200


def test_momentum_activation_and_shapes_reach_the_layers():
    model = dense_network((7, 6), momentum=0.5, activation="tanh", image_shape=(4, 3), classes=2)
    assert model(np.zeros((5, 4, 3), np.float32)).shape == (5, 2)
    assert [layer.momentum for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)] == [0.5] * 2
    assert model.layers[3].activation is keras.activations.tanh


def test_kernels_have_the_spread_asked_for_and_differ_between_layers():
    keras.utils.set_random_seed(0)
    model = dense_network((100, 100, 100), init_scale=0.5)
    second, third = model.layers[4].kernel.numpy(), model.layers[7].kernel.numpy()
    assert second.std() == pytest.approx(0.5, rel=0.03)
    assert np.abs(np.corrcoef(second.ravel(), third.ravel())[0, 1]) < 0.05


def test_one_seed_gives_one_network_and_another_seed_another():
    kernels = []
    for seed in (3, 3, 4):
        keras.utils.set_random_seed(seed)
        kernels.append(dense_network((20,)).layers[1].kernel.numpy())
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[0], kernels[2])


def test_another_placement_is_refused():
    message = "`placement` must be one of 'before', 'after'. Received: placement='between'. Choose one of them."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dense_network(placement="between")
