"""A system user for each learner: strict names, a private home, no password and no login outside of the hub."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from .layout import HubError

PREFIX = "bn-"
NAME = r"[a-z][a-z0-9]{1,15}"
COMMENT = "learner of the batch normalization course"
LOWEST_UID = 1000

_one_at_a_time = threading.Lock()  # useradd gives up where another one holds its lock


def account_of(name):
    """The system user of the learner `name`: "bn-ana" for "ana". No learner can be root, or any user of the machine.

    Raises HubError for a name that is not 2 to 16 small letters and digits, a letter first.
    """
    if not re.fullmatch(NAME, name):
        raise HubError(
            "A learner's name has 2 to 16 small letters and digits, a letter first. "
            f"Received: name={name!r}. Sign up with another."
        )
    return PREFIX + name


def ensure(layout, name):
    """Make the learner's system user, home and socket folder where they are missing; returns the pwd entry.

    A home that was there before keeps its owner: the user is made anew with that number.

    Raises HubError where the system user or the home belongs to something else.
    """
    account, home, run = account_of(name), layout.home(name), layout.run(name)
    with _one_at_a_time:
        user = _existing(account)
        if user is None:
            _add(account, home)
            user = pwd.getpwnam(account)
        if user.pw_dir != str(home) or user.pw_uid < LOWEST_UID:
            raise HubError(
                f"The system user {account} is not this hub's: its home is {user.pw_dir}, not {home}. "
                "Remove that user, or let the learner sign up with another name."
            )
        for folder in (home, run):
            _private(folder, user)
    return user


def remove(layout, name, *, homes=False):
    """End the learner's processes, delete their system user, and with `homes` their files too."""
    account = account_of(name)
    user = _existing(account)
    if user is not None and user.pw_dir == str(layout.home(name)):
        for process in processes(user.pw_uid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while list(processes(user.pw_uid)):
            time.sleep(0.05)
        _run("userdel", account)
    shutil.rmtree(layout.run(name), ignore_errors=True)
    if homes:
        shutil.rmtree(layout.home(name), ignore_errors=True)


def processes(uid):
    """The numbers of the processes that run as user number `uid`, without those that have ended."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            ended = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if folder.stat().st_uid == uid and not ended:
                yield int(folder.name)


def learners(layout):
    """The pwd entries of this hub's learners, by name of the learner."""
    root = str(layout.root / "homes")
    users = [user for user in pwd.getpwall() if user.pw_name.startswith(PREFIX)]
    return {user.pw_name.removeprefix(PREFIX): user for user in users if os.path.dirname(user.pw_dir) == root}


def _existing(account):
    try:
        return pwd.getpwnam(account)
    except KeyError:
        return None


def _add(account, home):
    before = []
    if home.exists():
        owner = home.stat().st_uid
        if owner < LOWEST_UID or owner in {user.pw_uid for user in pwd.getpwall()}:
            raise HubError(f"The home {home} belongs to user number {owner}, not to {account}: move it away.")
        before = ["--uid", str(owner)]
    _run(
        "useradd", *before, "--no-create-home", "--home-dir", str(home), "--user-group",
        "--shell", "/usr/sbin/nologin", "--comment", COMMENT, account,
    )  # fmt: skip


def _private(folder, user):
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, user.pw_uid, user.pw_gid)
    except FileExistsError:
        # Opened without following a link, so that the owner of what lies above cannot point us elsewhere.
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(descriptor).st_uid != user.pw_uid:
                raise HubError(f"The folder {folder} does not belong to {user.pw_name}: move it away.") from None
            os.fchmod(descriptor, 0o700)
        finally:
            os.close(descriptor)


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise HubError(f"{command[0]} failed with the message {done.stderr.strip()!r}: mend that and try again.")
