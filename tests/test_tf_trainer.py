"""The trainer: its steps are Keras's, its accuracy counts, and a new start remembers nothing of the last one."""

import gc
import weakref

import numpy as np
import pytest

from helpers import data
from helpers.lessons.l06.tf_conv import conv_network
from helpers.lessons.l06.tf_conv_low import Adam
from helpers.tf.quiet import keras, tf
from helpers.tf.trainer import Trainer, sigmoid_loss, softmax_loss
from helpers.tf.training import seeded

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def batches():
    """Three batches of 20 images, and their labels."""
    digits = data.load()
    return digits.x_train[:60].reshape(3, 20, 8, 8), digits.y_train[:60].reshape(3, 20)


def network():
    seeded(0)
    return conv_network(layers=2, dense=8)


def test_softmax_loss_by_hand():
    """Two classes, logits ln 3 and 0: probabilities 3/4 and 1/4."""
    logits = tf.constant([[np.log(3.0), 0.0], [np.log(3.0), 0.0]])
    assert float(softmax_loss([0, 1], logits)) == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2, rel=1e-6)


def test_sigmoid_loss_by_hand():
    """Two classes, logits ln 3 and 0, the first one is right: -ln(3/4) for its yes, -ln(1/2) for the other's no."""
    logits = tf.constant([[np.log(3.0), 0.0]])
    assert float(sigmoid_loss([0], logits)) == pytest.approx(-(np.log(0.75) + np.log(0.5)) / 2, rel=1e-6)


def test_guessing_ten_classes_by_their_frequency_costs_a_sigmoid_0325():
    logits = tf.fill((10, 10), np.float32(np.log(1 / 9)))
    assert float(sigmoid_loss(np.arange(10), logits)) == pytest.approx(0.325, abs=5e-4)


def test_the_loss_that_it_makes_small_is_the_one_it_was_given(batches):
    trainer, model = Trainer(network(), Adam, sigmoid_loss), network()
    trainer.start(model.get_weights(), learning_rate=0.01)
    first = float(sigmoid_loss(batches[1][0], model(batches[0][0], training=True)))
    again = [trainer.steps(batches[0][:1], batches[1][:1])[0] for _ in range(10)]
    assert again[0] == pytest.approx(first, rel=1e-4)
    assert again[-1] < 0.9 * first


def test_its_steps_are_those_of_keras(batches):
    trainer, model = Trainer(network(), keras.optimizers.Adam), network()
    trainer.start(model.get_weights(), learning_rate=0.01)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    expected = [model.train_on_batch(x, y) for x, y in zip(*batches)]
    np.testing.assert_allclose(trainer.steps(*batches), expected, rtol=1e-4)
    for ours, theirs in zip(trainer.network.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_no_graph_stays_in_memory_when_its_trainer_is_gone(batches):
    trainer = Trainer(network(), keras.optimizers.Adam)
    trainer.start(trainer.network.get_weights(), 0.01)
    trainer.steps(*batches)
    graph = weakref.ref(trainer._steps.get_concrete_function(*map(tf.constant, batches)).graph)
    assert graph() is not None
    del trainer
    gc.collect()
    assert graph() is None


def test_a_new_start_repeats_the_training(batches):
    trainer = Trainer(network(), Adam)
    start, losses = trainer.network.get_weights(), []
    for _ in range(2):
        trainer.start(start, learning_rate=0.01)
        losses.append(trainer.steps(*batches))
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)
    assert losses[0][2] != pytest.approx(losses[0][0], rel=1e-3)


def test_a_rate_of_zero_changes_moving_statistics_alone(batches):
    trainer = Trainer(network(), Adam)
    start = trainer.network.get_weights()
    trainer.start(start, learning_rate=0.0)
    trainer.steps(*batches)
    names = [variable.name for variable in trainer.network.weights]
    changed = {name for name, a, b in zip(names, start, trainer.network.get_weights()) if not np.array_equal(a, b)}
    assert changed == {"moving_mean", "moving_variance"}


def test_accuracy_is_counted_over_all_images_in_inference_mode():
    digits, model = data.load(), network()
    right = np.argmax(model(digits.x_train, training=False), axis=1) == digits.y_train
    assert len(right) > 2 * 512  # more than two calls
    assert Trainer(model, Adam).accuracy(digits.x_train, digits.y_train) == pytest.approx(right.mean())
