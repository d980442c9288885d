"""A time limit for code that somebody else wrote: an exception raised inside it when its time is up."""

import contextlib
import ctypes
import signal
import sys
import threading
import time

from helpers._support import threads

REPEAT_SECONDS = 0.1


class TimeIsUp(BaseException):
    """Raised inside the submission. No Exception, so that `except Exception` in a loop does not swallow it."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise TimeIsUp inside the block once `seconds` have passed, and again every 0.1 s until it leaves the block.

    In the main thread of POSIX systems a timer signal does it, elsewhere an exception sent to the running thread, in a
    browser's page, which has neither, a look at the clock at each line. All reach Python code between two of its
    instructions. A single long call into compiled code is not interrupted: TimeIsUp is raised when it returns.

    An enclosing timer (pytest-timeout, or another time_limit) goes on afterwards with the time it has left.
    """
    if threads.ONE:
        limit = _by_trace(seconds)
    elif hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        limit = _by_signal(seconds)
    else:
        limit = _by_thread(seconds)
    with limit:
        yield


@contextlib.contextmanager
def _by_signal(seconds):
    armed = True

    def ring(signum, frame):
        if armed:
            raise TimeIsUp

    started = time.monotonic()
    earlier_handler = signal.signal(signal.SIGALRM, ring)
    earlier_delay, earlier_interval = signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), REPEAT_SECONDS)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier_handler)
        if earlier_delay:
            left = earlier_delay - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(left, 1e-3), earlier_interval)


@contextlib.contextmanager
def _by_trace(seconds):
    end = time.monotonic() + seconds

    def look(frame, event, argument):
        if time.monotonic() > end:
            raise TimeIsUp
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)


@contextlib.contextmanager
def _by_thread(seconds):
    thread = ctypes.c_ulong(threading.get_ident())
    over, lock = threading.Event(), threading.Lock()

    def watch():
        wait = seconds
        while not over.wait(wait):
            with lock:
                if not over.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeIsUp))
            wait = REPEAT_SECONDS

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            over.set()
            # One that was sent but not yet raised must not hit whoever called us.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
