"""Many trainings through one compiled function: the steps are gradient descent's, seeds repeat, Ctrl-C returns."""

import re
from functools import partial

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed here.")

from helpers import data
from helpers._support import parallel
from helpers.lessons.l07.tf_sequences import NORMALIZATIONS, row_reader
from helpers.tf.many_runs import orders, train
from helpers.tf.quiet import keras, tf
from helpers.tf.training import seeded

pytestmark = pytest.mark.keras

BUILDS = {name: partial(row_reader, name, units=6) for name in NORMALIZATIONS}
QUICK = {"seeds": 2, "epochs": 1, "batch_size": 180, "evaluations": 1, "progress": False}
"""Seven steps: after twenty, rounding alone has torn two trainings with layer normalization apart."""


@pytest.fixture(scope="module")
def runs():
    return train(BUILDS, rates=(0.1, 1.0), **QUICK)


@pytest.mark.parametrize("name", NORMALIZATIONS)
def test_the_steps_are_those_of_keras_with_plain_gradient_descent(runs, name):
    seeded(1)
    network, digits, optimizer = BUILDS[name](), data.load(split=1), keras.optimizers.SGD(0.1)
    for batch in np.concatenate(list(orders(1, 1260, 1, 180))):
        with tf.GradientTape() as tape:
            logits = network(digits.x_train[batch], training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(digits.y_train[batch], logits)
            loss = tf.reduce_mean(losses)
        variables = network.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
    for one, other in zip(runs[name, 0.1].network(1).get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_the_test_accuracy_is_that_of_the_network_in_inference_mode(runs):
    for seed in (0, 1):
        digits = data.load(split=seed)
        predicted = np.argmax(runs["batch", 1.0].network(seed)(digits.x_test, training=False), axis=1)
        assert runs["batch", 1.0].test_accuracy[seed] == pytest.approx(np.mean(predicted == digits.y_test))


def test_a_second_call_trains_the_same(runs):
    again = train({"batch": BUILDS["batch"]}, rates=(1.0,), **QUICK)["batch", 1.0]
    for one, other in zip(again.network(0).get_weights(), runs["batch", 1.0].network(0).get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_every_kind_rate_and_seed_is_there(runs):
    assert list(runs) == [(name, rate) for name in NORMALIZATIONS for rate in (0.1, 1.0)]
    for run in runs.values():
        assert run.seeds == (0, 1)
        assert run.epoch.tolist() == [1]
        assert run.validation_accuracy.shape == (2, 1)
        assert np.isfinite(run.test_accuracy).all()


def test_another_start_of_gamma_trains_another_network_through_the_same_code(runs):
    builds = {"one": partial(row_reader, "batch", units=6, initial_gamma=1.0)}
    run = train(builds, **QUICK)["one", 0.1]
    assert not np.allclose(run.network(0).get_weights()[0], runs["batch", 0.1].network(0).get_weights()[0], atol=1e-3)
    assert float(np.mean(run.network(0).layers[0].cell.gamma_input)) > 0.8


def test_an_epoch_holds_each_image_at_most_once():
    first, second = orders(0, 130, 2, 60)
    assert first.shape == (2, 60)
    assert len(np.unique(first)) == 120
    assert not np.array_equal(first, second)


def test_ctrl_c_returns_what_is_done(monkeypatch):
    def interrupted(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(parallel, "wait", interrupted)
    run = train({"none": BUILDS["none"]}, seeds=4, epochs=400, evaluations=1, progress=False)["none", 0.1]
    assert np.isnan(run.test_accuracy).all()
    with pytest.raises(KeyError):
        run.network(3)


def test_evaluations_must_divide_the_epochs():
    message = "`evaluations` must divide `epochs`, 20. Received: evaluations=3. Pass a divisor."
    with pytest.raises(ValueError, match=re.escape(message)):
        train(BUILDS, epochs=20, evaluations=3)
