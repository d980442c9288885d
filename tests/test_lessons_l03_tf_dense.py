"""The dense Keras networks: which layers stand where, and how many numbers they hold."""

import re

import numpy as np
import pytest

from helpers.lessons.l03.tf_dense import dense_network
from helpers.tf.quiet import keras

pytestmark = pytest.mark.keras


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def test_batch_normalization_stands_between_dense_and_activation():
    assert kinds(dense_network((5,))) == ["Flatten", "Dense", "BatchNormalization", "Activation", "Dense"]


def test_placement_after_puts_it_behind_the_activation():
    model = dense_network((5,), placement="after")
    assert kinds(model) == ["Flatten", "Dense", "Activation", "BatchNormalization", "Dense"]


def test_without_batch_normalization_there_is_none():
    assert kinds(dense_network((5,), batch_norm=False)) == ["Flatten", "Dense", "Activation", "Dense"]


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
    assert dense_network((5,), **settings).layers[1].use_bias is bias


def test_the_output_layer_always_has_a_bias():
    assert dense_network((5,), use_bias=False).layers[-1].use_bias is True


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
    def kernel(seed):
        keras.utils.set_random_seed(seed)
        return dense_network((20,)).layers[1].kernel.numpy()

    np.testing.assert_array_equal(kernel(3), kernel(3))
    assert not np.array_equal(kernel(3), kernel(4))


def test_another_placement_is_refused():
    message = "`placement` must be one of 'before', 'after'. Received: placement='between'. Choose one of them."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dense_network(placement="between")
