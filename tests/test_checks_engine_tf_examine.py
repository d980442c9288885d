"""What is found out about a network by running it."""

import numpy as np
import pytest

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def layers():
    from helpers.tf.quiet import keras

    return keras.layers


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).uniform(0, 3, (16, 5)).astype(np.float32)


def found(parts, x):
    from helpers.checks.engine import tf_trace
    from helpers.checks.engine.tf_examine import examine
    from helpers.tf.quiet import keras

    with tf_trace.seeded():
        model = keras.Sequential([keras.Input(x.shape[1:]), *parts])
        return examine(model, x)


@pytest.fixture(scope="module")
def usual(layers, x):
    parts = [layers.Dense(6, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.Dense(3)]
    return found(parts, x)


def test_layers_with_a_kernel_are_found_by_their_places(usual):
    assert usual.kernels == [0, 3]


def test_the_norm_stands_between_the_first_kernel_and_the_second(usual):
    assert (usual.normalized(0), usual.normalized(1)) == (True, False)
    assert len(usual.norms_between(0)) == 1


def test_a_norm_at_work_is_centred_and_writes_to_its_memory(usual):
    (norm,) = usual.norms
    assert norm.off_centre < 0.01
    assert norm.moved
    assert norm.statistics == 6


def test_the_usual_network_keeps_its_images_apart_at_inference(usual):
    assert usual.mates_differ_at_inference == 0
    assert not usual.moved_at_inference


def test_without_a_bias_before_the_norm_every_gradient_is_alive(usual):
    assert usual.idle_biases == []


def test_a_bias_before_a_norm_is_idle_and_the_one_of_the_output_is_not(layers, x):
    parts = [layers.Dense(6, name="first"), layers.BatchNormalization(), layers.ReLU(), layers.Dense(3, name="last")]
    (idle,) = found(parts, x).idle_biases
    assert idle.endswith("first/bias")


def test_a_frozen_norm_is_off_centre_and_does_not_move(layers, x):
    (norm,) = found([layers.Dense(6), layers.BatchNormalization(trainable=False), layers.Dense(3)], x).norms
    assert norm.off_centre > 0.5
    assert (norm.moved, norm.trainable) == (False, False)


def test_a_layer_that_uses_the_batch_in_both_modes_mixes_images_at_inference(layers, x):
    from helpers.tf.quiet import keras

    class Batch(layers.Layer):
        def call(self, x):
            return x - keras.ops.mean(x, axis=0)

    assert found([layers.Dense(6), Batch(), layers.Dense(3)], x).mates_differ_at_inference > 0.1


def test_without_a_norm_images_do_not_mix_in_training_mode(layers, x):
    assert found([layers.Dense(6), layers.Dense(3)], x).mates_differ_in_training == 0


@pytest.mark.parametrize(
    ("axis", "sharing"),
    [(-1, "features"), (3, "features"), (1, "axis-not-features"), (2, "axis-not-features")],
)
def test_the_axis_tells_which_values_share_a_statistic(layers, axis, sharing):
    images = np.random.default_rng(1).uniform(0, 3, (8, 6, 5, 2)).astype(np.float32)
    parts = [layers.Conv2D(4, 2), layers.BatchNormalization(axis=axis), layers.Flatten(), layers.Dense(3)]
    assert found(parts, images).norms[0].sharing == sharing


def test_of_a_layer_that_is_called_twice_the_last_call_counts(x):
    from helpers.checks.engine.tf_examine import outline
    from helpers.tf.quiet import keras

    class Twice(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.last = keras.layers.Dense(4), keras.layers.Dense(2)

        def call(self, x):
            self.last(self.first(x))
            return self.last(self.first(x))

    model = Twice()
    model(x)
    assert outline(model, x).kernels == [2, 3]
