"""Race dashboard: Start, Stop, the kernel's interrupt, faint lines, and words for what cannot be trained with."""

import asyncio
import os
import signal
import sys
import time

import pytest

from helpers.experiments import Experiment
from helpers.widgets import RaceDashboard

SHORT = Experiment(batch_norm=True, activation="relu", steps=100)
LONG = 2000


@pytest.fixture
def board():
    return RaceDashboard(SHORT)


def raced(board):
    """One race from Start to its end, as in a kernel."""

    async def go():
        board.start()
        if board._task is not None:
            await board._task

    asyncio.run(go())


def stopped(board, stop, after=0.15):
    """Start a long race, end it by `stop` after a while; the seconds from then until the race is over."""

    async def go():
        board.steps.value = LONG
        board.start()
        await asyncio.sleep(after)
        begin = time.perf_counter()
        stop()
        await board._task
        return time.perf_counter() - begin

    return asyncio.run(go())


def test_a_new_dashboard_shows_a_finished_race(board):
    assert board.race.over
    assert "Step 100 of 100, over." in board.text.value
    assert "steps a second" in board.text.value


def test_start_comes_back_at_once_and_the_curve_grows(board):
    async def go():
        begin = time.perf_counter()
        board.steps.value = LONG
        board.start()
        back = time.perf_counter() - begin
        lengths = []
        while len(lengths) < 4 and not board._task.done():
            redraws = board.redraws
            while board.redraws == redraws and not board._task.done():
                await asyncio.sleep(0.001)
            lengths.append(len(board._lines[True].get_xdata()))
        board.stop()
        await board._task
        return back, lengths

    back, lengths = asyncio.run(go())
    assert back < 1
    assert lengths == sorted(set(lengths))
    assert len(lengths) == 4


def test_stop_ends_a_race_between_two_slices(board):
    waited = stopped(board, board.stop)
    assert waited < 1  # two slices of 30 ms on a quiet machine
    assert board.race.step < LONG
    assert f"of {LONG:}, stopped." in board.text.value
    assert not board.start_button.disabled
    assert board.stop_button.disabled


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that a process can send itself")
def test_the_kernels_interrupt_ends_a_race_and_nothing_else(board):
    before = signal.getsignal(signal.SIGINT)
    stopped(board, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert board.race.step < LONG
    assert "stopped." in board.text.value
    assert signal.getsignal(signal.SIGINT) == before


def test_the_button_starts_a_race(board):
    async def go():
        before = board.race
        board.start_button.click()
        assert board.stop_button.disabled is False
        await board._task
        assert board.race is not before

    asyncio.run(go())


def test_the_last_races_stay_as_faint_lines(board):
    ends = []
    for rate in (0.02, 0.05, 0.1):
        ends.append(board.race.sides[True].accuracies)
        board.rate.value = rate
        raced(board)
    shown = [list(line.get_ydata()) for line in board._faint if len(line.get_ydata())]
    assert shown[::2] == ends[::-1]


def test_at_most_four_earlier_races_are_kept(board):
    for _ in range(6):
        board.run()
    assert len(board._earlier) == 8


def test_divergence_is_said_with_its_step_and_the_next_race_runs(board):
    board.rate.value = 1e6
    raced(board)
    assert f"diverged at step {board.race.sides[False].diverged_at} " in board.text.value
    board.rate.value = 0.01
    raced(board)
    assert "diverged" not in board.text.value


@pytest.mark.parametrize(
    ("control", "value", "words"),
    [
        ("rate", -1.0, "`learning_rate` must be at least 0. Received: learning_rate=-1.0."),
        ("size", 5000, "`batch_size` must be at most the number of training images, 1260."),
        ("size", 0, "`batch_size` must be"),
        ("sd", -5.0, "`init_scale` must be"),
    ],
)
def test_what_cannot_be_trained_with_is_refused_in_words(board, control, value, words):
    getattr(board, control).value = value
    finished = board.race
    raced(board)
    assert words in board.problem.value
    assert "Traceback" not in board.problem.value
    assert board.race is finished
    getattr(board, control).value = 60 if control == "size" else 0.05
    raced(board)
    assert board.problem.value == ""
    assert board.race is not finished


def test_an_error_in_the_middle_of_a_race_ends_it_in_words(board, monkeypatch):
    def broken(*_):
        raise MemoryError("no room")

    monkeypatch.setattr("helpers.widgets.race_engine.Race.advance", broken)
    raced(board)
    assert "MemoryError: no room" in board.problem.value
    assert not board.start_button.disabled


def test_a_longer_race_has_room_in_the_picture(board):
    board.steps.value = 500
    board.run()
    assert board._axes.get_xlim() == (0, 500)
    assert board.progress.max == board.progress.value == 500
