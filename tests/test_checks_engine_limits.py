"""helpers.checks.engine.limits: code that runs too long is ended, and whoever set a timer keeps it."""

import importlib
import signal
import subprocess
import sys
import threading
import time

import pytest

from helpers.checks.engine.limits import TimeIsUp, time_limit


def spin():
    while True:
        pass


def in_a_thread(function):
    result = []
    thread = threading.Thread(target=lambda: result.append(function()), daemon=True)
    thread.start()
    thread.join(timeout=20)
    return result[0]


def ended(body):
    """Whether `body` was ended by a limit of 0.2 s, and after how many seconds."""
    started = time.monotonic()
    try:
        with time_limit(0.2):
            body()
    except TimeIsUp:
        return True, time.monotonic() - started
    return False, time.monotonic() - started


def test_a_loop_is_ended():
    was_ended, seconds = ended(spin)
    assert was_ended
    assert 0.2 <= seconds < 15


def test_a_loop_in_another_thread_is_ended():
    was_ended, seconds = in_a_thread(lambda: ended(spin))
    assert was_ended
    assert 0.2 <= seconds < 15


ON_A_PAGE = """
import sys
from helpers._support import threads
from helpers.checks.engine.limits import TimeIsUp, time_limit

def spin():
    while True:
        pass

threads.ONE = True
try:
    with time_limit(0.2):
        spin()
except TimeIsUp:
    print("ended", sys.gettrace())
"""


def test_a_loop_is_ended_where_there_is_neither_a_timer_nor_a_thread():
    """In a process of its own: Python 3.11 traces no loop once an exception sent to a thread was taken back."""
    done = subprocess.run([sys.executable, "-c", ON_A_PAGE], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("ended None\n", "")


@pytest.mark.parametrize("where", [lambda function: function(), in_a_thread], ids=["main thread", "another thread"])
def test_swallowing_the_exception_once_does_not_help(where):
    def stubborn():
        try:
            spin()
        except BaseException:
            spin()

    assert where(lambda: ended(stubborn))[0]


@pytest.mark.parametrize("where", [lambda function: function(), in_a_thread], ids=["main thread", "another thread"])
def test_code_that_is_quick_enough_is_left_alone(where):
    def quick():
        with time_limit(0.2):
            value = sum(range(10))
        time.sleep(0.4)  # nothing may arrive after the block
        return value

    assert where(quick) == 45


def test_an_earlier_timer_goes_on_with_the_time_it_has_left():
    rang = []
    before = signal.signal(signal.SIGALRM, lambda *_: rang.append(time.monotonic()))
    earlier_delay, _ = signal.setitimer(signal.ITIMER_REAL, 0.5)
    started = time.monotonic()
    try:
        assert ended(spin)[0]
        while not rang and time.monotonic() - started < 15:
            time.sleep(0.01)
    finally:
        signal.setitimer(signal.ITIMER_REAL, earlier_delay)
        signal.signal(signal.SIGALRM, before)
    assert [moment - started > 0.45 for moment in rang] == [True]


@pytest.mark.parametrize("where", [lambda function: function(), in_a_thread], ids=["main thread", "another thread"])
def test_an_import_does_not_count_and_is_never_cut_off(where, tmp_path, monkeypatch):
    name = f"slow_{where.__name__.strip('<>')}"
    (tmp_path / f"{name}.py").write_text(
        "import time\nend = time.monotonic() + 0.8\nwhile time.monotonic() < end: pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def imports():
        with time_limit(0.5) as clock:
            module = importlib.import_module(name)
        return module.end, clock.imported

    end, imported = where(imports)
    assert end <= time.monotonic()
    assert imported >= 0.5


def test_a_loop_after_an_import_is_ended(tmp_path, monkeypatch):
    (tmp_path / "quick_one.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert ended(lambda: (importlib.import_module("quick_one"), spin()))[0]


def test_a_limit_inside_a_limit_ends_only_the_inner_block():
    with time_limit(10):
        assert ended(spin)[0]
