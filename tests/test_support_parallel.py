"""Work on two threads: results in order, the first error, Ctrl-C, and the event that tells work to stop."""

import _thread
import threading
import time

import pytest

from helpers._support.parallel import AT_ONCE, run_in_pairs


def test_results_come_in_the_order_of_the_items():
    def work(seconds):
        time.sleep(seconds)
        return seconds

    assert run_in_pairs(work, [0.05, 0.0, 0.02], threading.Event()) == [0.05, 0.0, 0.02]


def test_two_are_at_work_and_no_more():
    working, most, lock = [], [], threading.Lock()

    def work(item):
        with lock:
            working.append(item)
            most.append(len(working))
        time.sleep(0.02)
        with lock:
            working.remove(item)

    run_in_pairs(work, range(6), threading.Event())
    assert max(most) == AT_ONCE


def test_the_first_error_is_raised_the_others_are_told_to_stop_and_nothing_new_begins():
    begun, stop = [], threading.Event()

    def work(item):
        begun.append(item)
        if item == 1:
            raise ValueError("broken")
        stop.wait(10)

    begin = time.perf_counter()
    with pytest.raises(ValueError, match="broken"):
        run_in_pairs(work, range(9), stop)
    assert time.perf_counter() - begin < 5
    assert stop.is_set()
    assert len(begun) <= 3  # a thread that is free takes the next item before the error is seen


def test_ctrl_c_does_not_wait_for_what_is_under_way():
    stop, ended = threading.Event(), threading.Event()

    def work(_):
        stop.wait(10)
        ended.wait(10)

    threading.Timer(0.2, _thread.interrupt_main).start()
    begin = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        run_in_pairs(work, range(4), stop)
    assert time.perf_counter() - begin < 5
    assert stop.is_set()
    ended.set()


def test_without_items_there_is_nothing_to_wait_for():
    stop = threading.Event()
    assert run_in_pairs(abs, [], stop) == []
    assert stop.is_set()
