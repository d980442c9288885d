"""One BLAS thread while networks train, and the number put back afterwards."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from helpers._support.blas import one_thread
from helpers.experiments import Experiment, train


def threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads_before():
    with threadpool_limits(2, user_api="blas"):
        yield


def test_one_thread_inside_and_the_number_put_back():
    with one_thread():
        assert threads() == {1}
    assert threads() == {2}


def test_an_error_inside_puts_the_number_back():
    with pytest.raises(KeyError), one_thread():
        raise KeyError
    assert threads() == {2}


def test_a_call_inside_another_leaves_the_number_to_the_outer_one():
    with one_thread():
        with one_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == {2}


def test_of_overlapping_calls_the_last_to_end_puts_it_back():
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == {1}
    second.__exit__(None, None, None)
    assert threads() == {2}


def inside():
    with one_thread():
        return threads()


def test_another_thread_than_the_first_has_one_too_and_puts_it_back():
    assert inside() == {1}
    with ThreadPoolExecutor(1) as other:
        assert other.submit(inside).result() == {1}
        assert threads() == {2}
        assert inside() == {1}
    assert threads() == {2}


def test_of_overlapping_calls_in_two_threads_the_last_to_end_puts_it_back():
    first, second = one_thread(), one_thread()
    with ThreadPoolExecutor(1) as other:
        first.__enter__()
        other.submit(second.__enter__).result()
        first.__exit__(None, None, None)
        assert other.submit(threads).result() == {1}
        other.submit(second.__exit__, None, None, None).result()
        assert threads() == {2}


def test_training_puts_it_back():
    train(Experiment(True, "relu", steps=2), seeds=2, progress=False)
    assert threads() == {2}
