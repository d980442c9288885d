"""One BLAS thread each while runs train side by side: small matrices get slower, not faster, with more."""

import threading
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

_lock = threading.Lock()
_calls = []  # one entry for each call in progress; the first holds the numbers of threads to put back


@contextmanager
def one_thread():
    """Limit BLAS to one thread; the last of all overlapping calls puts the number back that the first one found.

    OpenBLAS obeys the main thread once that has set a number: a call from another thread may then change nothing.
    """
    with _lock:
        _calls.append(None if _calls else threadpool_limits(1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            _calls.pop() if len(_calls) > 1 else _calls.pop().restore_original_limits()
