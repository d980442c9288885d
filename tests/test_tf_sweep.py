"""Many trainings: fair, repeatable, compiled or not, what they say is so, and Ctrl-C ends them."""

import _thread
import os
import re
import subprocess
import sys
import threading
import time
from functools import cache, partial
from itertools import islice

import numpy as np
import pytest

from helpers import data
from helpers.lessons.l06.tf_conv import conv_network
from helpers.lessons.l06.tf_conv_low import Adam, LowLevelNetwork
from helpers.lessons.l07.tf_sequences import NORMALIZATIONS, row_reader
from helpers.tf.quiet import keras, tf
from helpers.tf.sweep import Queue, batch_rows, sweep
from helpers.tf.sweep import train as train_kinds
from helpers.tf.trainer import sigmoid_loss

pytestmark = pytest.mark.keras
SHORT = {"steps": 12, "evaluations": 2, "progress": False}


def small(**settings):
    return conv_network(layers=2, dense=8, **settings)


def train(build, **settings):
    """The training of one kind of network."""
    return train_kinds({"one": build}, **settings)["one"]


@pytest.fixture(scope="module")
def trained():
    return train(small, seeds=3, **SHORT)


def test_there_is_a_row_for_each_seed_and_a_column_for_each_evaluation(trained):
    np.testing.assert_array_equal(trained.step, [6, 12])
    assert trained.train_loss.shape == trained.validation_accuracy.shape == (3, 2)
    assert np.isfinite(trained.train_loss).all()
    assert (trained.seconds > 0).all()
    assert trained.seeds == (0, 1, 2)


def test_training_learns(trained):
    assert (trained.train_loss[:, 1] < trained.train_loss[:, 0]).all()


def test_another_loss_is_the_one_that_is_made_small():
    """A sigmoid for each of ten digits: ln 2 where every logit is near 0, instead of ln 10."""
    result = train(small, seeds=1, learning_rate=0.0, loss=sigmoid_loss, **SHORT)
    np.testing.assert_allclose(result.train_loss, np.log(2), atol=0.4)


def test_a_seed_repeats_its_training_alone_and_among_others(trained):
    again = train(small, seeds=[2], **SHORT)
    np.testing.assert_allclose(again.train_loss, trained.train_loss[2:], rtol=1e-4)
    assert np.abs(trained.train_loss[0] - trained.train_loss[2]).max() > 1e-3


def test_a_network_that_was_trained_before_starts_anew(trained):
    """Four seeds are trained by two networks: the last seed's start is its own, and its optimizer's memory empty."""
    fourth = train(small, seeds=[3, 1, 0, 2], **SHORT)
    np.testing.assert_allclose(fourth.train_loss[3], trained.train_loss[2], rtol=1e-4)


def test_the_test_accuracy_is_that_of_the_network_returned(trained):
    for row, seed in enumerate(trained.seeds):
        digits = data.load(split=seed)
        right = np.argmax(trained.network(seed)(digits.x_test, training=False), axis=1) == digits.y_test
        assert trained.test_accuracy[row] == pytest.approx(right.mean())


def test_each_learning_rate_has_its_own_trainings():
    rates = sweep({"one": small}, learning_rates=(0.0, 0.01), seeds=2, **SHORT)
    assert list(rates) == [("one", 0.0), ("one", 0.01)]
    keras.utils.set_random_seed(1)
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
            train(lambda b=batch_norm: spying(b), seeds=1, steps=3, evaluations=1, progress=False)
    finally:
        tf.config.run_functions_eagerly(eagerly)
    assert len(seen[True]) == 3
    np.testing.assert_array_equal(np.array(seen[True]), np.array(seen[False]))


def test_all_images_come_once_before_one_comes_again():
    order = np.ravel(list(islice(batch_rows(np.random.default_rng(3), count=100, batch_size=40), 5)))
    assert sorted(order[:100]) == sorted(order[100:]) == list(range(100))
    assert not np.array_equal(order[:100], order[100:])


def test_a_low_level_network_is_trained_alike(trained):
    low = train(lambda: LowLevelNetwork(small()), seeds=1, optimizer=Adam, **SHORT)
    np.testing.assert_allclose(low.train_loss, trained.train_loss[:1], rtol=1e-2)
    np.testing.assert_allclose(low.train_loss[0, 0], trained.train_loss[0, 0], rtol=1e-3)


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
    result = train(small, seeds=1, steps=10**6, evaluations=10**5, optimizer=Counting, progress=False)
    assert time.perf_counter() - asked[0] < 1
    assert np.isfinite(result.train_loss[0, 0])
    assert np.isnan(result.train_loss[0, -1])
    assert np.isnan(result.test_accuracy).all()
    for seed, message in ((0, "`seed` must be one whose training was finished."), (3, "`seed` must be one of [0].")):
        with pytest.raises(ValueError, match=re.escape(f"{message} Received: seed={seed}.")):
            result.network(seed)


def test_an_error_in_a_training_is_raised():
    def broken():
        network = small()
        network.call = None
        return network

    with pytest.raises(TypeError):
        train(broken, seeds=2, **SHORT)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"steps": 10, "evaluations": 3},
            "`evaluations` must divide `steps`, 10. Received: evaluations=3. Pass a divisor.",
        ),
        ({"steps": 0}, "`steps` must be at least 1. Received: steps=0. Pass a number such as 16."),
        ({"batch_size": 0}, "`batch_size` must be at least 1. Received: batch_size=0. Pass a number such as 64."),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        train(small, **settings)


@pytest.mark.slow
def test_many_short_trainings_with_one_thread_each_write_nothing():
    code = (
        "from helpers.tf import sweep as s; from helpers.lessons.l06.tf_conv import conv_network\n"
        "s.one_thread_each(); s.one_thread_each()\n"
        "for _ in range(3): s.train({1: lambda: conv_network(layers=1, dense=2)}, seeds=3, steps=12, evaluations=4)\n"
        "s.one_thread_each(); print(s.tf.config.threading.get_intra_op_parallelism_threads())"
    )
    env = {**os.environ, "BATCHNORM_COURSE_PROGRESS": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=240)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_two_kinds_trained_together_are_what_each_is_alone(trained):
    together = train_kinds({"with": small, "without": lambda: small(batch_norm=False)}, seeds=3, **SHORT)
    np.testing.assert_allclose(together["with"].train_loss, trained.train_loss, rtol=1e-4)
    assert np.abs(together["without"].train_loss - trained.train_loss).min() > 1e-3


def test_each_kind_is_traced_once_where_two_kinds_can_be_trained_side_by_side():
    made = []
    jobs = [(name, 0.1, row) for row in range(3) for name in "abc"]
    queue = Queue(jobs, lambda name: made.append(name) or name)
    done, running = [], [queue.take(), queue.take()]
    while running := [job for job in running if job]:
        job = running.pop(0)
        done.append(job[:3])
        queue.give_back(job[0], job[3])
        running.append(queue.take())
    assert made == ["a", "b", "c"]
    assert sorted(done) == sorted(jobs)


def test_one_kind_gets_a_trainer_for_each_thread():
    queue = Queue([("a", 0.1, row) for row in range(3)], lambda name: object())
    first, second = queue.take(), queue.take()
    assert first[3] is not second[3]
    queue.give_back("a", second[3])
    assert queue.take()[3] is second[3]
    assert queue.take() is None


READERS = {name: partial(row_reader, name, units=6) for name in NORMALIZATIONS}
SOME = [pytest.param(name, marks=[] if name == "batch" else pytest.mark.weekly) for name in NORMALIZATIONS]
COMPILED = {"seeds": 2, "steps": 7, "batch_size": 180, "evaluations": 1, "xla": True, "progress": False}
"""Seven steps: after twenty, rounding alone has torn two trainings with layer normalization apart."""


@pytest.fixture
def one_at_a_time(monkeypatch):
    """A kind has one trainer then, and is traced once."""
    monkeypatch.setattr("helpers.tf.sweep.AT_ONCE", 1)


@cache
def compiled(name):
    return sweep({name: READERS[name]}, learning_rates=(0.1, 1.0), **COMPILED)


@pytest.mark.parametrize("name", SOME)
def test_compiled_steps_are_those_of_plain_gradient_descent(one_at_a_time, name):
    due = train(READERS[name], learning_rate=0.1, optimizer=keras.optimizers.SGD, **COMPILED | {"xla": False})
    found = compiled(name)[name, 0.1]
    np.testing.assert_allclose(found.train_loss, due.train_loss, rtol=1e-4)
    for one, other in zip(found.network(1).get_weights(), due.network(1).get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_a_second_compiled_call_trains_the_same_and_another_gamma_otherwise(one_at_a_time):
    first, again = compiled("batch")["batch", 1.0], train(READERS["batch"], learning_rate=1.0, **COMPILED)
    np.testing.assert_array_equal(again.test_accuracy, first.test_accuracy)
    for one, other in zip(again.network(0).get_weights(), first.network(0).get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    gamma_1 = train(partial(READERS["batch"], initial_gamma=1.0), learning_rate=1.0, **COMPILED).network(0)
    assert float(np.mean(gamma_1.layers[0].cell.gamma_input)) > 0.8
    assert not np.allclose(gamma_1.get_weights()[0], first.network(0).get_weights()[0], atol=1e-3)
