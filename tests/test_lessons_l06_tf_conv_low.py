"""The low-level network is the Keras network: the same outputs, and the same steps of training, in both modes."""

import numpy as np
import pytest

from helpers import data
from helpers.lessons.l06.tf_conv import conv_network
from helpers.lessons.l06.tf_conv_low import Adam, LowLevelNetwork, conv_layer, normalize
from helpers.tf.quiet import keras, tf

pytestmark = pytest.mark.keras


@pytest.fixture
def double():
    """Networks in float64: in float32 Adam's division by sqrt(v) makes each rounding of a small gradient visible."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)


def batches(count):
    """Pairs of 64 images in float64 and their labels."""
    digits, rng = data.load(), np.random.default_rng(0)
    rows = [rng.choice(len(digits.x_train), 64, replace=False) for _ in range(count)]
    return [(tf.constant(digits.x_train[row], tf.float64), digits.y_train[row]) for row in rows]


def steps(network, optimizer, given):
    """The loss of each batch, while the network is trained on them."""
    optimizer.build(network.trainable_variables)
    losses = []
    for x, y in given:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, network(x, training=True)))
        variables = network.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        losses.append(float(loss))
    return losses


@pytest.mark.parametrize("batch_norm", [True, False], ids=["with", "without"])
@pytest.mark.parametrize("stride_every", [3, 6])
def test_both_compute_the_same_steps(double, batch_norm, stride_every):
    keras.utils.set_random_seed(0)
    high = conv_network(batch_norm=batch_norm, stride_every=stride_every)
    low, start = LowLevelNetwork(high, stride_every=stride_every), high.get_weights()
    given = batches(6)
    # The same optimizer for both: Keras's own rounds its constants to float32 even here.
    losses = [steps(high, Adam(0.002), given), steps(low, Adam(0.002), given)]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-9)
    moved = 0
    for a, b, before in zip(high.get_weights(), low.get_weights(), start, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-6, atol=1e-9)
        moved += np.abs(a - before).max() > 1e-3
    assert moved == 102 if batch_norm else moved >= 1  # with batch normalization, every array
    np.testing.assert_allclose(low(given[0][0]), high(given[0][0], training=False), rtol=1e-8, atol=1e-12)


def test_both_compute_the_same_steps_in_float32_each_with_its_own_adam():
    keras.utils.set_random_seed(0)
    high = conv_network()
    low, given = LowLevelNetwork(high), [(tf.cast(x, tf.float32), y) for x, y in batches(3)]
    losses = [steps(high, keras.optimizers.Adam(0.002), given), steps(low, Adam(0.002), given)]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-3)
    assert abs(losses[0][2] - losses[0][0]) > 0.01


def test_the_weights_are_copies():
    high = conv_network(layers=2)
    low = LowLevelNetwork(high)
    low.layers[0]["kernel"].assign_add(tf.ones((3, 3, 1, 4)))
    assert np.abs(high.layers[1].kernel.numpy() - low.layers[0]["kernel"].numpy()).min() > 0.9


def test_get_and_set_weights_go_in_the_order_of_the_keras_network():
    high = conv_network(layers=2)
    low = LowLevelNetwork(conv_network(layers=2))
    low.set_weights(high.get_weights())
    x = tf.random.uniform((5, 8, 8))
    np.testing.assert_allclose(low(x), high(x, training=False), rtol=1e-5, atol=1e-6)


def test_gamma_and_beta_are_trained_and_moving_statistics_are_not():
    low = LowLevelNetwork(conv_network(layers=1))
    names = [variable.name.split(":")[0] for variable in low.trainable_variables]
    assert names == ["kernel", "gamma", "beta"] * 2 + ["kernel", "bias"]


def test_normalize_by_hand():
    layer = {name: tf.Variable([value]) for name, value in (("gamma", 2.0), ("beta", 5.0))}
    layer |= {"moving_mean": tf.Variable([0.0]), "moving_variance": tf.Variable([1.0])}
    z = tf.constant([[[[1.0]], [[3.0]]]])  # one image, one map of 2 x 1 cells
    y = normalize(z, layer, training=True)
    np.testing.assert_allclose(np.ravel(y), [5 - 2 / 1.001**0.5, 5 + 2 / 1.001**0.5], rtol=1e-5)
    np.testing.assert_allclose(layer["moving_mean"], [0.02], rtol=1e-5)  # 0 * 0.99 + 2 * 0.01
    np.testing.assert_allclose(layer["moving_variance"], [1.0], rtol=1e-5)  # 1 * 0.99 + 1 * 0.01
    y = normalize(z, layer, training=False)
    np.testing.assert_allclose(np.ravel(y), 5 + 2 * np.array([0.98, 2.98]) / 1.001**0.5, rtol=1e-5)
    np.testing.assert_allclose(layer["moving_mean"], [0.02], rtol=1e-5)


def test_a_layer_of_ones_own_takes_the_place_of_conv_layer():
    called = []

    def mine(x, layer, stride, training):
        called.append((x.shape[1], stride, training))
        return conv_layer(x, layer, stride, training)

    low = LowLevelNetwork(conv_network(layers=4), layer=mine)
    low(tf.zeros((5, 8, 8)), training=True)
    assert called == [(8, 1, True), (8, 1, True), (8, 2, True), (4, 1, True)]


def test_the_first_step_of_adam_is_the_learning_rate_against_the_gradients_sign():
    variable, adam = tf.Variable([1.0, 1.0, 1.0]), Adam(0.002)
    adam.build([variable])
    adam.apply([tf.constant([3.0, -0.5, 0.0])], [variable])
    np.testing.assert_allclose(variable, [0.998, 1.002, 1.0], rtol=1e-6)


def test_adam_makes_the_steps_of_keras():
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(10, 5)).astype("float32")
    pair = [(tf.Variable(tf.ones(5)), Adam(0.01)), (keras.Variable(np.ones(5)), keras.optimizers.Adam(0.01))]
    for variable, adam in pair:
        adam.build([variable])
        for gradient in gradients:
            adam.apply([tf.constant(gradient)], [variable])
    np.testing.assert_allclose(pair[0][0].numpy(), pair[1][0].numpy(), rtol=1e-5)
