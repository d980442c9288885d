"""Processes beside this one: the same results, also when one is killed; none for short work, none left behind."""

import dataclasses
import os
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from helpers import data
from helpers.experiments import Experiment, plan, sweep, train, workers
from helpers.experiments.stack import train_stack

BASE = Experiment(batch_norm=True, activation="relu", hidden=(30, 20), steps=60, evaluations=3)
ENDLESS = dataclasses.replace(BASE, steps=10**6, evaluations=1000)


def until(condition, seconds=60):
    """Wait until `condition()` holds; whether it came to that."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


@pytest.fixture(scope="module")
def worker():
    one = workers.Worker()
    assert until(lambda: one.ready)
    yield one
    one.close()


def same(one, other):
    np.testing.assert_allclose(one.train_loss, other.train_loss, rtol=1e-5)
    np.testing.assert_array_equal(one.validation_accuracy, other.validation_accuracy)
    for mine, theirs in zip(one.network.arrays().values(), other.network.arrays().values(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


def nothing(steps):
    pass


def test_a_worker_gives_the_runs_that_this_process_gives(worker):
    pairs = [(BASE, 0), (BASE, 3)]
    for one, other in zip(worker.train(pairs, threading.Event(), nothing), train_stack(pairs), strict=True):
        same(one, other)


def test_evaluations_on_a_spare_core_give_the_same(worker):
    pairs = [(BASE, 0), (BASE, 3)]
    for runs in (train_stack(pairs, spare=True), worker.train(pairs, threading.Event(), nothing, spare=True)):
        for one, other in zip(runs, train_stack(pairs), strict=True):
            same(one, other)


def test_a_worker_tells_how_many_steps_are_done(worker):
    stop, seen = threading.Event(), []

    def report(steps):
        seen.append(steps)
        if len(seen) == 3:
            stop.set()
            worker.stop()

    runs = worker.train([(ENDLESS, 0), (ENDLESS, 1)], stop, report)
    assert min(seen) > 0
    assert sum(seen) <= sum(run.steps_done for run in runs) < 2 * 10**6
    assert not np.isfinite([run.test_accuracy for run in runs]).any()


def test_a_worker_asked_to_stop_before_it_began_stops(worker):
    stop = threading.Event()
    stop.set()
    assert worker.train([(ENDLESS, 0)], stop, nothing)[0].steps_done < 10**6


def test_after_a_stop_the_next_job_runs_to_its_end(worker):
    worker.stop()
    assert worker.train([(BASE, 0)], threading.Event(), nothing)[0].steps_done == 60


def test_an_error_in_a_worker_is_raised(worker):
    wrong = dataclasses.replace(BASE)
    object.__setattr__(wrong, "activation", "cubic")
    with pytest.raises(KeyError, match="cubic"):
        worker.train([(wrong, 0)], threading.Event(), nothing)
    assert worker.ready


def test_a_worker_trains_on_the_images_of_this_process(worker, monkeypatch):
    rng, places = np.random.default_rng(0), np.arange(300)
    images, labels = rng.integers(0, 17, (300, 64), dtype=np.uint8), rng.integers(0, 10, 300)
    made = data.Division(images, labels, 16, places, places, places)
    monkeypatch.setattr(data, "divide", lambda name, *, split: made)
    for _ in range(2):  # sent, and known
        (run,) = worker.train([(BASE, 0)], threading.Event(), nothing)
        same(run, train_stack([(BASE, 0)])[0])


def test_a_worker_is_sent_the_images_once_whatever_the_splits(monkeypatch):
    one, sent = workers.Worker(), []
    monkeypatch.setattr(one, "_send", lambda message: (sent.append(message), type(one)._send(one, message)))
    assert until(lambda: one.ready)
    for seeds in ([5], [5], [6, 7]):
        one.train([(BASE, seed) for seed in seeds], threading.Event(), nothing)
    one.close()
    assert [list(unknown) for _, unknown, *_ in sent] == [["digits"], [], []]
    assert [sorted(places) for _, _, places, _ in sent] == [[("digits", 5)]] * 2 + [[("digits", 6), ("digits", 7)]]


@pytest.fixture
def one_ready(monkeypatch):
    """Any work is long, this machine has two cores, and a worker is ready."""
    mine = workers.Workers()
    monkeypatch.setattr(workers, "here", mine)
    monkeypatch.setattr(plan, "LONG", 0)
    monkeypatch.setattr(plan, "cores", lambda: 2)
    mine.start(1)
    assert until(lambda: mine._all[0].ready)
    yield mine
    mine.close()


def jobs_of(pool, monkeypatch):
    """What the worker of `pool` is sent from now on."""
    sent, send = [], pool._all[0]._send
    monkeypatch.setattr(pool._all[0], "_send", lambda message: (sent.append(message), send(message)))
    return sent


def test_a_sweep_uses_it_and_gives_the_same_results(one_ready, monkeypatch):
    sent = jobs_of(one_ready, monkeypatch)
    results = train(BASE, seeds=6, progress=False)
    assert len([message for message in sent if message != "stop"]) == 1
    for seed, run in enumerate(train_stack([(BASE, seed) for seed in range(6)])):
        np.testing.assert_allclose(results.train_loss[seed], run.train_loss, rtol=1e-5)
        assert results.test_accuracy[seed] == run.test_accuracy


def test_killed_in_the_middle_its_runs_are_trained_here(one_ready, monkeypatch):
    process, train_in_worker = one_ready._all[0]._process, workers.Worker.train

    def killed(self, pairs, stop, report, **rest):
        def report_and_kill(steps):
            report(steps)
            process.kill()

        long = [(dataclasses.replace(experiment, steps=10**6), seed) for experiment, seed in pairs]
        return train_in_worker(self, long, stop, report_and_kill, **rest)

    monkeypatch.setattr(workers.Worker, "train", killed)
    result = train(BASE, seeds=4, progress=False)
    assert process.poll() is not None
    assert result.complete
    assert result.steps_done.tolist() == [60] * 4


def test_one_that_ended_is_replaced_but_not_again_and_again(one_ready):
    for _ in range(5):
        for one in one_ready._all:
            one.close()
        one_ready.start(1)
    assert one_ready._starts == 3


def test_short_work_starts_none(monkeypatch):
    monkeypatch.setattr(workers, "here", workers.Workers())
    sweep([BASE, dataclasses.replace(BASE, batch_norm=False)], seeds=5, progress=False)
    assert workers.here._starts == 0


@pytest.mark.parametrize(
    ("cores", "runs", "processes"), [(64, 1, 0), (1, 16, 0), (2, 16, 1), (16, 16, 15), (64, 16, 15)]
)
def test_no_more_are_started_than_there_are_cores_or_stacks(cores, runs, processes, monkeypatch):
    class NeverReady:
        alive, ready = True, False

    monkeypatch.setattr(workers, "Worker", NeverReady)
    monkeypatch.setattr(workers, "here", workers.Workers())
    monkeypatch.setattr(plan, "LONG", 0)
    monkeypatch.setattr(plan, "LONGEST_STEP", 1)  # each run is a stack
    monkeypatch.setattr(plan, "cores", lambda: cores)
    train(dataclasses.replace(BASE, steps=1), seeds=runs, progress=False)
    assert workers.here._starts == processes


@pytest.mark.parametrize(("steps", "long"), [(100, False), (20_000, True)])
def test_work_is_long_from_some_seconds_on(steps, long):
    experiment = Experiment(True, "relu", steps=steps)
    assert plan.is_long([(experiment, seed) for seed in range(5)]) is long


def run(script):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="asks for a process by its number as POSIX does")
def test_none_is_left_behind_and_a_script_needs_no_guard():
    (pid,) = run("""
        import time
        from helpers.experiments import Experiment, plan, train, workers
        plan.LONG, plan.cores = 0, lambda: 2
        train(Experiment(True, "relu", steps=1), seeds=4, progress=False)
        while not workers.here._all[0].ready:
            time.sleep(0.01)
        train(Experiment(True, "relu", steps=1), seeds=4, progress=False)
        print(workers.here._all[0]._process.pid)
    """)

    def gone():
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        return False

    assert until(gone)
