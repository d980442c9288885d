"""Keras training for lessons: seeds repeat it, its history is Keras's numbers, Ctrl-C returns them."""

import re

import numpy as np
import pytest

from helpers.lessons.l03.tf_dense import dense_network
from helpers.tf import training
from helpers.tf.quiet import keras

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 50)
    return (rng.normal(size=(50, 2, 2)) + y[:, None, None]).astype(np.float32), y


def trained(images, seed=0, **settings):
    training.seeded(seed)
    model = training.compiled(dense_network((8,), image_shape=(2, 2), classes=3))
    return model, training.fit(model, *images, epochs=2, batch_size=20, **settings)


def test_one_seed_gives_the_same_training_twice(images):
    (first, a), (second, b) = trained(images, 5), trained(images, 5)
    np.testing.assert_allclose(a.loss, b.loss, rtol=1e-6)
    for one, other in zip(first.get_weights(), second.get_weights()):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_another_seed_gives_another_training(images):
    assert not np.allclose(trained(images, 5)[1].loss, trained(images, 6)[1].loss)


def test_steps_count_the_smaller_last_batch(images):
    np.testing.assert_array_equal(trained(images)[1].step, [3, 6])


def test_validation_is_what_evaluate_says_of_the_trained_model(images):
    model, history = trained(images, validation=images)
    loss, accuracy = model.evaluate(*images, verbose=0)
    assert history.validation_loss[-1] == pytest.approx(loss, rel=1e-5)
    assert history.validation_accuracy[-1] == pytest.approx(accuracy)


def test_without_validation_data_its_numbers_are_nan(images):
    history = trained(images)[1]
    assert np.isnan(history.validation_loss).all()
    assert np.isnan(history.validation_accuracy).all()


def test_training_goes_on_from_where_the_model_stands(images):
    model, first = trained(images)
    second = training.fit(model, *images, epochs=20, batch_size=20)
    assert second.loss[-1] < first.loss[0]
    assert second.step[-1] == 60


def test_nothing_is_printed(images, capfd):
    trained(images, validation=images)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_ctrl_c_returns_the_epochs_that_were_completed(images):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.optimizer.iterations == 4:
                raise KeyboardInterrupt

    history = trained(images, callbacks=[Stop()])[1]
    np.testing.assert_array_equal(history.step, [3])
    assert history.loss.shape == (1,)


def test_ctrl_c_in_the_first_epoch_returns_an_empty_history(images):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    history = trained(images, callbacks=[Stop()])[1]
    assert history.step.shape == history.loss.shape == history.validation_accuracy.shape == (0,)


def test_an_error_in_training_passes_through(images):
    class Fail(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise RuntimeError("in a callback")

    with pytest.raises(RuntimeError, match="in a callback"):
        trained(images, callbacks=[Fail()])


def test_a_number_is_the_learning_rate_of_gradient_descent():
    model = training.compiled(dense_network((8,)), 0.25)
    assert isinstance(model.optimizer, keras.optimizers.SGD)
    assert float(model.optimizer.learning_rate) == 0.25


def test_several_steps_at_once_are_the_same_steps(images):
    def losses(steps):
        training.seeded(0)
        model = training.compiled(dense_network((8,), image_shape=(2, 2), classes=3), steps_per_execution=steps)
        return training.fit(model, *images, epochs=2, batch_size=20, validation=images)

    one, three = losses(1), losses(3)
    np.testing.assert_allclose(one.loss, three.loss, rtol=1e-5)
    np.testing.assert_allclose(one.validation_loss, three.validation_loss, rtol=1e-5)
    np.testing.assert_array_equal(three.step, [3, 6])


def test_settings_of_speed_reach_the_model():
    model = training.compiled(dense_network((8,)), jit_compile=True, steps_per_execution=20)
    assert (model.jit_compile, model.steps_per_execution) == (True, 20)


def test_an_optimizer_is_taken_as_it_is():
    adam = keras.optimizers.Adam(0.002)
    assert training.compiled(dense_network((8,)), adam).optimizer is adam


def test_a_model_that_is_not_compiled_is_refused(images):
    message = "`model` must be compiled. Received: a model without a loss. Call compiled(model) before."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        training.fit(dense_network((8,), image_shape=(2, 2)), *images, epochs=1)


def test_no_epochs_are_refused(images):
    message = "`epochs` must be at least 1. Received: epochs=0. Pass how often to go through the images."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        training.fit(training.compiled(dense_network((8,), image_shape=(2, 2))), *images, epochs=0)


def test_a_negative_seed_is_refused():
    message = "`seed` must be at least 0. Received: seed=-1. Pass 0, 1, 2, ..."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        training.seeded(-1)
