"""Images cut short, and the layer that counts padding in its moments."""

import numpy as np
import pytest

from helpers import data
from helpers.lessons.l07.tf_padding import PADDING, PaddingCountedLSTM, cut_short
from helpers.tf.quiet import keras
from helpers.tf.recurrent import BatchNormLSTM

pytestmark = pytest.mark.keras


def test_each_length_from_4_to_8_rows_occurs_about_equally_often():
    lengths = (cut_short(0).x_train[:, :, 0] != PADDING).sum(axis=1)
    counts = np.bincount(lengths, minlength=9)
    assert counts[:4].tolist() == [0, 0, 0, 0]
    assert np.all(np.abs(counts[4:] - 1260 / 5) < 60)


def test_the_longest_may_be_shorter():
    lengths = (cut_short(0, longest=6).x_train[:, :, 0] != PADDING).sum(axis=1)
    assert set(lengths) == {4, 5, 6}


def test_what_is_left_of_an_image_is_unchanged():
    cut, whole = cut_short(1).x_test, data.load(split=1).x_test
    np.testing.assert_array_equal(cut[cut != PADDING], whole[cut != PADDING])


def test_one_seed_cuts_alike_twice():
    np.testing.assert_array_equal(cut_short(2).x_train, cut_short(2).x_train)


def remembered(layer_class):
    keras.utils.set_random_seed(0)
    layer = layer_class(2, momentum=0.0)
    x = np.array([[[1.0], [3.0]], [[1.0], [0.0]]], np.float32)  # the second sequence ends after one step
    states = layer(x, training=True, mask=np.array([[True, True], [True, False]]))
    return layer.cell.kernel.numpy()[0], layer.cell.moving_mean_input.numpy()[1], states.numpy()


def test_padding_makes_the_mean_1_5_instead_of_3():
    kernel, right, _ = remembered(BatchNormLSTM)
    np.testing.assert_allclose(right, 3.0 * kernel, rtol=1e-6)
    _, wrong, _ = remembered(PaddingCountedLSTM)
    np.testing.assert_allclose(wrong, 1.5 * kernel, rtol=1e-6)


def test_without_padding_the_two_layers_are_one():
    x = np.random.default_rng(0).normal(size=(6, 4, 3)).astype(np.float32)
    outputs = []
    for layer_class in (BatchNormLSTM, PaddingCountedLSTM):
        keras.utils.set_random_seed(0)
        outputs.append(layer_class(5)(x, training=True, mask=np.ones((6, 4), bool)).numpy())
    np.testing.assert_array_equal(*outputs)
