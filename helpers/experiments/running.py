"""`train` and `sweep`: where the runs are computed, their progress bar, and what Ctrl-C does."""

import threading
import time
from concurrent.futures import FIRST_EXCEPTION, wait
from contextlib import contextmanager

from helpers._support import threads
from helpers._support.blas import one_thread
from helpers._support.progress import progress_bar
from helpers.experiments import arguments, executors, plan, recorded, workers
from helpers.experiments.result import Result, Results
from helpers.experiments.stack import Run, train_stack

TICK = 0.05  # seconds between two updates of the progress bar
PATIENCE = 0.15  # seconds in which a stack that was asked to stop has to hand over what is done


def train(experiment, seeds=5, *, progress=True, executor=None, live=False):
    """The Result of one experiment, trained once for each seed.

    Parameters
    ----------
    experiment : Experiment
    seeds : int or sequence of int
        n means 0, …, n - 1. Seed s has its own initial kernels and order of batches, and trains on split s of the data;
        none of the three depends on batch normalization.
    progress : bool
        Show a progress bar (never where the environment variable BATCHNORM_COURSE_PROGRESS is 0).
    executor : concurrent.futures.Executor or None
        Who trains. None means the cores of this machine.
    live : bool
        Train even where recorded runs were asked for, by the environment variable BATCHNORM_COURSE_RECORDED=1.

    Returns
    -------
    Result
        On Ctrl-C what is done: `result.complete` is False, and `result.steps_done` says how far each seed got.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above, or a batch does not fit into the training set.

    Examples
    --------
    >>> result = train(Experiment(batch_norm=True, activation="relu", steps=0), seeds=2, progress=False)
    >>> result.seeds, result.validation_accuracy.shape
    ((0, 1), (2, 1))

    Note
    ----
    Training that diverges raises nothing: it is counted in `result.diverged`. Results are not remembered between calls.
    """
    arguments.check_experiment("experiment", experiment)
    return sweep([experiment], seeds, progress=progress, executor=executor, live=live)[experiment]


def sweep(experiments, seeds=5, *, progress=True, executor=None, live=False):
    """The Results of several experiments, a mapping from each Experiment to its Result, in the order given.

    Parameters, errors and Ctrl-C as in `train`. Experiments of equal shape train side by side, which is faster than one
    after the other; the numbers do not depend on it.

    Examples
    --------
    >>> import dataclasses
    >>> base = Experiment(batch_norm=False, activation="relu", steps=0)
    >>> results = sweep([base, dataclasses.replace(base, batch_norm=True)], seeds=1, progress=False)
    >>> len(results)
    2
    """
    experiments, seeds = arguments.experiments(experiments), arguments.seeds(seeds)
    for experiment in experiments:
        arguments.check_fits(experiment, seeds[0])
    pairs = [(experiment, seed) for experiment in experiments for seed in seeds]
    begin = time.perf_counter()
    runs = {} if live else recorded.find(pairs)
    if runs:
        print(recorded.sentence(len(runs), len(pairs)))
    left = [pair for pair in pairs if pair not in runs]
    if left:
        with one_thread():
            runs |= _here(left, progress) if executor is None else _elsewhere(left, progress, executor)
    wall = time.perf_counter() - begin
    results = {}
    for experiment in experiments:
        of_seeds = [runs.get((experiment, seed)) or Run.empty(experiment) for seed in seeds]
        results[experiment] = Result.of(experiment, seeds, of_seeds)
    return Results(results, wall)


def _here(pairs, progress):
    """The Run of each pair, trained by threads of this process, which pass long work on to worker processes."""
    stacks, stop = plan.stacks(pairs, plan.cores()), Stop()
    spare = len(stacks) < plan.cores()
    done = [0] * len(stacks)  # each thread counts its own steps, so that none is lost
    lent = workers.here if plan.is_long(pairs) else workers.Workers()
    if lent is workers.here:
        lent.start(min(plan.cores(), len(stacks)) - 1)

    def work(number):
        def report(steps):
            done[number] += steps
            if threads.ONE:  # nobody else looks at `done` meanwhile
                shown.update(sum(done) - shown.n)

        with lent.take() as worker:
            if worker is not None:
                try:
                    with stop.heard_by(worker):
                        return worker.train(stacks[number], stop, report, spare=spare)
                except workers.WorkerLost:
                    done[number] = 0
        return train_stack(stacks[number], stop, report, spare=spare)

    pool = threads.pool(min(plan.cores(), len(stacks)))
    try:
        with _bar(pairs, progress) as shown:
            futures = [pool.submit(work, number) for number in range(len(stacks))]
            return _collect(stacks, futures, lambda: shown.update(sum(done) - shown.n), stop)
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


class Stop(threading.Event):
    """An event that is passed on to the workers that are training."""

    def __init__(self):
        super().__init__()
        self._workers = set()

    @contextmanager
    def heard_by(self, worker):
        self._workers.add(worker)
        try:
            yield
        finally:
            self._workers.discard(worker)

    def set(self):
        super().set()
        for worker in tuple(self._workers):
            worker.stop()


def _elsewhere(pairs, progress, executor):
    """The Run of each pair, trained by the workers of `executor`."""
    stacks = plan.stacks(pairs, executors.workers(executor))
    futures = executors.submit(executor, stacks)

    def show():
        done = sum(_steps(stack) for stack, future in zip(stacks, futures) if future.done())
        shown.update(done - shown.n)

    with _bar(pairs, progress) as shown, executors.explain(futures):
        return _collect(stacks, futures, show)


def _collect(stacks, futures, show, stop=None):
    """The Run of each pair of the stacks, or of those that were done when Ctrl-C came."""
    left = set(futures)
    try:
        while left:
            finished, left = wait(left, timeout=TICK, return_when=FIRST_EXCEPTION)
            show()
            for future in finished:
                future.result()  # an error in a worker is raised here
    except KeyboardInterrupt:
        if stop is not None:
            stop.set()
        for future in futures:
            future.cancel()
        wait(futures, timeout=PATIENCE)
    runs = {}
    for stack, future in zip(stacks, futures):
        if future.done() and not future.cancelled() and future.exception() is None:
            runs.update(zip(stack, future.result()))
    return runs


def _bar(pairs, progress):
    return progress_bar(_steps(pairs), "step", progress, unit_scale=True)


def _steps(pairs):
    return sum(experiment.steps for experiment, _ in pairs)
