"""One BLAS thread each while runs train side by side: small matrices get slower, not faster, with more."""

import threading
from contextlib import contextmanager

import threadpoolctl

from helpers._support import threads

_lock = threading.Lock()
_calls = []  # one entry for each call in progress; the first holds the thread counts to restore


@contextmanager
def one_thread():
    """Limit BLAS to one thread; the last of several overlapping calls restores what the first one found.

    It works from any thread: JupyterLab runs a widget's button on another thread than the cells.
    """
    if threads.ONE:  # looking for the libraries takes a second or more there, and finds nothing to limit
        yield
        return
    with _lock:
        _calls.append(None if _calls else _from_any_thread(lambda: threadpoolctl.threadpool_limits(1, user_api="blas")))
    try:
        yield
    finally:
        with _lock:
            if len(_calls) > 1:
                _calls.pop()
            else:
                _from_any_thread(_calls.pop().restore_original_limits)


def _from_any_thread(set_numbers):
    """threadpoolctl 3.8, for one, lets only the thread that first set OpenBLAS's number set it again."""
    free = getattr(threadpoolctl.OpenBLASController, "clear_controlling_thread", lambda force: None)
    free(force=True)
    try:
        return set_numbers()
    finally:
        free(force=True)
