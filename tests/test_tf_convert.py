"""Weights go from Keras's layer to ours and back through a `.weights.h5` file, in one call each."""

import numpy as np
import pytest

from helpers.tf.batchnorm import BatchNorm
from helpers.tf.convert import load_keras_weights, save_keras_weights
from helpers.tf.quiet import keras, tf

pytestmark = [
    pytest.mark.keras,
    # Keras 3.15 hands NumPy a TensorFlow variable, whose __array__ does not know NumPy 2's `copy`.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

THEIRS = keras.layers.BatchNormalization


def sequential(layer):
    return keras.Sequential([keras.Input((6, 6, 2)), keras.layers.Conv2D(3, 3), layer(), layer(scale=False, axis=1)])


def functional(layer):
    """Two branches, one of them a model of its own, and a shared layer."""
    inputs, shared = keras.Input((4,)), layer(center=False)
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), layer(momentum=0.9)])
    branches = [shared(inner(inputs)), shared(keras.layers.Dense(4)(inputs))]
    return keras.Model(inputs, layer(dtype="float64")(keras.layers.Concatenate()(branches)))


def with_other_weights(model):
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in model.weights])
    return model


@pytest.mark.parametrize("network", [sequential, functional])
@pytest.mark.parametrize("ours_first", [True, False])
def test_the_other_model_predicts_the_same(network, ours_first, tmp_path):
    ours, theirs, file = network(BatchNorm), network(THEIRS), tmp_path / "a.weights.h5"
    if ours_first:
        save_keras_weights(with_other_weights(ours), file)
        theirs.load_weights(file)
    else:
        with_other_weights(theirs).save_weights(file)
        load_keras_weights(ours, file)
    x = tf.random.stateless_normal((5, *ours.input_shape[1:]), seed=(0, 1))
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-5)
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]


def test_another_models_file_is_refused_and_the_weights_stay(tmp_path):
    other = keras.Sequential([keras.Input((6, 6, 2)), keras.layers.Conv2D(4, 3), THEIRS(), THEIRS(scale=False, axis=1)])
    other.save_weights(tmp_path / "a.weights.h5")
    model = sequential(BatchNorm)
    before = model.get_weights()
    with pytest.raises(ValueError, match="conv2d"):
        load_keras_weights(model, tmp_path / "a.weights.h5")
    assert all(map(np.array_equal, model.get_weights(), before))
