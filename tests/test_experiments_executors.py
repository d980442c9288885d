"""A pool as the executor: how many workers it has, that every call trains, and what is said when a worker dies."""

import os
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from helpers.experiments import Experiment, executors, plan, running, sweep, train

BASE = Experiment(batch_norm=True, activation="relu", hidden=(30, 20), steps=20, evaluations=2)


class Client:
    def __init__(self, threads):
        self.threads = threads

    def nthreads(self):
        return self.threads


class Remembering(Executor):
    """Trains at once, and answers an equal call with an earlier result, as Dask does. `_client` is named as there."""

    def __init__(self, threads):
        self._client, self.known, self.trained = Client(threads), {}, []

    def submit(self, fn, *args):
        key = repr((fn.__name__, *args))
        if key not in self.known:
            self.trained.append(args[-1])
            self.known[key] = Future()
            self.known[key].set_result(fn(*args))
        return self.known[key]


def test_a_pool_has_as_many_workers_as_it_was_given():
    with ThreadPoolExecutor(3) as pool:
        assert executors.workers(pool) == 3


def test_a_cluster_has_as_many_workers_as_its_machines_have_threads():
    assert executors.workers(Remembering({"tcp://one": 2, "tcp://two": 4})) == 6


def test_a_cluster_whose_workers_have_not_come_yet_counts_as_this_machine():
    assert executors.workers(Remembering({})) == plan.cores()


def test_runs_are_divided_over_all_threads_of_a_cluster():
    large = replace(BASE, hidden=(100,), dataset="digits", batch_size=600)
    cluster = Remembering({"tcp://one": 2, "tcp://two": 2})
    train(replace(large, steps=1), seeds=8, executor=cluster)
    assert sorted(len(stack) for stack in cluster.trained) == [2, 2, 2, 2]


def test_every_call_trains_where_the_executor_remembers_equal_calls():
    cluster = Remembering({})
    first, second = (train(BASE, seeds=2, executor=cluster) for _ in range(2))
    assert len(cluster.trained) == 2 * len({str(stack) for stack in cluster.trained})
    np.testing.assert_array_equal(first.test_accuracy, second.test_accuracy)


def test_an_error_of_a_worker_is_raised_as_it_is():
    class Refuses(Executor):
        def submit(self, fn, *args):
            future = Future()
            future.set_exception(MemoryError("no room"))
            return future

    with pytest.raises(MemoryError, match=r"^no room$"):
        train(BASE, seeds=2, executor=Refuses())


def test_a_worker_process_that_dies_is_explained():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        future = pool.submit(os._exit, 1)
        with pytest.raises(RuntimeError) as caught, executors.explain([future]):
            future.result()
    assert str(caught.value) == (
        "A worker process of `executor` ended before its work was done. Received: 0 of 1 stacks of runs. The system "
        "may have ended it for want of memory: make a new pool, with fewer workers, and train again. On a Dask cluster "
        "another worker takes over (docs/executors.md)."
    )


class Falls(Executor):
    """Trains the first stack; then its worker is gone."""

    def __init__(self):
        self.calls = 0

    def submit(self, fn, *args):
        from concurrent.futures.process import BrokenProcessPool

        future, self.calls = Future(), self.calls + 1
        future.set_result(fn(*args)) if self.calls == 1 else future.set_exception(BrokenProcessPool("gone"))
        return future


def test_a_sweep_whose_pool_breaks_says_how_much_was_done():
    others = [BASE, replace(BASE, hidden=(20,)), replace(BASE, hidden=(10,))]
    with pytest.raises(RuntimeError, match=r"Received: 1 of \d+ stacks"):
        sweep(others, seeds=1, executor=Falls(), progress=False)


class Half(Executor):
    """Trains the first stack; no worker ever begins with the others."""

    def __init__(self):
        self.futures = []

    def submit(self, fn, *args):
        self.futures.append(Future())
        if len(self.futures) == 1:
            self.futures[0].set_result(fn(*args))
        return self.futures[-1]


def test_on_ctrl_c_what_is_finished_is_returned_and_what_is_not_begun_is_withdrawn(monkeypatch):
    wait, cluster = running.wait, Half()

    def interrupted(*args, **settings):
        monkeypatch.setattr(running, "wait", wait)
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "wait", interrupted)
    first, second = sweep([BASE, replace(BASE, hidden=(20,))], seeds=1, executor=cluster, progress=False).values()
    assert (first.complete, second.complete) == (True, False)
    assert second.steps_done.tolist() == [0]
    assert all(future.cancelled() for future in cluster.futures[1:])
