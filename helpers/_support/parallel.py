"""Trainings two at a time, each on its own thread; an error in one, or Ctrl-C, ends all of them."""

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

AT_ONCE = 2


def run_in_pairs(work, items, stop):
    """What `work(item)` returns for each of the items, AT_ONCE of them at a time, begun in their order.

    The first error in one is raised here, and so is KeyboardInterrupt. Nothing new begins then, and running
    work is not waited for: `work` checks `stop`, a threading.Event that is always set at the end.

    Examples
    --------
    >>> import threading
    >>> run_in_pairs(abs, [-3, 2, -1], threading.Event())
    [3, 2, 1]
    """
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        jobs = [pool.submit(work, item) for item in items]
        left = set(jobs)
        while left:  # without a timeout, Windows would not notice Ctrl-C
            done, left = wait(left, timeout=0.1, return_when=FIRST_EXCEPTION)
            for job in done:
                job.result()
        return [job.result() for job in jobs]
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
