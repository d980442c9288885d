"""Trainings side by side: fair, repeatable, what they say is so, and Ctrl-C ends them."""

import _thread
import os
import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from helpers import data
from helpers.lessons.l06.tf_conv import conv_network
from helpers.lessons.l06.tf_conv_low import Adam, LowLevelNetwork
from helpers.tf import side_by_side
from helpers.tf.quiet import keras, tf
from helpers.tf.trainer import sigmoid_loss
from helpers.tf.training import seeded

pytestmark = pytest.mark.keras
SHORT = {"batches": 12, "evaluations": 2, "progress": False}


def small(**settings):
    return conv_network(layers=2, dense=8, **settings)


def train(build, **settings):
    """The training of one kind of network."""
    return side_by_side.train({"one": build}, **settings)["one"]


@pytest.fixture(scope="module")
def trained():
    return train(small, seeds=3, **SHORT)


def test_there_is_a_row_for_each_seed_and_a_column_for_each_evaluation(trained):
    np.testing.assert_array_equal(trained.step, [6, 12])
    assert trained.loss.shape == trained.validation_accuracy.shape == (3, 2)
    assert np.isfinite(trained.loss).all()
    assert trained.seeds == (0, 1, 2)


def test_training_learns(trained):
    assert (trained.loss[:, 1] < trained.loss[:, 0]).all()


def test_another_loss_is_the_one_that_is_made_small():
    """A sigmoid for each of ten digits: ln 2 where every logit is near 0, instead of ln 10."""
    result = train(small, seeds=1, learning_rate=0.0, loss=sigmoid_loss, **SHORT)
    np.testing.assert_allclose(result.loss, np.log(2), atol=0.4)


def test_a_seed_repeats_its_training_alone_and_among_others(trained):
    again = train(small, seeds=[2], **SHORT)
    np.testing.assert_allclose(again.loss, trained.loss[2:], rtol=1e-4)
    assert np.abs(trained.loss[0] - trained.loss[2]).max() > 1e-3


def test_a_network_that_was_trained_before_starts_anew(trained):
    """Three seeds are trained by two networks: the third seed's start is its own, and its optimizer's memory empty."""
    third = train(small, seeds=[0, 1, 2, 2], **SHORT)
    np.testing.assert_allclose(third.loss[3], third.loss[2], rtol=1e-4)


def test_the_test_accuracy_is_that_of_the_network_returned(trained):
    for row, seed in enumerate(trained.seeds):
        digits = data.load(split=seed)
        right = np.argmax(trained.network(seed)(digits.x_test, training=False), axis=1) == digits.y_test
        assert trained.test_accuracy[row] == pytest.approx(right.mean())


def test_each_learning_rate_has_its_own_trainings():
    rates = side_by_side.sweep({"one": small}, learning_rates=(0.0, 0.01), seeds=2, **SHORT)
    assert list(rates) == [("one", 0.0), ("one", 0.01)]
    seeded(1)
    for start, same, other in zip(
        small().get_weights()[:1], rates["one", 0.0].weights[1], rates["one", 0.01].weights[1]
    ):
        np.testing.assert_array_equal(same, start)
        assert np.abs(other - start).max() > 0.01


def test_both_sides_see_the_same_batches():
    seen = {}

    def spying(batch_norm):
        network = small(batch_norm=batch_norm)
        call = network.call

        def remembered(x, training=None, **more):
            if training and not hasattr(x, "op"):
                seen.setdefault(batch_norm, []).append(np.array(x))
            return call(x, training=training, **more)

        network.call = remembered
        return network

    eagerly = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        for batch_norm in (True, False):
            train(lambda b=batch_norm: spying(b), seeds=1, batches=3, evaluations=1, progress=False)
    finally:
        tf.config.run_functions_eagerly(eagerly)
    assert len(seen[True]) == 3
    np.testing.assert_array_equal(np.array(seen[True]), np.array(seen[False]))


def test_all_images_come_once_before_one_comes_again():
    order = side_by_side._order(seed=3, count=100, batches=5, batch_size=40).ravel()
    assert sorted(order[:100]) == sorted(order[100:]) == list(range(100))
    assert not np.array_equal(order[:100], order[100:])


def test_a_low_level_network_is_trained_alike():
    high = train(small, seeds=1, **SHORT)
    low = train(lambda: LowLevelNetwork(small()), seeds=1, optimizer=Adam, **SHORT)
    np.testing.assert_allclose(low.loss, high.loss, rtol=1e-2)
    np.testing.assert_allclose(low.loss[0, 0], high.loss[0, 0], rtol=1e-3)


def test_ctrl_c_returns_soon_and_keeps_what_is_done():
    def interrupt():
        while len(batches_done) < 40:
            time.sleep(0.05)
        asked.append(time.perf_counter())
        _thread.interrupt_main()

    class Counting(Adam):
        def apply(self, gradients, variables):
            super().apply(gradients, variables)
            tf.py_function(lambda: batches_done.append(1), [], [])

    batches_done, asked = [], []
    threading.Thread(target=interrupt).start()
    result = train(small, seeds=1, batches=10**6, evaluations=10**5, optimizer=Counting, progress=False)
    assert time.perf_counter() - asked[0] < 1
    assert np.isfinite(result.loss[0, 0])
    assert np.isnan(result.loss[0, -1])
    assert np.isnan(result.test_accuracy).all()
    assert result.weights == {}


def test_an_error_in_a_training_is_raised():
    def broken():
        network = small()
        network.call = None
        return network

    with pytest.raises(TypeError):
        train(broken, seeds=2, **SHORT)


def test_evaluations_that_do_not_divide_the_batches_are_refused():
    message = "`evaluations` must divide `batches`, 10. Received: evaluations=3. Pass a divisor."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        train(small, batches=10, evaluations=3)


def test_no_batches_are_refused():
    message = "`batches` must be at least 1. Received: batches=0. Pass a number such as 16."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        train(small, batches=0)


@pytest.mark.slow
def test_many_short_trainings_with_one_thread_each_write_nothing():
    code = (
        "from helpers.tf import side_by_side as s; from helpers.lessons.l06.tf_conv import conv_network\n"
        "s.one_thread_each(); s.one_thread_each()\n"
        "for _ in range(3): s.train({1: lambda: conv_network(layers=1, dense=2)}, seeds=3, batches=12, evaluations=4)\n"
        "s.one_thread_each(); print(s.tf.config.threading.get_intra_op_parallelism_threads())"
    )
    env = {**os.environ, "BATCHNORM_COURSE_PROGRESS": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=240)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_keras_is_asked_for_its_default_optimizer():
    assert side_by_side.sweep.__kwdefaults__["optimizer"] is keras.optimizers.Adam


def test_two_kinds_trained_together_are_what_each_is_alone(trained):
    together = side_by_side.train({"with": small, "without": lambda: small(batch_norm=False)}, seeds=3, **SHORT)
    np.testing.assert_allclose(together["with"].loss, trained.loss, rtol=1e-4)
    assert np.abs(together["without"].loss - trained.loss).min() > 1e-3


def test_each_kind_is_traced_once_where_two_kinds_can_be_trained_side_by_side():
    made, stop = [], threading.Event()
    jobs = [(name, 0.1, row) for row in range(3) for name in "abc"]
    queue = side_by_side._Queue(jobs, lambda name: made.append(name) or name, stop)
    done, running = [], [queue.take(), queue.take()]
    while running := [job for job in running if job]:
        job = running.pop(0)
        done.append(job[:3])
        queue.give_back(job[0], job[3])
        running.append(queue.take())
    assert made == ["a", "b", "c"]
    assert sorted(done) == sorted(jobs)


def test_one_kind_gets_a_trainer_for_each_thread():
    queue = side_by_side._Queue([("a", 0.1, row) for row in range(3)], lambda name: object(), threading.Event())
    first, second = queue.take(), queue.take()
    assert first[3] is not second[3]
    queue.give_back("a", second[3])
    assert queue.take()[3] is second[3]
    assert queue.take() is None
