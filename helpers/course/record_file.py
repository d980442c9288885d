"""One small JSON file that several notebooks may change at once, and that no failure may lose."""

import contextlib
import json
import os
import threading
from pathlib import Path

import filelock


def read(path):
    """What the JSON file holds, or None if there is none.

    Raises
    ------
    ValueError
        If it is no JSON (UnicodeDecodeError and JSONDecodeError are ValueErrors).
    OSError
        If it cannot be read.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def write(path, value):
    """Store `value` as JSON so that at any moment `path` holds all of the old text or all of the new.

    Raises
    ------
    OSError
        If there is no room or no permission; `path` is as before then, and nothing else is left behind. So it is
        after Ctrl-C, at whatever moment.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Named before it exists: Ctrl-C right after a file of an unknown name is made would leave it behind.
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with open(temporary, "w", encoding="utf-8", opener=_for_its_owner) as file:
            json.dump(value, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _for_its_owner(path, flags):
    return os.open(path, flags, 0o600)


def set_aside(path):
    """Rename the file to a name that is free, such as progress.damaged-1.json; the new path is returned."""
    path = Path(path)
    for number in range(1, 1000):
        free = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        if not free.exists():
            os.replace(path, free)
            return free
    raise OSError(f"{path.parent} holds 999 damaged files already")


@contextlib.contextmanager
def hold_lock(path, *, patience=2.0):
    """Only one process at a time is inside this block for `path`; waits up to `patience` seconds.

    The lock is a file beside it, `path` with .lock appended, that the system frees when a process ends. Where locks do
    not work (some network drives), or patience ends, the block runs without it: waiting for ever would cost a
    learner more than one attempt that is not counted.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path.with_name(path.name + ".lock"))
    with contextlib.ExitStack() as held:
        with contextlib.suppress(filelock.Timeout, NotImplementedError):
            held.enter_context(lock.acquire(timeout=patience, poll_interval=0.01))
        yield
