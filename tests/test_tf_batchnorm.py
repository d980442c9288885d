"""helpers.tf.batchnorm.BatchNorm against keras.layers.BatchNormalization, and against hand numbers."""

import re

import numpy as np
import pytest

from helpers import gradcheck
from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras, tf

pytestmark = [
    pytest.mark.keras,
    # Keras 3.15 copies its variables by an old protocol of NumPy's when it saves a model.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

CASES = [((8, 5), -1), ((8, 1), -1), ((6, 4, 5), -1), ((6, 5, 4), 1), ((3, 4, 2, 5), -1), ((3, 5, 4, 2), 1)]
MASKED = [((6, 4, 5), -1), ((3, 4, 2, 5), 3), ((5, 4, 3), 1)]
BOTH = {"ours": BatchNorm, "keras": keras.layers.BatchNormalization}


def draw(shape, seed=0, mean=4.0, sd=2.0):
    return tf.constant(np.random.default_rng(seed).normal(mean, sd, shape), tf.float32)


def pair(shape, **arguments):
    """Our layer and Keras's with the same weights, none at its start value."""
    layers = BatchNorm(**arguments), keras.layers.BatchNormalization(**arguments)
    rng = np.random.default_rng(3)
    for layer in layers:
        layer.build(shape)
    weights = [rng.uniform(0.5, 3, weight.shape) for weight in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def assert_same_weights(ours, theirs, rtol=1e-5):
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    for mine, reference in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine, reference, rtol=rtol, atol=1e-6, err_msg=mine.name)


def gradients(layer, x, dy, **call):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.cast(layer(x, **call), tf.float32) * dy)
    return tape.gradient(loss, [x, *layer.trainable_variables])


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "axis"), CASES)
@pytest.mark.parametrize("momentum", [0.0, 0.99, 1.0])
def test_outputs_and_moving_statistics_after_1_2_and_10_steps(shape, axis, momentum):
    ours, theirs = pair(shape, axis=axis, momentum=momentum)
    for step in range(1, 11):
        x = draw(shape, step)
        np.testing.assert_allclose(ours(x, training=True), theirs(x, training=True), rtol=1e-4, atol=1e-5)
        if step in (1, 2, 10):
            assert_same_weights(ours, theirs)
            np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("shape", "axis"), CASES)
@pytest.mark.parametrize("training", [True, False])
def test_gradients_for_inputs_gamma_and_beta(shape, axis, training):
    ours, theirs = pair(shape, axis=axis)
    x, dy = draw(shape), draw(shape, 1, mean=0.0)
    for got, want in zip(
        gradients(ours, x, dy, training=training), gradients(theirs, x, dy, training=training), strict=True
    ):
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=2e-5)


def test_gradient_by_central_differences():
    ours, _ = pair((6, 3), dtype="float64")
    x, dy = np.random.default_rng(0).normal(4, 2, (6, 3)), np.random.default_rng(1).normal(size=(6, 3))
    measured = gradcheck.numerical_gradient(lambda a: ours(tf.constant(a), training=True).numpy(), x, dy)
    dx = gradients(ours, tf.constant(x), tf.constant(dy, tf.float32), training=True)[0]
    np.testing.assert_allclose(dx, measured, atol=1e-6)


def test_momentum_is_the_weight_of_the_old_value():
    layer = BatchNorm(momentum=0.9)
    for expected_mean, expected_variance in [(0.2, 1.3), (0.38, 1.57)]:  # the batch [0, 4]: mean 2, variance 4
        layer(tf.constant([[0.0], [4.0]]), training=True)
        np.testing.assert_allclose(layer.moving_mean, [expected_mean], rtol=1e-6)
        np.testing.assert_allclose(layer.moving_variance, [expected_variance], rtol=1e-6)


def test_momentum_0_remembers_the_last_batch_and_momentum_1_none():
    last, none = BatchNorm(momentum=0.0), BatchNorm(momentum=1.0)
    for x in ([[1.0], [1.0]], [[0.0], [4.0]]):
        last(tf.constant(x), training=True), none(tf.constant(x), training=True)
    assert (float(last.moving_mean[0]), float(last.moving_variance[0])) == (2, 4)
    assert (float(none.moving_mean[0]), float(none.moving_variance[0])) == (0, 1)


def test_epsilon_stands_under_the_root():
    layer = BatchNorm(epsilon=3.0)
    np.testing.assert_allclose(layer(tf.constant([[1.0], [3.0]]), training=True), [[-0.5], [0.5]])


def test_a_mean_of_1e4_costs_no_digits():
    y = BatchNorm()(draw((64, 3), mean=1e4, sd=1.0), training=True)
    np.testing.assert_allclose(np.std(y, axis=0), np.ones(3), rtol=2e-3)


def test_one_row_in_training_mode_gives_beta():
    layer, _ = pair((1, 3))
    np.testing.assert_allclose(layer(draw((1, 3)), training=True)[0], layer.beta, rtol=1e-6)


def test_training_false_and_no_argument_change_nothing():
    layer = BatchNorm()
    layer(draw((8, 2)), training=False), layer(draw((8, 2)))
    np.testing.assert_array_equal(layer.moving_mean, [0, 0])
    np.testing.assert_array_equal(layer.moving_variance, [1, 1])


@pytest.mark.parametrize(("center", "scale"), [(False, True), (True, False), (False, False)])
def test_without_center_or_scale(center, scale):
    ours, theirs = pair((8, 3), center=center, scale=scale)
    np.testing.assert_allclose(ours(draw((8, 3)), training=True), theirs(draw((8, 3)), training=True), atol=1e-5)
    assert (ours.beta is None, ours.gamma is None) == (not center, not scale)
    assert_same_weights(ours, theirs)


def test_integers_are_computed_as_float32():
    y = BatchNorm()(tf.constant([[1], [3]]), training=True)
    assert y.dtype == tf.float32
    np.testing.assert_allclose(y, [[-0.9995], [0.9995]], atol=1e-4)


# --- trainable ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [True, False])
def test_trainable_false_means_inference_mode(training):
    ours, theirs = pair((8, 3), momentum=0.5)
    ours.trainable = theirs.trainable = False
    before = [np.array(weight) for weight in ours.weights]
    np.testing.assert_allclose(
        ours(draw((8, 3)), training=training), theirs(draw((8, 3)), training=training), rtol=1e-5
    )
    np.testing.assert_allclose(ours(draw((8, 3)), training=training), ours(draw((8, 3))))
    for weight, old in zip(ours.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)
    assert ours.trainable_variables == []


def test_trainable_again_updates_again():
    layer = BatchNorm(trainable=False, momentum=0.0)
    layer(tf.constant([[0.0], [4.0]]), training=True)
    layer.trainable = True
    layer(tf.constant([[0.0], [4.0]]), training=True)
    assert float(layer.moving_mean[0]) == 2


# --- masks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "axis"), MASKED)
@pytest.mark.parametrize("kind", ["bool", "float", "broadcast", "all", "none"])
def test_masked_batches(shape, axis, kind):
    ours, theirs = pair(shape, axis=axis, momentum=0.3)
    rng = np.random.default_rng(5)
    mask = rng.random((shape[0], *[1] * (len(shape) - 2)) if kind == "broadcast" else shape[:-1]) < 0.6
    mask = {"all": np.ones_like(mask), "none": np.zeros_like(mask)}.get(kind, mask)
    mask = tf.constant(mask * rng.uniform(0.1, 3, mask.shape) if kind == "float" else mask)
    x, dy = draw(shape), draw(shape, 1, mean=0.0)
    call = {"training": True, "mask": mask}
    np.testing.assert_allclose(ours(x, **call), theirs(x, **call), rtol=1e-4, atol=1e-4)
    assert_same_weights(ours, theirs)
    for got, want in zip(gradients(ours, x, dy, **call), gradients(theirs, x, dy, **call), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4)


def test_padding_does_not_count_in_the_moving_mean():
    layer = BatchNorm(momentum=0.0)
    layer(tf.constant([[[3.0], [3.0], [0.0], [0.0]]]), training=True, mask=tf.constant([[True, True, False, False]]))
    np.testing.assert_array_equal(layer.moving_mean, [3.0])  # with the padding it would be 1.5


def test_a_batch_masked_whole_gives_zeros_and_no_nan():
    layer = BatchNorm(momentum=0.0)
    y = layer(tf.zeros((2, 3, 1)), training=True, mask=tf.zeros((2, 3), tf.bool))
    np.testing.assert_array_equal(y, np.zeros((2, 3, 1)))
    assert (float(layer.moving_mean[0]), float(layer.moving_variance[0])) == (0, 0)


def test_the_mask_of_an_embedding_arrives_and_is_passed_on():
    tokens = keras.Input((4,), dtype="int32")
    embedded = keras.layers.Embedding(9, 2, mask_zero=True)(tokens)
    layer = BatchNorm(momentum=0.0)
    model = keras.Model(tokens, keras.layers.GlobalAveragePooling1D()(layer(embedded)))
    words = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
    model(words, training=True)
    table = model.layers[1].get_weights()[0]
    np.testing.assert_allclose(layer.moving_mean, table[[1, 2, 3]].mean(axis=0), rtol=1e-4)


# --- configuration --------------------------------------------------------------------------------------------------

ARGUMENTS = {
    "axis": 1,
    "momentum": 0.7,
    "epsilon": 0.01,
    "beta_initializer": keras.initializers.Constant(0.5),
    "gamma_initializer": "zeros",
    "moving_mean_initializer": "ones",
    "moving_variance_initializer": keras.initializers.Constant(2.0),
    "beta_regularizer": keras.regularizers.L2(0.1),
    "gamma_regularizer": "l1",
    "beta_constraint": "non_neg",
    "gamma_constraint": keras.constraints.MaxNorm(2.0),
    "synchronized": True,
    "name": "norm",
    "dtype": "mixed_bfloat16",
    "trainable": False,
}


def test_defaults_and_config_are_those_of_keras_without_renorm():
    reference = keras.layers.BatchNormalization(**ARGUMENTS).get_config()
    assert BatchNorm(**ARGUMENTS).get_config() == {k: v for k, v in reference.items() if "renorm" not in k}
    reference = keras.layers.BatchNormalization(name="x").get_config()
    assert BatchNorm(name="x").get_config() == {k: v for k, v in reference.items() if "renorm" not in k}


def test_a_layer_made_from_its_config_has_the_same_config():
    config = BatchNorm(**ARGUMENTS).get_config()
    assert BatchNorm.from_config(config).get_config() == config


def test_initializers_give_the_first_values():
    layer = BatchNorm(**ARGUMENTS)
    layer.build((4, 2))
    assert [float(weight[0]) for weight in (layer.beta, layer.gamma, layer.moving_mean, layer.moving_variance)] == [
        0.5,
        0.0,
        1.0,
        2.0,
    ]


def test_regularizers_add_to_the_loss():
    layer = BatchNorm(gamma_regularizer=keras.regularizers.L2(0.1), beta_regularizer=keras.regularizers.L1(0.5))
    layer.build((4, 3))
    layer.beta.assign([1.0, -2.0, 0.0])
    np.testing.assert_allclose([float(loss) for loss in layer.losses], [0.3, 1.5], rtol=1e-6)


def test_constraints_hold_after_a_training_step():
    layer = BatchNorm(beta_constraint="non_neg")
    model = keras.Sequential([keras.Input((2,)), layer])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    model.train_on_batch(draw((8, 2)), np.tile([-5.0, 5.0], (8, 1)))
    assert float(layer.beta[0]) == 0
    assert float(layer.beta[1]) > 1


# --- inside models --------------------------------------------------------------------------------------------------


def small_model(layer_class, jit_compile, **arguments):
    keras.utils.set_random_seed(1)
    layers = [keras.Input((6,)), keras.layers.Dense(5, use_bias=False), layer_class(momentum=0.8, **arguments)]
    model = keras.Sequential([*layers, keras.layers.ReLU(), keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=jit_compile)
    return model


@pytest.mark.parametrize("jit_compile", [False, True])
def test_fit_predict_save_and_load_as_with_keras(jit_compile, tmp_path):
    x, y = draw((50, 6), 7).numpy(), np.random.default_rng(8).integers(0, 3, 50)
    probabilities = {}
    for name, layer_class in BOTH.items():
        model = small_model(layer_class, jit_compile, gamma_regularizer="l2")
        model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)  # a last batch of 2
        model.save(tmp_path / f"{name}.keras")
        loaded = keras.saving.load_model(tmp_path / f"{name}.keras")
        np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
        assert_same_weights(loaded.layers[1], model.layers[1], rtol=0)
        assert type(loaded.layers[1]) is layer_class
        probabilities[name] = model.predict(x, verbose=0), model.layers[1]
    np.testing.assert_allclose(probabilities["ours"][0], probabilities["keras"][0], rtol=1e-3, atol=1e-4)
    assert_same_weights(probabilities["ours"][1], probabilities["keras"][1], rtol=1e-4)


def test_weights_of_a_keras_model_fit_ours_in_order():
    theirs, ours = small_model(keras.layers.BatchNormalization, False), small_model(BatchNorm, False)
    theirs.fit(draw((16, 6)), np.zeros(16), verbose=0)
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(draw((4, 6))), theirs(draw((4, 6))), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(("shape", "axis"), [((8, 5), -1), ((3, 5, 4, 2), 1)])
def test_tf_function_and_xla_compute_the_same_as_eager(shape, axis, jit_compile):
    eager, compiled = pair(shape, axis=axis)[0], pair(shape, axis=axis)[0]
    call = tf.function(lambda x: compiled(x, training=True), jit_compile=jit_compile)
    for step in range(3):
        x = draw(shape, step)
        np.testing.assert_allclose(call(x), eager(x, training=True), rtol=1e-4, atol=1e-5)
    assert_same_weights(compiled, eager)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_masks_inside_a_compiled_function(jit_compile):
    layer = BatchNorm(momentum=0.0)
    layer.build((2, 3, 1))
    call = tf.function(lambda x, mask: layer(x, training=True, mask=mask), jit_compile=jit_compile)
    call(
        tf.constant([[[3.0], [3.0], [0.0]], [[5.0], [0.0], [0.0]]]),
        tf.constant([[True, True, False], [True] + [False] * 2]),
    )
    np.testing.assert_allclose(layer.moving_mean, [11 / 3], rtol=1e-6)


def test_batches_of_unknown_size():
    layer = BatchNorm(momentum=0.0)
    layer.build((None, 2))
    call = tf.function(lambda x: layer(x, training=True), input_signature=[tf.TensorSpec((None, 2))])
    for size in (1, 2, 7):
        call(draw((size, 2), size))
        np.testing.assert_allclose(layer.moving_mean, np.mean(draw((size, 2), size), axis=0), rtol=1e-5)


def test_functional_and_subclassed_models():
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.norm = BatchNorm(momentum=0.0)

        def call(self, x, training=False):
            return self.norm(x, training=training)

    inputs = keras.Input((2,))
    norm = BatchNorm(momentum=0.0)
    functional, subclassed = keras.Model(inputs, norm(inputs)), Subclassed()
    x = draw((8, 2))
    np.testing.assert_allclose(functional(x, training=True), subclassed(x, training=True))
    np.testing.assert_allclose(norm.moving_mean, np.mean(x, axis=0), rtol=1e-6)
    assert functional.output_shape == (None, 2)


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [-0.1, 1.5, float("nan")])
def test_momentum_outside_0_and_1_is_refused(momentum):
    message = (
        f"`momentum` must be between 0 and 1. Received: momentum={momentum}. "
        "It is the weight of the old value, such as 0.99."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BatchNorm(momentum=momentum)


def test_a_negative_epsilon_is_refused():
    message = "`epsilon` must be at least 0. Received: epsilon=-0.001. Pass a small number such as 0.001."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BatchNorm(epsilon=-0.001)


def test_the_first_axis_may_be_counted_from_the_end():
    ours, theirs = pair((4, 3), axis=-2)
    assert ours.gamma.shape == (4,)
    np.testing.assert_allclose(ours(draw((4, 3)), training=True), theirs(draw((4, 3)), training=True), rtol=1e-4)


@pytest.mark.parametrize(("axis", "shape"), [(2, (4, 3)), (-3, (4, 3)), (-1, (4, None))])
def test_an_axis_that_the_inputs_lack_is_refused(axis, shape):
    message = (
        f"`axis` must name an axis of the inputs whose size is known. Received: axis={axis}, input_shape={shape}. "
        "Name the features' axis, such as -1."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BatchNorm(axis=axis).build(shape)


def test_inputs_of_another_width_are_refused():
    layer = BatchNorm()
    layer.build((4, 3))
    with pytest.raises(ValueError, match=r"expected axis -?1"):
        layer(tf.ones((4, 5)))


# --- without a row, and from Keras's configuration --------------------------------------------------------------------


@pytest.mark.parametrize("synchronized", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("traced", [False, True])
def test_a_batch_without_rows_is_not_remembered_and_makes_nothing_nan(synchronized, masked, traced):
    layer = BatchNorm(momentum=0.0, synchronized=synchronized)
    layer(draw((8, 4, 3)), training=True)
    before = [np.array(weight) for weight in layer.weights]
    call = {"training": True, "mask": tf.ones((0, 4), tf.bool) if masked else None}
    empty = tf.function(gradients) if traced else gradients
    found = empty(layer, draw((8, 4, 3))[:0], tf.zeros((0, 4, 3)), **call)
    assert found[0].shape == (0, 4, 3)
    np.testing.assert_array_equal(found[1:], np.zeros((2, 3)))
    for weight, old in zip(layer.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_the_config_of_keras_without_renorm_makes_our_layer():
    arguments = {k: v for k, v in ARGUMENTS.items() if k != "synchronized"}
    ours = BatchNorm.from_config(keras.layers.BatchNormalization(**arguments).get_config())
    assert ours.get_config() == BatchNorm(**arguments).get_config()
    message = (
        "`renorm` must be False: this layer has no batch renormalization. Received: renorm=True. "
        "Use keras.layers.BatchNormalization."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BatchNorm.from_config({"renorm": True})
