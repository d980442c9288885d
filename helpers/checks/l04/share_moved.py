"""Check of lesson 04: how far a kernel has moved, as a share of its length."""

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def kernels(shape, moved, seed):
    rng = np.random.default_rng(seed)
    start = rng.normal(0, 0.3, shape)
    return start, start + moved * rng.normal(0, 0.3, shape)


def compute(start, end, *, what="difference", over="start", squared=False, norm=2):
    length = lambda w: np.sum(np.abs(w) ** norm) ** (1 / norm)  # noqa: E731
    moved = abs(length(end) - length(start)) if what == "lengths" else length(end - start)
    share = moved / length(end if over == "end" else start)
    return (share**2 if squared else share,)


def answer(start, end):
    return Answer({"share": np.float64(compute(start, end)[0])}, {}, {"share": 1e-5})


TASK = Task(
    cases=(
        Case("a kernel (6, 4) that moved far", kernels((6, 4), 3.0, 0)),
        Case("a kernel (10, 3) that moved little", kernels((10, 3), 0.2, 1)),
    ),
    edges=(Case("a kernel that did not move", kernels((5, 5), 0.0, 2)),),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("difference-of-lengths", what="lengths"),
        mistake("divided-by-the-end", over="end"),
        mistake("squares-not-lengths", squared=True),
    ),
)


@exercise("share_moved", arguments=("start", "end"))
def share_moved(attempt):
    """Check `fn(start, end)`: the length of the difference of two kernels, as a share of the length of `start`.

    The length of a kernel is the root of the sum of the squares of all its weights.
    """
    judge(attempt, TASK)
