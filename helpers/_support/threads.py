"""Threads, or one after the other where Python has a single thread: in a browser's page."""

import sys
from concurrent.futures import Executor, Future, ThreadPoolExecutor

ONE = sys.platform == "emscripten"


class InThisThread(Executor):
    """Does the work while it is submitted."""

    def submit(self, function, /, *args, **kwargs):
        """A Future that is done."""
        future = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def pool(number):
    """An Executor with so many threads.

    Examples
    --------
    >>> pool(2).submit(abs, -3).result()
    3
    """
    return InThisThread() if ONE else ThreadPoolExecutor(number)
