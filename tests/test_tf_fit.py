"""Keras training for lessons: seeds repeat it, its history is Keras's numbers, Ctrl-C returns them."""

import re

import numpy as np
import pytest

from helpers.lessons.l03.tf_dense import dense_network
from helpers.tf.fit import compile_classifier, fit
from helpers.tf.quiet import keras

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 50)
    return (rng.normal(size=(50, 2, 2)) + y[:, None, None]).astype(np.float32), y


def small(steps=1):
    return compile_classifier(dense_network((8,), image_shape=(2, 2), classes=3), steps_per_execution=steps)


def train(images, seed=0, steps=1, **settings):
    keras.utils.set_random_seed(seed)
    model = small(steps)
    return model, fit(model, *images, epochs=2, batch_size=20, **settings)


class Interrupt(keras.callbacks.Callback):
    """Raises an error after some steps."""

    def __init__(self, steps, error=KeyboardInterrupt):
        super().__init__()
        self.steps, self.error = steps, error

    def on_train_batch_end(self, batch, logs=None):
        if self.model.optimizer.iterations == self.steps:
            raise self.error


def test_one_seed_gives_the_same_training_twice(images):
    (first, a), (second, b) = train(images, 5), train(images, 5)
    np.testing.assert_allclose(a.train_loss, b.train_loss, rtol=1e-6)
    for one, other in zip(first.get_weights(), second.get_weights()):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)
    assert not np.allclose(a.train_loss, train(images, 6)[1].train_loss)


def test_steps_count_the_smaller_last_batch(images):
    np.testing.assert_array_equal(train(images)[1].step, [3, 6])


def test_validation_is_what_evaluate_says_of_the_trained_model(images):
    model, history = train(images, validation=images)
    loss, accuracy = model.evaluate(*images, verbose=0)
    assert history.validation_loss[-1] == pytest.approx(loss, rel=1e-5)
    assert history.validation_accuracy[-1] == pytest.approx(accuracy)


def test_training_goes_on_from_where_the_model_stands(images):
    model, first = train(images)
    second = fit(model, *images, epochs=20, batch_size=20)
    assert second.train_loss[-1] < first.train_loss[0]
    assert second.step[-1] == 60


def test_nothing_is_printed(images, capfd):
    _, history = train(images)
    assert np.isnan([history.validation_loss, history.validation_accuracy]).all()  # no validation data
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("steps", "epochs"), [(4, [3]), (1, [])])
def test_ctrl_c_returns_the_epochs_that_were_completed(images, steps, epochs):
    history = train(images, callbacks=[Interrupt(steps)])[1]
    assert history.step.tolist() == epochs
    assert history.train_loss.shape == history.validation_accuracy.shape == (len(epochs),)


def test_an_error_in_training_passes_through(images):
    with pytest.raises(RuntimeError, match="in a callback"):
        train(images, callbacks=[Interrupt(1, RuntimeError("in a callback"))])


def test_several_steps_at_once_are_the_same_steps(images):
    one, three = (train(images, steps=steps, validation=images)[1] for steps in (1, 3))
    np.testing.assert_allclose(one.train_loss, three.train_loss, rtol=1e-5)
    np.testing.assert_allclose(one.validation_loss, three.validation_loss, rtol=1e-5)
    np.testing.assert_array_equal(three.step, [3, 6])


def test_what_a_classifier_is_compiled_with():
    model, adam = compile_classifier(dense_network((8,)), 0.25, jit_compile=True), keras.optimizers.Adam(0.002)
    assert isinstance(model.optimizer, keras.optimizers.SGD)
    assert (float(model.optimizer.learning_rate), model.jit_compile, small(20).steps_per_execution) == (0.25, True, 20)
    assert compile_classifier(dense_network((8,)), adam).optimizer is adam


def test_what_is_refused(images):
    model = dense_network((8,), image_shape=(2, 2))
    with pytest.raises(ValueError, match=r"^`model` must be compiled. Received: model=<Sequential name=") as caught:
        fit(model, *images, epochs=1)
    assert str(caught.value).endswith("Call compile_classifier(model) first.")
    message = "`epochs` must be at least 1. Received: epochs=0. Pass how often to go through the images."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fit(small(), *images, epochs=0)
