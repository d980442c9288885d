"""The learner's record under real accidents: two notebooks at once, a full disk, a kill or Ctrl-C while it is saved."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from helpers.course import progress

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal or limit")


def started(code, home, *arguments, **more):
    """A Python of its own that runs `code` with this home for the record."""
    environment = os.environ | {"BATCHNORM_COURSE_HOME": str(home)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, **pipes, **more)


def stored(home):
    return json.loads((home / "progress.json").read_text(encoding="utf-8"))["exercises"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path / "home"))
    progress._unsaved.clear()
    return tmp_path / "home"


def test_two_notebooks_that_write_at_once_lose_no_attempt(home):
    code = "import sys\nfrom helpers.course import progress\n"
    code += "for _ in range(25): progress.record(sys.argv[1], False, 'wrong-axis'); progress.record('both', False, 'a')"
    both = [started(code, home, name) for name in ("forward", "backward")]
    assert [process.communicate()[1] for process in both] == ["", ""]
    assert {name: entry["attempts"] for name, entry in stored(home).items()} == {
        "forward": 25,
        "backward": 25,
        "both": 50,
    }


FULL = """
import resource, signal
from helpers.course import progress
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))  # from here on no byte can be written
print(progress.record('forward', False, 'wrong-axis'), progress.attempts('forward'))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(progress.record('forward', False, 'wrong-axis'), progress.attempts('forward'))
"""


@posix
def test_a_disk_without_room_is_one_sentence_and_with_room_again_nothing_is_lost(home):
    progress.record("forward", False, "wrong-axis")
    out, err = started(FULL, home).communicate()
    assert out == "2 2\n3 3\n"
    assert err.count("UserWarning: Your progress could not be stored") == 1
    assert stored(home)["forward"]["attempts"] == 3
    assert sorted(path.name for path in home.iterdir()) == ["progress.json", "progress.json.lock"]


ENDLESS = (
    "from helpers.course import progress\nprint('ready', flush=True)\n"
    "while True: progress.record('forward', False, 'a')"
)


@posix
def test_a_kernel_killed_while_it_saves_leaves_a_whole_record(home):
    attempts = 0
    for pause in (0.0, 0.003, 0.007, 0.011, 0.02, 0.03):
        process = started(ENDLESS, home)
        process.stdout.readline()
        time.sleep(pause)
        process.kill()
        process.communicate()
        now = stored(home)["forward"]["attempts"] if (home / "progress.json").exists() else 0
        assert now >= attempts
        attempts = now
    assert progress.record("forward", True) == 0
    assert stored(home)["forward"] == {
        "passed": True,
        "attempts": attempts + 1,
        "failures": {"a": attempts} if attempts else {},
        "last": None,
        "in_a_row": 0,
    }


@posix
def test_ctrl_c_while_the_record_is_saved_leaves_it_whole_and_no_second_file(home):
    for pause in (0.0, 0.004, 0.009, 0.015):
        process = started(ENDLESS, home)
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in process.communicate()[1]
        if home.exists():
            assert {path.name for path in home.iterdir()} <= {"progress.json", "progress.json.lock"}
        if (home / "progress.json").exists():
            assert stored(home)["forward"]["attempts"] > 0


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv to be an ordinary user")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="an ordinary user is made from root only")
def test_a_record_that_an_ordinary_user_may_read_only_is_one_sentence_and_stays_as_it_is(home):
    """Written by somebody else, in a folder that cannot be written: read, counted in memory, left alone."""
    progress.record("forward", False, "wrong-axis")
    before = (home / "progress.json").read_bytes()
    home.chmod(0o755)
    (home / "progress.json").chmod(0o644)
    code = "from helpers.course import progress; print(progress.record('forward', False, 'wrong-axis'))"
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    user += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    environment = os.environ | {"BATCHNORM_COURSE_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*user, sys.executable, "-c"]
    if subprocess.run([*command, "import numpy"], env=environment, capture_output=True).returncode:
        pytest.skip("setpriv may not give an ordinary user the right to read this Python")
    done = subprocess.run([*command, code], env=environment, capture_output=True, text=True)
    assert done.stdout == "2\n", done.stderr
    assert done.stderr.count("UserWarning: Your progress could not be stored") == 1
    assert (home / "progress.json").read_bytes() == before
