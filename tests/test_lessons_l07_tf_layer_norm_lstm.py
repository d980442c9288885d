"""The layer-normalized LSTM cell against a NumPy unrolling, and what it does not need: a batch, a memory, a mode."""

import re

import numpy as np
import pytest

from helpers.lessons.l07.tf_layer_norm_lstm import LayerNormLSTMCell
from helpers.tf.quiet import keras, tf

pytestmark = [
    pytest.mark.keras,
    # Keras 3.15 hands NumPy a TensorFlow variable, whose __array__ does not know NumPy 2's `copy`.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

N, T, D, UNITS = 6, 5, 3, 4
X = np.random.default_rng(0).normal(1.0, 2.0, (N, T, D)).astype(np.float32)


def built(**settings):
    keras.utils.set_random_seed(0)
    layer = keras.layers.RNN(LayerNormLSTMCell(UNITS, **settings), return_sequences=True)
    layer.build((None, T, D))
    return layer


def unrolled(cell, x):
    def normalized(a, gamma):
        centred = a - a.mean(axis=1, keepdims=True)
        return gamma.numpy() * centred / np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + cell.epsilon)

    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    h = c = np.zeros((len(x), UNITS))
    states = []
    for t in range(x.shape[1]):
        terms = normalized(x[:, t] @ cell.kernel.numpy(), cell.gamma_input) + cell.bias.numpy()
        terms = terms + normalized(h @ cell.recurrent_kernel.numpy(), cell.gamma_recurrent)
        i, f, g, o = np.split(terms, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(normalized(c, cell.gamma_cell) + cell.beta_cell.numpy())
        states.append(h)
    return np.stack(states, axis=1)


def test_it_is_the_unrolling_in_numpy():
    layer = built(initial_gamma=0.7, epsilon=0.01)
    np.testing.assert_allclose(layer(X).numpy(), unrolled(layer.cell, X), atol=1e-5)


def test_a_sequence_alone_gives_what_it_gives_in_a_batch():
    layer = built()
    np.testing.assert_allclose(layer(X[:1]).numpy(), layer(X).numpy()[:1], atol=1e-6)


def test_training_and_inference_are_one():
    layer = built()
    np.testing.assert_array_equal(layer(X, training=True).numpy(), layer(X, training=False).numpy())


def test_it_keeps_no_statistics():
    assert built().non_trainable_weights == []


def test_every_gamma_starts_at_1_and_the_forget_gate_at_1():
    cell = built().cell
    assert [float(w.numpy().min()) for w in cell.weights if "gamma" in w.name] == [1.0] * 3
    np.testing.assert_array_equal(cell.bias.numpy(), [0] * UNITS + [1] * UNITS + [0] * 2 * UNITS)


def test_a_saved_model_predicts_the_same(tmp_path):
    model = keras.Sequential([keras.Input((T, D)), keras.layers.RNN(LayerNormLSTMCell(UNITS, epsilon=0.1))])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(X).numpy(), model(X).numpy())


def test_gradients_reach_every_weight():
    layer = built()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(layer(X)) * np.arange(UNITS, dtype=np.float32))
    for gradient in tape.gradient(loss, layer.trainable_variables):
        assert np.abs(gradient.numpy()).max() > 1e-6


def test_epsilon_may_not_be_negative():
    message = "`epsilon` must be at least 0. Received: epsilon=-1.0. Pass a small number such as 0.001."
    with pytest.raises(ValueError, match=re.escape(message)):
        LayerNormLSTMCell(UNITS, epsilon=-1.0)
