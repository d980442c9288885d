"""Check of lesson 02: the interval of the sign test, for any number of differences and any confidence."""

from math import comb

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def differences(n, confidence, seed):
    return np.random.default_rng(seed).normal(0.5, 2.0, n), confidence


def rank(n, confidence, sides=2):
    """The largest k for which fewer than k of n coins on one of the sides are improbable enough; at least 1."""
    k = 1
    while k < n // 2 and sides * sum(comb(n, i) for i in range(k + 1)) / 2**n <= 1 - confidence:
        k += 1
    return k


def compute(values, confidence, *, sides=2, shift=0, fixed=None, constant=None):
    ordered = np.sort(values)
    k = fixed or rank(len(values), constant or confidence, sides) + shift
    return ordered[k - 1], ordered[len(values) - k]


def answer(values, confidence):
    low, high = (np.float64(end) for end in compute(values, confidence))
    return Answer({"low": low, "high": high}, {}, {"low": 1e-6, "high": 1e-6})


TASK = Task(
    cases=(
        Case("30 differences at 99%", differences(30, 0.99, 0)),
        Case("12 differences at 99%", differences(12, 0.99, 1)),
        Case("40 differences at 95%", differences(40, 0.95, 2)),
    ),
    edges=(
        Case("10 differences at 99%", differences(10, 0.99, 3)),
        Case("100 differences at 90%", differences(100, 0.9, 4)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        mistake("confidence-ignored", "rank", fixed=1),
        mistake("confidence-ignored", "rank", fixed=2),
        mistake("confidence-ignored", "confidence", constant=0.99),
        mistake("confidence-ignored", "confidence", constant=0.95),
        mistake("one-side-counted", sides=1),
        mistake("rank-off-by-one", "shift", shift=1),
        mistake("rank-off-by-one", "shift", shift=-1),
        # The two make up for each other wherever the second side costs one rank; where it costs none, the end is off.
        mistake("rank-off-by-one", "shift", sides=1, shift=-1),
    ),
)


@exercise("sign_interval", arguments=("differences", "confidence"))
def sign_interval(attempt):
    """Check `fn(differences, confidence)` -> (low, high): the k-th smallest and the k-th largest difference (n,).

    k is as large as possible with a probability of at most 1 - confidence that fewer than k of n fair coins fall on one
    side, or on the other.
    """
    judge(attempt, TASK)
