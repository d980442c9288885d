"""Networks that read rows: the three start alike, padding is masked, and the shapes are right."""

import re

import numpy as np
import pytest

from helpers.lessons.l07.tf_sequences import NORMALIZATIONS, row_reader
from helpers.tf.quiet import keras
from helpers.tf.recurrent import BatchNormLSTM

pytestmark = pytest.mark.keras

X = np.random.default_rng(0).random((5, 8, 8)).astype(np.float32)


def reader(*arguments, **settings):
    keras.utils.set_random_seed(3)
    return row_reader(*arguments, **settings)


def kernels(network):
    return [w.numpy() for w in network.weights if "kernel" in w.name or "bias" in w.name]


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_it_gives_ten_logits_for_each_image(normalization):
    assert reader(normalization)(X).shape == (5, 10)


@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_with_the_same_seed_all_start_from_the_same_kernels(normalization):
    for one, other in zip(kernels(reader("none")), kernels(reader(normalization)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_memory_keeps_nine_tenths():
    assert reader().layers[0].cell.momentum == 0.9


def test_settings_reach_the_layer():
    cell = reader("batch", initial_gamma=1.0, epsilon=1e-5, momentum=0.5).layers[0].cell
    assert (cell.initial_gamma, cell.epsilon, cell.momentum) == (1.0, 1e-5, 0.5)


def test_without_normalization_there_is_no_gamma():
    network = reader("none")
    assert isinstance(network.layers[0], BatchNormLSTM)
    assert [w.name for w in network.weights if "gamma" in w.name or "moving" in w.name] == []


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_rows_of_padding_change_nothing(normalization):
    network, padded = reader(normalization, padding=-1.0), X.copy()
    padded[:, 5:] = -1.0
    short = reader(normalization, shape=(5, 8))
    short.layers[-1].set_weights(network.layers[-1].get_weights())
    np.testing.assert_allclose(network(padded).numpy(), short(X[:, :5]).numpy(), atol=1e-6)


def test_another_normalization_is_refused():
    with pytest.raises(ValueError, match=re.escape("`normalization` must be one of")):
        row_reader("group")
