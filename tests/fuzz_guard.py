"""What a fuzzed call must not do besides returning or refusing: unpickle, write elsewhere, start a program, hang."""

import os
import sys
from pathlib import Path

from helpers.checks.engine.limits import TimeIsUp, time_limit

SECONDS = 60  # for a call that takes a moment: this is about hanging for ever, not about speed
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {
    "os.mkdir": 0,
    "os.remove": 0,
    "os.rmdir": 0,
    "os.rename": 1,
    "os.link": 1,
    "os.symlink": 1,
    "os.truncate": 0,
}
NEVER = {"pickle.find_class", "marshal.loads", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"}
NEVER |= {"socket.connect", "ctypes.dlopen"}

_watches = []  # an audit hook cannot be taken away again, so that there is one for all, idle without a watch


class MisbehavedError(AssertionError):
    """A fuzzed call did something that it must not do."""


class Watch:
    """What the code inside `watched` did; `place` is the one folder in which it may write."""

    def __init__(self, place):
        self.place, self.seen = None if place is None else Path(place).resolve(), []

    def audit(self, event, args):
        if event in NEVER:
            if not (event == "marshal.loads" and _importing()):
                self.seen.append(event)
        elif event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & WRITES and not isinstance(path, int):
                self._written(event, path)
        elif event in CHANGES:
            self._written(event, args[CHANGES[event]])

    def _written(self, event, path):
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        path = Path(os.fsdecode(path)).absolute()
        if path == Path(os.devnull) or "__pycache__" in path.parts:  # an import leaves its byte code
            return
        if self.place is None or not path.resolve().is_relative_to(self.place):
            self.seen.append(f"{event} of {path}")


def _importing():
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _hook(event, args):
    if _watches:
        watch = _watches[-1]
        _watches.append(_Idle)  # what the watch itself does is not watched
        try:
            watch.audit(event, args)
        finally:
            _watches.pop()


class _Idle:
    @staticmethod
    def audit(event, args):
        """Nothing."""


sys.addaudithook(_hook)


def run(function, *, given=None, place=None, seconds=SECONDS):
    """What the function returns or raises; MisbehavedError where it did what it must not."""
    watch = Watch(place)
    _watches.append(watch)
    try:
        with time_limit(seconds):
            return function(**(given or {}))
    except TimeIsUp:
        raise MisbehavedError(f"not done after {seconds} s") from None
    finally:
        _watches[:] = []
        if watch.seen:
            raise MisbehavedError("; ".join(watch.seen))
