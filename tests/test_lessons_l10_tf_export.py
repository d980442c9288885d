"""The exported network: the same outputs, no normalization left, fewer bytes with 8 bits."""

import importlib.util

import numpy as np
import pytest

from helpers.lessons.l10 import tf_export
from helpers.tf.quiet import keras

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    layers = [keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, use_bias=False), keras.layers.BatchNormalization()]
    model = keras.Sequential([*layers, keras.layers.Activation("relu"), keras.layers.Flatten(), keras.layers.Dense(3)])
    statistics = [[2.0, 1.0, 0.5, 1.0], [0.0, 1.0, -1.0, 0.2], [0.1] * 4, [0.3, 0.2, 0.1, 0.4]]
    model.layers[1].set_weights([np.array(one) for one in statistics])
    return model


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((20, 8, 8, 1), np.float32)


def test_the_file_computes_what_keras_does_for_any_number_of_images(model, images):
    runtime = tf_export.Runtime(tf_export.convert(model))
    for count in (20, 1, 7):
        np.testing.assert_allclose(runtime(images[:count]), model(images[:count], training=False), atol=1e-5)


NO_ONNX = "onnx, tf2onnx and onnxruntime are not part of the course's environment: make test-extras"


@pytest.mark.weekly
@pytest.mark.skipif(not all(map(importlib.util.find_spec, ("onnx", "onnxruntime", "tf2onnx"))), reason=NO_ONNX)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_an_onnx_file_computes_what_keras_does_and_no_normalization_is_left_in_it(model, images, tmp_path):
    import onnx
    import onnxruntime

    due, path = np.asarray(model(images, training=False)), str(tmp_path / "digits.onnx")
    model.export(path, format="onnx", verbose=False)
    names = [node.op_type for node in onnx.load(path).graph.node]
    assert "Conv" in names
    assert "BatchNormalization" not in names
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: images})
    np.testing.assert_allclose(found, due, atol=1e-5)


def test_no_normalization_is_left(model):
    operators = tf_export.Runtime(tf_export.convert(model)).operators
    assert [name for name in operators if name in ("CONV_2D", "FULLY_CONNECTED", "MUL", "ADD", "SUB", "RELU")] == [
        "CONV_2D",
        "FULLY_CONNECTED",
    ]


def test_eight_bits_are_near_and_conversion_says_nothing(model, images, capfd):
    answers = tf_export.Runtime(tf_export.convert(model, images))(images)
    due = np.asarray(model(images, training=False))
    assert np.abs(answers - due).max() < 0.05 * np.abs(due).max()
    assert capfd.readouterr() == ("", "")


def test_functions_take_turns_and_the_slow_one_is_slower():
    import time

    calls = []

    def slow(image):
        calls.append("slow")
        time.sleep(0.002)

    def quick(image):
        calls.append("quick")

    times = tf_export.microseconds([slow, quick], None, rounds=3)
    assert calls == ["slow", "quick"] * 4
    assert times[0] > 1500 > times[1]
