"""Training on workers that the caller provides: a pool of processes, or a cluster of machines such as Dask's."""

import itertools
import os
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager

from helpers.experiments import plan
from helpers.experiments.stack import train_stack

_calls = itertools.count()


def workers(executor):
    """How many stacks `executor` can train at once: as many as it says, or this machine's cores if it does not say.

    A `concurrent.futures` pool knows how many workers it may have, Dask's executor the threads of its cluster.
    """
    threads = getattr(getattr(executor, "_client", None), "nthreads", dict)()
    return getattr(executor, "_max_workers", None) or sum(threads.values()) or plan.cores()


def submit(executor, stacks):
    """A Future for each stack, submitted in this order."""
    call = f"{os.getpid()}-{next(_calls)}"
    return [executor.submit(train_for, call, stack) for stack in stacks]


def train_for(call, stack):
    """What a worker is sent: the `Run` of each (experiment, seed) of the stack.

    `call` makes each call differ: Dask answers a task that it has seen before with the earlier result, and every call
    of `sweep` has to train.
    """
    return train_stack(stack)


@contextmanager
def explain(futures):
    """Say what happened where a worker process ended before its work was done, and what to do."""
    try:
        yield
    except BrokenExecutor as error:
        done = sum(future.done() and not future.cancelled() and not future.exception() for future in futures)
        raise RuntimeError(
            f"A worker process of `executor` ended before its work was done. Received: {done} of {len(futures)} stacks "
            "of runs. The system may have ended it for want of memory: make a new pool, with fewer workers, and train "
            "again. On a Dask cluster another worker takes over (docs/executors.md)."
        ) from error
