"""Watching a model: calls in order, writes, and everything left as it was."""

import random

import numpy as np
import pytest

from helpers.checks.engine import random_state

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def keras():
    from helpers.tf.quiet import keras

    return keras


@pytest.fixture(scope="module")
def trace(keras):
    from helpers.checks.engine import tf_trace

    return tf_trace


@pytest.fixture
def model(keras):
    layers = keras.layers
    block = keras.Sequential([layers.Dense(4, use_bias=False, name="dense"), layers.BatchNormalization(name="norm")])
    return keras.Sequential([keras.Input((3,)), block, layers.ReLU(name="relu"), layers.Dense(2, name="logits")])


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).normal(1, 2, (8, 3)).astype(np.float32)


def test_the_innermost_layers_are_seen_in_the_order_of_their_calls(trace, model, x):
    watched = trace.watch(model, x, training=True)
    assert [call.layer.name for call in watched.calls] == ["dense", "norm", "relu", "logits"]


def test_a_call_holds_what_went_in_and_what_came_out(trace, model, x):
    dense = trace.watch(model, x, training=True).calls[0]
    np.testing.assert_allclose(dense.y, x @ dense.layer.kernel.numpy(), rtol=1e-5, atol=1e-5)


def test_training_mode_writes_to_two_variables_and_inference_mode_to_none(trace, model, x):
    written = [len(trace.watch(model, x, training=mode).written) for mode in (True, False)]
    assert written == [2, 0]


def test_watching_leaves_the_weights_as_they_were(trace, model, x):
    before = model.get_weights()
    trace.watch(model, x, training=True)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_layers_are_called_as_before_once_a_model_was_watched(trace, model, x, keras):
    original = keras.layers.Layer.__call__
    trace.watch(model, x, training=True)
    assert keras.layers.Layer.__call__ is original


def test_layers_are_called_as_before_after_an_error_in_the_model(trace, model, keras):
    original = keras.layers.Layer.__call__
    with pytest.raises(ValueError, match="incompatible"):
        trace.watch(model, np.ones((2, 7), np.float32), training=True)
    assert keras.layers.Layer.__call__ is original


def test_keep_puts_back_what_an_error_leaves_behind(trace, model, x):
    def stumbles():
        with trace.keep(model):
            model(x, training=True)
            raise RuntimeError

    before = model.get_weights()
    with pytest.raises(RuntimeError):
        stumbles()
    assert all(map(np.array_equal, before, model.get_weights()))


def test_predict_gives_float64_and_writes_nothing(trace, model, x):
    before = model.get_weights()
    y = trace.predict(model, x, training=True)
    assert (y.dtype, y.shape) == (np.float64, (8, 2))
    assert all(map(np.array_equal, before, model.get_weights()))


def test_norms_are_found_inside_a_model_inside_a_model(trace, model):
    assert [layer.name for layer in trace.norm_layers(model)] == ["norm"]


def test_a_layer_of_one_s_own_with_running_statistics_is_a_norm(trace, keras):
    class Mine(keras.layers.Layer):
        def build(self, shape):
            self.mean = self.add_weight(name="running_mean", shape=shape[-1:], trainable=False)

    layer = Mine()
    layer.build((None, 3))
    assert trace.is_norm(layer)
    assert [variable.name for variable in trace.moving_statistics(layer)] == ["running_mean"]


def test_a_dense_layer_is_a_kernel_and_a_norm_is_none(trace, model, x):
    calls = trace.watch(model, x, training=False).calls
    assert [trace.is_kernel(call.layer) for call in calls] == [True, False, False, True]


def test_seeded_gives_the_same_weights_twice(trace, keras):
    kernels = []
    for _ in range(2):
        with trace.seeded():
            layer = keras.layers.Dense(3)
            layer.build((None, 3))
            kernels.append(layer.kernel.numpy())
    np.testing.assert_array_equal(*kernels)


def test_seeded_puts_the_global_generators_back(trace):
    before = random_state.take()
    with trace.seeded():
        random.random()
    assert random_state.changed(before, random_state.take()) is None


def test_seeded_lets_keras_pass_on_errors_as_they_are_raised(trace, keras):
    class Broken(keras.layers.Layer):
        def call(self, x):
            raise ValueError("as it is")

    with trace.seeded(), pytest.raises(ValueError, match=r"^as it is$"):
        Broken()(np.ones(3))
    assert keras.config.is_traceback_filtering_enabled()
