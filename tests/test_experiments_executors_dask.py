"""A real Dask cluster: a scheduler and workers in processes of their own on this machine, one of which is killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from helpers.experiments import Experiment, sweep

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install 'batchnorm-course[scale]'")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
]

WAIT = 120  # seconds, on a machine that is busy with other things
BASE = Experiment(batch_norm=True, activation="relu", steps=1500, evaluations=3)
EXPERIMENTS = [
    replace(BASE, batch_norm=batch_norm, activation=activation)
    for batch_norm in (False, True)
    for activation in ("relu", "tanh")
]
SEEDS = 2


class Cluster:
    """`dask scheduler` and `dask worker`s, as in docs/executors.md, without nannies, which would restart a worker."""

    def __init__(self, folder, workers):
        self.file, self.folder, self.processes = folder / "scheduler.json", folder, []
        common = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(self.file))
        self._start("scheduler", "--port", "0", *common)
        self.workers = [
            self._start("worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(folder), *common)
            for _ in range(workers)
        ]

    def _start(self, *arguments):
        log = (self.folder / f"{len(self.processes)}.log").open("w")
        command = [sys.executable, "-m", "dask", *arguments]
        self.processes.append(subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log))
        log.close()
        return self.processes[-1]

    def address(self):
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            if self.file.exists() and (text := self.file.read_text()):
                return json.loads(text)["address"]
            time.sleep(0.1)
        raise TimeoutError("\n".join(path.read_text() for path in self.folder.glob("*.log")))

    def end(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    """Two workers of one thread each."""
    started = Cluster(tmp_path, workers=2)
    yield started
    started.end()


def kill_one_that_trains(client, cluster, killed):
    """Kill a worker process while a stack is training on it; `killed` takes its exit code and what it trained."""
    pids = client.run(os.getpid)
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        for worker, frames in client.call_stack().items():
            training = [key for key, stack in frames.items() if "networks/stack.py" in str(stack)]
            if training:
                os.kill(pids[worker], signal.SIGKILL)
                process = next(process for process in cluster.workers if process.pid == pids[worker])
                killed.extend((process.wait(), training))
                return
        time.sleep(0.01)


def history(client):
    """[(key, state before, state after)] of all that the scheduler did, in order."""

    def read(dask_scheduler):  # inside, so that it is sent itself: a worker could not import it from the tests
        return [tuple(map(str, entry[:3])) for entry in dask_scheduler.transition_log]

    return client.run_on_scheduler(read)


def test_a_sweep_survives_a_worker_that_is_killed_and_equals_a_local_one(cluster):
    killed = []
    with distributed.Client(cluster.address(), timeout=WAIT) as client:
        client.wait_for_workers(2, timeout=WAIT)
        killer = threading.Thread(target=kill_one_that_trains, args=(client, cluster, killed))
        killer.start()
        results = sweep(EXPERIMENTS, seeds=SEEDS, progress=False, executor=client.get_executor())
        killer.join()
        log = history(client)
        left = client.nthreads()
    code, interrupted = killed
    assert code == -signal.SIGKILL
    assert list(left.values()) == [1]

    begun = [key for key, before, after in log if key.startswith("train_for") and after == "processing"]
    ended = [key for key, before, after in log if key.startswith("train_for") and after == "memory"]
    assert all(begun.count(str(key)) >= 2 for key in interrupted)  # begun again, on the other worker
    assert set(ended) == set(begun)

    assert list(results) == EXPERIMENTS
    assert results.complete
    for experiment, local in sweep(EXPERIMENTS, seeds=SEEDS, progress=False).items():
        result = results[experiment]
        assert result.steps_done.tolist() == [BASE.steps] * SEEDS
        np.testing.assert_array_equal(result.test_accuracy, local.test_accuracy)
        np.testing.assert_allclose(result.train_loss, local.train_loss, rtol=1e-5)
        np.testing.assert_array_equal(result.validation_accuracy, local.validation_accuracy)
