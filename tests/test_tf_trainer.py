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

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def batches():
    """Three batches of 20 images, and their labels."""
    digits = data.load()
    return digits.x_train[:60].reshape(3, 20, 8, 8), digits.y_train[:60].reshape(3, 20)


def network():
    keras.utils.set_random_seed(0)
    return conv_network(layers=2, dense=8)


@pytest.mark.parametrize(
    ("loss", "labels", "logits", "expected"),
    [
        # Two classes, logits ln 3 and 0: probabilities 3/4 and 1/4.
        (softmax_loss, [0, 1], [[np.log(3.0), 0.0]] * 2, -(np.log(0.75) + np.log(0.25)) / 2),
        # The first one is right: -ln(3/4) for its yes, -ln(1/2) for the other's no.
        (sigmoid_loss, [0], [[np.log(3.0), 0.0]], -(np.log(0.75) + np.log(0.5)) / 2),
        # Guessing ten classes by their frequency.
        (sigmoid_loss, np.arange(10), np.full((10, 10), np.log(1 / 9)), -(0.1 * np.log(0.1) + 0.9 * np.log(0.9))),
    ],
)
def test_losses_by_hand(loss, labels, logits, expected):
    assert float(loss(labels, tf.constant(logits, tf.float32))) == pytest.approx(expected, rel=1e-6)


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
