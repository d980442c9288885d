"""Answers to `sign_interval`."""

from math import comb

import numpy as np
from scipy import stats

from tests.wrong_answers.registry import correct, correct_lines, wrong, wrong_lines

EXERCISE = "sign_interval"


def rank(n, confidence, sides=2):
    """The largest k, or 1."""
    k = 1
    while sides * sum(comb(n, i) for i in range(k + 1)) / 2**n <= 1 - confidence:
        k += 1
    return k


def ends(differences, k):
    ordered = sorted(differences)
    return ordered[k - 1], ordered[-k]


@correct(EXERCISE)
def with_scipy(differences, confidence):
    return stats.quantile_test(differences, p=0.5).confidence_interval(confidence)


@correct(EXERCISE)
def with_the_distribution_function(differences, confidence):
    n = len(differences)
    allowed = [k for k in range(1, n // 2 + 1) if 2 * stats.binom.cdf(k - 1, n, 0.5) <= 1 - confidence]
    ordered = np.sort(differences)
    return np.array([ordered[allowed[-1] - 1], ordered[-allowed[-1]]])


@wrong(EXERCISE, "wrong-values")
def normal_interval(differences, confidence):
    half = stats.norm.ppf(0.5 + confidence / 2) * np.std(differences, ddof=1) / np.sqrt(len(differences))
    return np.mean(differences) - half, np.mean(differences) + half


@wrong(EXERCISE, "wrong-values")
def quantiles_of_the_differences(differences, confidence):
    return np.quantile(differences, (1 - confidence) / 2), np.quantile(differences, (1 + confidence) / 2)


@wrong(EXERCISE, "modifies-input")
def sorts_in_place(differences, confidence):
    differences.sort()
    return ends(differences, rank(len(differences), confidence))


@wrong(EXERCISE, "modifies-input")
def rounds_in_place(differences, confidence):
    low, high = ends(differences, rank(len(differences), confidence))
    differences[:] = np.round(differences, 1)
    return low, high


correct_lines(EXERCISE, counted=lambda d, confidence: ends(d, rank(len(d), confidence)))

wrong_lines(
    EXERCISE,
    {
        "confidence-ignored": dict(
            smallest_and_largest=lambda d, confidence: (np.min(d), np.max(d)),
            always_the_second=lambda d, confidence: ends(d, 2),
            always_99_percent=lambda d, confidence: ends(d, rank(len(d), 0.99)),
        ),
        "one-side-counted": dict(
            one_tail=lambda d, confidence: ends(d, rank(len(d), confidence, sides=1)),
            twice_the_allowance=lambda d, confidence: ends(d, rank(len(d), 2 * confidence - 1)),
        ),
        "rank-off-by-one": dict(
            k_as_an_index=lambda d, confidence: ends(d, rank(len(d), confidence) + 1),
            one_too_far_in=lambda d, confidence: (
                np.sort(d)[rank(len(d), confidence)],
                np.sort(d)[-rank(len(d), confidence) - 1],
            ),
        ),
        "wrong-shape": dict(
            only_the_low_end=lambda d, confidence: ends(d, rank(len(d), confidence))[0],
            with_the_median=lambda d, confidence: (*ends(d, rank(len(d), confidence)), np.median(d)),
        ),
    },
)
