"""helpers.experiments.stats: intervals that hold their coverage with few pairs, and verdicts."""

import doctest
import re

import numpy as np
import pytest
from scipy import stats as scipy_stats

from helpers.experiments import stats
from helpers.experiments.stats import Interval

TEST_IMAGES = 357
REPETITIONS = 20_000


def accuracy(rng, a, b, shape):
    """Accuracies between 0 and 1 in steps of one image."""
    return np.round(rng.beta(a, b, shape) * TEST_IMAGES) / TEST_IMAGES


POPULATIONS = {
    "normal": lambda rng, s: rng.normal(0.01, 0.01, s),
    "accuracies near 1": lambda rng, s: accuracy(rng, 200, 3, s) - accuracy(rng, 30, 3, s),
    "strongly skewed": lambda rng, s: accuracy(rng, 200, 3, s) - accuracy(rng, 3, 0.5, s),
    "one run in ten fails": lambda rng, s: np.where(rng.random(s) < 0.1, 0.85, 0) + rng.normal(0.005, 0.007, s),
}


def coverage(population, pairs, confidence, intervals, truth, repetitions=REPETITIONS):
    """How often an interval holds `truth` of the population; `intervals` takes (repetitions, pairs) differences."""
    rng = np.random.default_rng(1)
    true = truth(population(rng, 400_000))
    low, high = intervals(population(rng, (repetitions, pairs)), confidence)
    return np.mean((low <= true) & (true <= high))


def ours(differences, confidence):
    """paired_interval of each row, by the ranks of its ends (the tests further down show that it is these)."""
    pairs = differences.shape[1]
    ranks = stats.paired_interval(np.zeros(pairs), np.arange(pairs), confidence=confidence)
    ordered = np.sort(differences, axis=1)
    return ordered[:, int(ranks.low)], ordered[:, int(ranks.high)]


def student(differences, confidence):
    return scipy_stats.ttest_1samp(differences, 0, axis=1).confidence_interval(confidence)


def bca(differences, confidence):
    rng = np.random.default_rng(2)
    return scipy_stats.bootstrap(
        (differences,), np.mean, axis=1, confidence_level=confidence, n_resamples=499, method="BCa", rng=rng
    ).confidence_interval


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(stats).failed == 0


# Coverage.


@pytest.mark.parametrize("confidence", [0.95, 0.99])
@pytest.mark.parametrize("pairs", [10, 12])
@pytest.mark.parametrize("name", POPULATIONS)
def test_the_interval_holds_the_true_median_as_often_as_it_says(name, pairs, confidence):
    held = coverage(POPULATIONS[name], pairs, confidence, ours, np.median)
    error = np.sqrt(confidence * (1 - confidence) / REPETITIONS)
    assert held >= confidence - 3 * error


def test_students_interval_for_the_mean_does_not_where_one_run_in_ten_fails():
    assert coverage(POPULATIONS["one run in ten fails"], 10, 0.95, student, np.mean) < 0.75


def test_students_interval_for_the_mean_falls_short_where_accuracies_are_skewed():
    assert coverage(POPULATIONS["strongly skewed"], 10, 0.95, student, np.mean) < 0.93


def test_the_bca_bootstrap_falls_short_with_ten_pairs_even_where_differences_are_normal():
    assert coverage(POPULATIONS["normal"], 10, 0.95, bca, np.mean, repetitions=1000) < 0.92


@pytest.mark.parametrize(
    ("pairs", "confidence", "below", "miss"),
    [(10, 0.95, 1, 22 / 1024), (10, 0.99, 0, 2 / 1024), (12, 0.99, 1, 26 / 4096), (20, 0.99, 3, 2702 / 2**20)],
)
def test_the_ends_are_the_order_statistics_of_the_sign_test(pairs, confidence, below, miss):
    differences = np.random.default_rng(0).permutation(np.arange(float(pairs)))
    interval = stats.paired_interval(np.zeros(pairs), differences, confidence=confidence)
    assert (interval.low, interval.high) == (below, pairs - 1 - below)
    assert interval.miss == pytest.approx(miss)


def test_differences_are_taken_pair_by_pair_before_anything_is_ordered():
    without = np.arange(12.0) ** 2
    interval = stats.paired_interval(without, without + 3)
    assert (interval.estimate, interval.low, interval.high) == (3, 3, 3)


def test_integers_and_float32_are_computed_as_float64():
    interval = stats.paired_interval(np.zeros(10, int), np.full(10, 0.1, np.float32))
    assert interval.low == pytest.approx(0.1, abs=1e-8)


def test_widening_by_the_step_of_a_grid_moves_both_ends_and_nothing_else():
    assert Interval(1.0, 1.0, 1.0, 0.006, 12).widen(0.5) == Interval(1.0, 0.5, 1.5, 0.006, 12)


# Verdicts.


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.03, 0.05, "supported"),
        (0.024, 0.05, "undecided"),  # above the smallest effect, but within the guard
        (0.015, 0.05, "undecided"),
        (-0.01, 0.01, "not supported"),
        (-0.01, 0.016, "undecided"),  # below the margin, but within the guard
        (-0.05, 0.05, "undecided"),
        (-0.09, -0.03, "harms"),
        (-0.09, -0.024, "not supported"),  # below minus the smallest effect, but within the guard
        (-0.09, 0.01, "not supported"),
    ],
)
def test_a_verdict_compares_the_interval_with_both_thresholds(low, high, expected):
    assert stats.verdict(Interval((low + high) / 2, low, high, 0.006, 12), 0.02, 0.02) == expected


def test_a_verdict_without_guard_uses_the_thresholds_themselves():
    assert stats.verdict(Interval(0.03, 0.021, 0.05, 0.006, 12), 0.02, 0.01, guard=0) == "supported"


def test_a_small_effect_between_margin_and_smallest_effect_is_undecided():
    assert stats.verdict(Interval(0.015, 0.012, 0.018, 0.006, 12), 0.02, 0.01) == "undecided"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-0.01, 0.01, True), (-0.016, 0.01, False), (-0.01, 0.016, False), (-0.09, -0.03, False)],
)
def test_no_difference_asks_that_both_ends_lie_inside_the_margin(low, high, expected):
    assert stats.no_difference(Interval(0.0, low, high, 0.006, 12), 0.02) is expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["supported"] * 3, "supported"),
        (["not supported", "not supported"], "not supported"),
        (["undecided"], "undecided"),
        (["supported", "undecided"], "depends"),
        (["not supported", "undecided"], "undecided"),
        (["not supported", "depends"], "depends"),
        (["harms", "harms"], "harms"),
        (["supported", "harms"], "depends"),
        (["harms", "not supported"], "depends"),
        (["harms", "undecided"], "depends"),
    ],
)
def test_parts_combine_to_one_verdict(parts, expected):
    assert stats.combine(parts) == expected


def test_together_adds_up_the_misses_and_stops_at_zero():
    interval = Interval(0, 0, 0, 0.25, 12)
    assert [stats.together([interval] * k) for k in (0, 1, 3, 5)] == [1, 0.75, 0.25, 0]


# Errors.

SEEDS = "Received: without.shape=(12,), with_.shape=(11,). Train both sides with the same seeds."
NAN = "Look at what computed it: a learning rate that is too high is the usual cause."
FEWER = "Lower it, or train more seeds."
MARGIN = (
    "Received: equivalence_margin=0.02, smallest_effect=0.01. What counts as no difference cannot be an effect that"
)
BEFOREHAND = "State it before looking at the result."
NOTHING = Interval(0, 0, 0, 0.006, 12)
TEN = np.zeros(10)
REFUSED = [
    (
        lambda: stats.paired_interval(np.zeros(12), np.zeros(11)),
        f"`without` and `with_` must be vectors of one length, a number for each seed. {SEEDS}",
    ),
    (
        lambda: stats.paired_interval(np.zeros(5), np.zeros(5)),
        "An interval needs at least 10 pairs. Received: pairs=5. Train more seeds.",
    ),
    (
        lambda: stats.paired_interval(TEN, np.full(10, np.nan)),
        f"`with_` must be finite. Received: with_ with 10 of 10 numbers NaN or infinite. {NAN}",
    ),
    *[
        (
            lambda confidence=confidence: stats.paired_interval(TEN, TEN, confidence=confidence),
            f"`confidence` must be one that 10 pairs can give. Received: confidence={confidence}. {FEWER}",
        )
        for confidence in (0.999, 1.0)
    ],
    (
        lambda: stats.verdict(NOTHING, 0.01, 0.02),
        f"`equivalence_margin` must be at most `smallest_effect`. {MARGIN} matters.",
    ),
    (
        lambda: stats.verdict(NOTHING, 0, 0.02),
        f"`smallest_effect` must be above 0. Received: smallest_effect=0. {BEFOREHAND}",
    ),
    (
        lambda: stats.verdict(NOTHING, 0.02, 0.02, guard=1),
        "`guard` must be below 1. Received: guard=1. Pass a share of the threshold, such as 0.25.",
    ),
    (
        lambda: stats.combine([]),
        "`verdicts` must be at least one. Received: verdicts=[]. Pass the verdict of each part.",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()
