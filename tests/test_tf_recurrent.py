"""Recurrent batch normalization against a plain NumPy unrolling, and against keras.layers.LSTM where it is off."""

import functools
import re

import numpy as np
import pytest

from helpers import batchnorm
from helpers.tf.quiet import keras, tf
from helpers.tf.recurrent import BatchNormLSTM, BatchNormLSTMCell

pytestmark = [
    pytest.mark.keras,
    # Keras 3.15 hands NumPy a TensorFlow variable, whose __array__ does not know NumPy 2's `copy`.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

N, T, D, UNITS = 6, 5, 3, 4
X = np.random.default_rng(0).normal(1.0, 2.0, (N, T, D)).astype(np.float32)


def built(**settings):
    keras.utils.set_random_seed(0)
    layer = BatchNormLSTM(UNITS, **settings)
    layer.build((None, T, D))
    return layer


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def unrolled(layer, x, moments=None):
    """Hidden states (N, T, units) and the moments of each step, {place: [(mean, variance), ...]}, in NumPy.

    With moments, those are used (inference); without, the batch's own.
    """
    cell = layer.cell
    h = c = np.zeros((len(x), UNITS))
    states, found = [], {"input": [], "recurrent": [], "cell": []}

    def normalized(values, place, t, beta=0.0):
        mean, variance = batchnorm.batch_moments(values) if moments is None else moments[place][t]
        found[place].append((mean, variance))
        gamma = getattr(cell, f"gamma_{place}").numpy()
        return gamma * (values - mean) / np.sqrt(variance + cell.epsilon) + beta

    for t in range(x.shape[1]):
        terms = normalized(x[:, t] @ cell.kernel.numpy(), "input", t)
        terms = terms + normalized(h @ cell.recurrent_kernel.numpy(), "recurrent", t) + cell.bias.numpy()
        i, f, g, o = np.split(terms, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(normalized(c, "cell", t, cell.beta_cell.numpy()))
        states.append(h)
    return np.stack(states, axis=1), found


def moving(layer, statistic, place):
    return layer.cell.moving(statistic, place).numpy()


def test_without_normalization_it_is_keras_lstm():
    plain = keras.layers.LSTM(UNITS, return_sequences=True)
    expected = plain(X).numpy()
    layer = built(normalize=False, return_sequences=True)
    layer.set_weights(plain.get_weights())
    np.testing.assert_allclose(layer(X).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("return_sequences", [False, True])
def test_without_normalization_a_mask_does_what_it_does_in_keras_lstm(return_sequences):
    mask = np.arange(T) < np.array([5, 5, 4, 3, 2, 1])[:, None]
    plain = keras.layers.LSTM(UNITS, return_sequences=return_sequences)
    expected = plain(X, mask=mask).numpy()
    layer = built(normalize=False, return_sequences=return_sequences)
    layer.set_weights(plain.get_weights())
    np.testing.assert_allclose(layer(X, mask=mask).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["int32", "float32", "float16", "one axis more"])
def test_a_mask_of_any_kind_does_what_booleans_do(kind):
    mask, layer = np.arange(T) < np.array([5, 5, 4, 3, 2, 1])[:, None], built()
    given = mask[..., None] if kind == "one axis more" else 0.5 * mask if "float" in kind else 3 * mask
    given = given if kind == "one axis more" else given.astype(kind)
    np.testing.assert_array_equal(layer(X, mask=given, training=True), layer(X, mask=mask, training=True))


def test_without_normalization_gradients_are_those_of_keras_lstm():
    plain, layer = keras.layers.LSTM(UNITS), built(normalize=False)
    plain.build((None, T, D))
    layer.set_weights(plain.get_weights())
    found = []
    for one in (plain, layer):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(one(X, training=True)) * np.arange(UNITS, dtype=np.float32))
        found.append(tape.gradient(loss, one.trainable_variables))
    for expected, gradient in zip(*found, strict=True):
        np.testing.assert_allclose(gradient.numpy(), expected.numpy(), atol=1e-5)


def test_return_sequences_ends_with_what_the_layer_gives_without():
    every, last = built(return_sequences=True), built()
    assert every(X, training=True).shape == (N, T, UNITS)
    np.testing.assert_array_equal(every(X, training=True).numpy()[:, -1], last(X, training=True).numpy())


def test_training_is_the_unrolling_with_each_steps_own_moments():
    layer = built(return_sequences=True, initial_gamma=0.7)
    expected, _ = unrolled(layer, X)
    np.testing.assert_allclose(layer(X, training=True).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("batches", [1, 2, 10])
@pytest.mark.parametrize("place", ["input", "recurrent", "cell"])
def test_each_step_remembers_its_own_moments(batches, place):
    layer = built(momentum=0.9)
    _, found = unrolled(layer, X)
    for _ in range(batches):
        layer(X, training=True)
    left = 0.9**batches  # of the start, 0 for means and 1 for variances
    means, variances = (np.array(values) for values in zip(*found[place]))
    np.testing.assert_allclose(moving(layer, "mean", place), (1 - left) * means, atol=1e-5)
    np.testing.assert_allclose(moving(layer, "variance", place), left + (1 - left) * variances, atol=1e-5)


def test_inference_is_the_unrolling_with_the_moving_statistics():
    layer = built(return_sequences=True, momentum=0.0)
    layer(X, training=True)
    _, found = unrolled(layer, X)
    expected, _ = unrolled(layer, X[:1] + 1, moments=found)
    np.testing.assert_allclose(layer(X[:1] + 1).numpy(), expected, atol=1e-5)


def test_inference_remembers_nothing():
    layer = built()
    before = layer.cell.get_weights()
    layer(X, training=False)
    for old, new in zip(before, layer.cell.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_a_layer_that_is_not_trainable_runs_in_inference_mode():
    layer = built()
    layer.trainable = False
    np.testing.assert_array_equal(layer(X, training=True).numpy(), layer(X, training=False).numpy())


def test_every_gamma_starts_at_0_1_and_every_moving_weight_has_a_row_for_each_step():
    cell = built().cell
    assert [float(w.numpy().max()) for w in cell.weights if "gamma" in w.name] == pytest.approx([0.1] * 3)
    assert [w.shape[0] for w in cell.weights if "moving" in w.name] == [T] * 6


def test_steps_beyond_the_longest_trained_use_the_last_ones_statistics():
    layer = built(return_sequences=True, momentum=0.0, max_steps=9)
    layer(X, training=True)
    _, found = unrolled(layer, X)
    longer = np.concatenate([X, X[:, :3]], axis=1)
    stretched = {place: values + [values[-1]] * 3 for place, values in found.items()}
    expected, _ = unrolled(layer, longer, moments=stretched)
    np.testing.assert_allclose(layer(longer).numpy(), expected, atol=1e-5)


def test_a_step_beyond_max_steps_is_trained_but_not_remembered():
    layer = built(max_steps=3, momentum=0.0)
    layer(X, training=True)
    assert layer.cell.steps_trained.numpy() == 3
    np.testing.assert_allclose(
        moving(layer, "mean", "input")[2], (X[:, 2] @ layer.cell.kernel.numpy()).mean(0), atol=1e-5
    )


def test_padding_counts_in_no_moment_whatever_it_holds():
    mask = np.arange(T) < np.array([5, 5, 4, 3, 2, 1])[:, None]
    layer, padded = built(momentum=0.0), np.where(mask[..., None], X, 99.0)
    layer(padded.astype(np.float32), training=True, mask=mask)
    expected = [(X[mask[:, t], t] @ layer.cell.kernel.numpy()).mean(axis=0) for t in range(T)]
    np.testing.assert_allclose(moving(layer, "mean", "input"), expected, atol=1e-5)


def test_with_a_mask_each_row_is_what_it_is_among_the_rows_that_are_there():
    layer = built(return_sequences=True, initial_gamma=0.7)
    mask = np.arange(T) < np.array([5, 5, 5, 5, 5, 2])[:, None]
    both, _ = unrolled(layer, X[:, :2])  # up to step 2 all six are there
    states = layer(X, training=True, mask=mask).numpy()
    np.testing.assert_allclose(states[:, :2], both, atol=1e-5)
    five = built(return_sequences=True, initial_gamma=0.7)(X[:5], training=True).numpy()
    assert np.abs(states[:5, :2] - five[:, :2]).max() > 1e-3  # the sixth sequence counts while it lasts


def test_the_state_of_a_padded_row_stays():
    mask = np.arange(T) < np.array([5, 5, 5, 5, 5, 2])[:, None]
    states = built(return_sequences=True)(X, training=True, mask=mask).numpy()
    np.testing.assert_array_equal(states[5, 1:], np.broadcast_to(states[5, 1], (4, UNITS)))


def test_a_step_that_is_padding_in_every_row_is_not_remembered():
    layer = built()
    layer(X, training=True, mask=np.broadcast_to(np.arange(T) < 3, (N, T)))
    assert layer.cell.steps_trained.numpy() == 3
    np.testing.assert_array_equal(moving(layer, "variance", "input")[3:], 1.0)


def test_shared_statistics_are_the_mean_of_all_steps():
    layer = built(shared_statistics=True, momentum=0.0)
    _, found = unrolled(layer, X)
    layer(X, training=True)
    means = np.mean([mean for mean, _ in found["input"]], axis=0)
    np.testing.assert_allclose(moving(layer, "mean", "input"), [means], atol=1e-5)


@pytest.mark.parametrize("unroll", [False, True])
@pytest.mark.parametrize("steps", [2, T])
def test_in_keras_rnn_the_cell_remembers_what_the_layer_does(unroll, steps):
    x, layer = X[:, :steps], BatchNormLSTM(UNITS)
    layer(x)
    rnn = keras.layers.RNN(BatchNormLSTMCell(UNITS, max_steps=steps), unroll=unroll)
    rnn(x)
    rnn.cell.set_weights(layer.cell.get_weights())
    for _ in range(3):
        np.testing.assert_allclose(rnn(x, training=True).numpy(), layer(x, training=True).numpy(), atol=1e-6)
    for place in ("input", "recurrent", "cell"):
        np.testing.assert_allclose(rnn.cell.moving("mean", place).numpy(), moving(layer, "mean", place), atol=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_fit_trains_and_remembers(jit_compile):
    model = keras.Sequential([keras.Input((T, D)), BatchNormLSTM(UNITS), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=jit_compile)
    before = model.layers[0].cell.kernel.numpy()
    model.fit(X, np.ones((N, 1)), epochs=2, batch_size=N, verbose=0)
    assert np.abs(model.layers[0].cell.kernel.numpy() - before).max() > 1e-6
    assert model.layers[0].cell.steps_trained.numpy() == T


def test_a_tf_function_gives_the_same():
    layer = built()
    compiled = tf.function(lambda x: layer(x, training=False))
    np.testing.assert_allclose(compiled(X).numpy(), layer(X).numpy(), atol=1e-6)


def test_a_tf_function_trains_and_remembers_the_same():
    eager, traced = built(momentum=0.5), built(momentum=0.5)
    compiled = tf.function(lambda x: traced(x, training=True))
    for shift in (0, 1, 2):
        np.testing.assert_allclose(compiled(X + shift).numpy(), eager(X + shift, training=True).numpy(), atol=1e-5)
    for one, other in zip(traced.cell.get_weights(), eager.cell.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_saved_model_still_masks_and_knows_how_many_steps_were_trained(tmp_path):
    padded = X.copy()
    padded[:, 3:] = -9.0
    layers = [keras.layers.Masking(-9.0), BatchNormLSTM(UNITS, epsilon=0.01, max_steps=7)]
    model = keras.Sequential([keras.Input((None, D)), *layers])
    model(padded, training=True)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[-1].cell.steps_trained.numpy() == 3
    for x in (padded, X[:, :2], np.concatenate([X, X], axis=1)):
        np.testing.assert_array_equal(again(x).numpy(), model(x).numpy())


def test_a_saved_model_predicts_the_same_with_its_moving_statistics(tmp_path):
    model = keras.Sequential([keras.Input((T, D)), BatchNormLSTM(UNITS, momentum=0.5, return_sequences=True)])
    model(X, training=True)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(X).numpy(), model(X).numpy())


def test_the_last_states_come_with_return_state():
    output, h, c = built(return_state=True)(X)
    assert (output.shape, h.shape, c.shape) == ((N, UNITS), (N, UNITS), (N, UNITS))
    np.testing.assert_array_equal(output.numpy(), h.numpy())


def test_unknown_length_needs_max_steps():
    message = (
        "`max_steps` must be given where the inputs' length is not known. "
        "Received: max_steps=None, input_shape=(None, None, 3). Pass the longest sequence's length."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        BatchNormLSTM(UNITS).build((None, None, D))


def test_a_cell_needs_max_steps():
    message = (
        "`max_steps` must be the number of time steps that get statistics of their own. "
        "Received: max_steps=None. Pass the length of the longest sequence."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        BatchNormLSTMCell(UNITS)


def test_the_smallest_layer_has_one_unit():
    assert BatchNormLSTM(1)(X).shape == (N, 1)
    with pytest.raises(ValueError, match="units") as caught:
        BatchNormLSTM(0)
    assert str(caught.value) == (
        "`units` must be at least 1. Received: units=0. Pass the size of the hidden state, such as 100."
    )


@functools.cache
def remembered(dtype, in_rnn):
    """The weights of a cell, its memory among them, after one step of training."""
    if in_rnn:
        layer = keras.layers.RNN(BatchNormLSTMCell(UNITS, max_steps=T, momentum=0.5, dtype=dtype), dtype=dtype)
    else:
        layer = BatchNormLSTM(UNITS, momentum=0.5, dtype=dtype)
    model = keras.Sequential([keras.Input((T, D)), layer])
    layer.cell.set_weights(built().cell.get_weights())  # drawn in float32: each precision would draw its own
    model.compile(keras.optimizers.SGD(0.01), "mse")
    model.fit(X, np.ones((N, UNITS)), batch_size=N, verbose=0)
    assert layer(X).dtype == keras.DTypePolicy(dtype).compute_dtype
    return [tf.cast(weight, "float64").numpy() for weight in layer.cell.weights]


@pytest.mark.parametrize("policy", ["float16", "float64", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("in_rnn", [False, pytest.param(True, marks=pytest.mark.weekly)])
def test_every_precision_trains_and_remembers_nearly_what_float32_does(policy, in_rnn):
    for one, other in zip(remembered(policy, in_rnn), remembered("float32", in_rnn), strict=True):
        np.testing.assert_allclose(one, other, rtol=5e-2, atol=5e-2)


@pytest.mark.parametrize("masked", [False, True])
def test_a_batch_without_rows_is_not_remembered_and_makes_nothing_nan(masked):
    layer = built()
    layer(X, training=True)
    before = layer.cell.get_weights()
    mask = np.ones((0, T), bool) if masked else None
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(X[:0], training=True, mask=mask))
    for gradient in tape.gradient(loss, layer.trainable_variables):
        np.testing.assert_array_equal(gradient, np.zeros(gradient.shape))
    for old, new in zip(before, layer.cell.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("normalize", [False, True])
def test_bidirectional_reads_both_ways(normalize):
    both = keras.layers.Bidirectional(BatchNormLSTM(UNITS, normalize=normalize, return_sequences=True))
    mask = np.arange(T) < np.array([5, 5, 4, 3, 2, 1])[:, None]
    out = both(X, mask=mask, training=False).numpy()
    if normalize:  # each half is the layer alone, one of them on the reversed sequences
        forward, backward = built(return_sequences=True), built(return_sequences=True)
        forward.set_weights(both.forward_layer.get_weights()), backward.set_weights(both.backward_layer.get_weights())
        reversed_states = backward(X[:, ::-1], mask=mask[:, ::-1]).numpy()[:, ::-1]
        expected = np.concatenate([forward(X, mask=mask), reversed_states], axis=-1)
    else:
        plain = keras.layers.Bidirectional(keras.layers.LSTM(UNITS, return_sequences=True))
        plain.build((None, T, D))
        plain.set_weights(both.get_weights())
        expected = plain(X, mask=mask).numpy()
        out, expected = out[mask], expected[mask]  # keras LSTM gives 0 for padding here
    np.testing.assert_allclose(out, expected, atol=1e-6)


def test_stacked_in_time_distributed_and_with_states_passed_on_it_is_keras_lstm():
    def model(lstm):
        inputs = keras.Input((2, T, D))
        x = keras.layers.TimeDistributed(lstm(return_sequences=False))(inputs)
        x, h, c = lstm(return_sequences=True, return_state=True)(x)
        return keras.Model(inputs, lstm(return_sequences=False)(x, initial_state=[h, c]))

    ours = model(lambda **settings: BatchNormLSTM(UNITS, normalize=False, **settings))
    theirs = model(lambda **settings: keras.layers.LSTM(UNITS, **settings))
    ours.set_weights(theirs.get_weights())
    x = np.stack([X, 2 * X], axis=1)
    np.testing.assert_allclose(ours(x).numpy(), theirs(x).numpy(), atol=1e-6)


def test_what_it_cannot_do_is_refused_in_words():
    message = (
        "`inputs` must have shape (N, T, D), with D known. Received: input_shape=(6, 3). "
        "Add the axis of time steps, or reshape."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        BatchNormLSTM(UNITS)(X[:, 0])
    message = (
        "`stateful` must be False: statistics belong to time steps counted from a sequence's beginning. "
        "Received: stateful=True. Pass the states on yourself: return_state=True, then initial_state=[h, c]."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BatchNormLSTM(UNITS, stateful=True)

    message = (
        f"`mask` must have shape (N, T), one entry for each step. Received: mask.shape=(6, {T}, {D}). "
        "Leave out the features' axis."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        BatchNormLSTM(UNITS)(X, mask=X > 0)
    with pytest.raises(
        ValueError, match=re.escape("`initial_state` must be [h, c], each (N, units). Received: list of 1.")
    ):
        BatchNormLSTM(UNITS)(X, initial_state=[X[:, 0]])
    with pytest.raises(ValueError, match=f"expected axis 2 of input shape to have value {D}"):
        built()(X[..., :2])


@pytest.mark.weekly
@pytest.mark.filterwarnings("ignore")  # the converter's own
@pytest.mark.parametrize("masked", [False, True])
def test_onnx_predicts_the_same_where_a_converter_is_at_hand(masked):
    tf2onnx = pytest.importorskip("tf2onnx", reason="needs a converter: pip install tf2onnx onnxruntime")
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs ONNX's runtime: pip install onnxruntime")
    parts = [keras.Input((T, D)), *[keras.layers.Masking()] * masked, BatchNormLSTM(UNITS, return_sequences=True)]
    model = keras.Sequential(parts)
    model(X, training=True)
    shape = [tf.TensorSpec((None, T, D), tf.float32, name="x")]
    converted, _ = tf2onnx.convert.from_function(tf.function(model, input_signature=shape), shape)
    session = onnxruntime.InferenceSession(converted.SerializeToString())
    np.testing.assert_allclose(session.run(None, {"x": X})[0], model(X), atol=1e-6)


@pytest.mark.parametrize("file", ["model.keras", "model.h5", "model.weights.h5", "exported"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_every_format_keeps_weights_and_memory(file, tmp_path, capsys):
    def model():
        wrapped = keras.layers.Bidirectional(BatchNormLSTM(UNITS, momentum=0.5, return_sequences=True))
        return keras.Sequential([keras.Input((T, D)), wrapped, BatchNormLSTM(2)])

    trained, path = model(), tmp_path / file
    trained(X, training=True)
    if file == "exported":
        trained.export(path, verbose=False)
        loaded = tf.saved_model.load(path)
        again = loaded.serve
    elif ".weights" in file:
        trained.save_weights(path)
        again = model()
        again.load_weights(path)
    else:
        trained.save(path)
        again = keras.models.load_model(path)
    np.testing.assert_allclose(again(X).numpy(), trained(X).numpy(), atol=1e-6)
