"""A time limit for code that somebody else wrote: an exception raised inside it when its time is up."""

import contextlib
import ctypes
import signal
import sys
import threading
import time

from helpers._support import threads

REPEAT_SECONDS = 0.1

IMPORT_SECONDS = 120.0
"""How long imports may take beside the limit: TensorFlow's takes 6 s, and half a minute on a busy machine."""


class TimeIsUp(BaseException):
    """Raised inside the submission. No Exception, so that `except Exception` in a loop does not swallow it."""


class Clock:
    """The time that is left to a block, looked at every 0.1 s; what passes in an import does not count.

    An import is never cut off: half of a module would stay behind, and later imports of it fail.
    """

    def __init__(self, seconds, frame):
        self.imported = 0.0
        self._looked = time.monotonic()
        self._deadline, self._outside = self._looked + seconds, _imports(frame)

    def is_over(self, frame):
        """Whether the time is up, for a block that is at work in this frame."""
        now = time.monotonic()
        passed, self._looked = now - self._looked, now
        if _imports(frame) > self._outside and self.imported < IMPORT_SECONDS:
            self.imported += passed
            self._deadline += passed
            return False
        return now >= self._deadline


def _imports(frame):
    """How many frames of Python's import machinery this frame is inside of."""
    number = 0
    while frame is not None:
        number += frame.f_code.co_filename.startswith("<frozen importlib")
        frame = frame.f_back
    return number


@contextlib.contextmanager
def time_limit(seconds):
    """Raise TimeIsUp inside the block once `seconds` have passed, and again every 0.1 s until it leaves the block.

    In the main thread of POSIX systems a timer signal does it, elsewhere an exception sent to the running thread, in a
    browser's page, which has neither, a look at the clock at each line. All reach Python code between two of its
    instructions. A single long call into compiled code is not interrupted: TimeIsUp is raised when it returns. The
    block gets a Clock, which says how long it imported.

    An enclosing timer (pytest-timeout, or another time_limit) goes on afterwards with the time it has left.
    """
    clock = Clock(seconds, sys._getframe())
    if threads.ONE:
        limit = _by_trace(clock)
    elif hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        limit = _by_signal(clock)
    else:
        limit = _by_thread(clock)
    with limit:
        yield clock


@contextlib.contextmanager
def _by_signal(clock):
    armed = True

    def ring(signum, frame):
        if armed and clock.is_over(frame):
            raise TimeIsUp

    started = time.monotonic()
    earlier_handler = signal.signal(signal.SIGALRM, ring)
    earlier_delay, earlier_interval = signal.setitimer(signal.ITIMER_REAL, REPEAT_SECONDS, REPEAT_SECONDS)
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
def _by_trace(clock):
    due = time.monotonic() + REPEAT_SECONDS

    def look(frame, event, argument):
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + REPEAT_SECONDS
            if clock.is_over(frame):
                raise TimeIsUp
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)


@contextlib.contextmanager
def _by_thread(clock):
    ident = threading.get_ident()
    thread = ctypes.c_ulong(ident)
    over, lock = threading.Event(), threading.Lock()

    def watch():
        while not over.wait(REPEAT_SECONDS):
            with lock:
                if not over.is_set() and clock.is_over(sys._current_frames().get(ident)):
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeIsUp))

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            over.set()
            # One that was sent but not yet raised must not hit whoever called us.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
