"""Work on threads, and the same work where Python has one thread alone."""

import threading

import pytest

from helpers._support import threads


def failing():
    raise ValueError("no")


@pytest.mark.parametrize(("one", "here"), [(False, False), (True, True)])
def test_the_work_is_done_on_another_thread_or_here(monkeypatch, one, here):
    monkeypatch.setattr(threads, "ONE", one)
    pool = threads.pool(2)
    assert (pool.submit(threading.get_ident).result() == threading.get_ident()) is here
    assert list(pool.map(abs, [-3, 2, -1])) == [3, 2, 1]
    assert str(pool.submit(failing).exception()) == "no"
