"""Claims, their parts, and the scorecard: which numbers lead to which verdict, and how they print."""

import numpy as np
import pytest

from helpers.experiments.stats import Interval
from helpers.lessons.l02.benefits.claim import Claim, Part, Scorecard, part


def made(low, high, smallest_effect=0.01, name="part"):
    """A Part with this interval."""
    interval = Interval((low + high) / 2, low, high, miss=0.01, pairs=12)
    return Part(name, interval, "accuracy", smallest_effect, smallest_effect)


def claim(*parts, number=3):
    """A Claim with these parts and nothing behind them."""
    return Claim(number, "does something", parts, (), {}, None, {}, tuple(range(12)))


def test_a_part_takes_with_minus_without():
    one = part("gain", np.zeros(12), np.arange(12.0), unit="points", smallest_effect=1)
    assert (one.interval.low, one.interval.estimate, one.interval.high) == (1.0, 5.5, 10.0)


def test_the_equivalence_margin_is_the_smallest_effect_unless_given():
    numbers = np.zeros(12), np.ones(12)
    assert part("a", *numbers, unit="u", smallest_effect=0.5).equivalence_margin == 0.5
    assert part("a", *numbers, unit="u", smallest_effect=0.5, equivalence_margin=0.2).equivalence_margin == 0.2


def test_accuracies_are_told_in_points_and_logarithms_as_factors():
    points = Part("a", Interval(0.005, -0.002, 0.012, miss=0.006, pairs=12), "accuracy, gap closed", 0.01, 0.01)
    factor = Part("b", Interval(1.5, 1, 2, miss=0.006, pairs=12), "halvings of the time", 1, 1)
    assert points.effect == "≈+0.5 points (−0.2 to +1.2)"
    assert factor.effect == "≈2.8x (2.0–4.0)"


def test_a_resolution_widens_the_interval_on_both_sides():
    one = part("a", np.zeros(12), np.ones(12), unit="decades", smallest_effect=0.3, resolution=0.5)
    assert (one.interval.low, one.interval.high) == (0.5, 1.5)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.013, 0.05, "supported"), (0.012, 0.05, "undecided"), (-0.02, 0.007, "not supported")],
)
def test_a_quarter_beyond_the_threshold_decides(low, high, expected):
    assert made(low, high).verdict == expected


def test_no_difference_needs_both_ends_inside_the_margin():
    assert made(-0.007, 0.007).no_difference
    assert not made(-0.02, 0.007).no_difference


def test_a_claim_depends_where_one_part_is_supported_and_another_is_not():
    assert claim(made(0.1, 0.2), made(-0.1, 0.0)).verdict == "depends"
    assert claim(made(0.1, 0.2), made(0.1, 0.3)).verdict == "supported"


def test_a_claim_prints_its_verdict_and_each_part_with_its_numbers():
    one = claim(made(0.1, 0.2, name="deep"))
    assert repr(one) == "3 does something: supported (12 seeds)\n    deep  ≈+15.0 points (+10.0 to +20.0): supported"


def test_a_claim_of_two_parts_names_both():
    two = claim(made(0.1, 0.2, name="deep"), made(0, 0.1, name="shallow"))
    assert repr(two).splitlines()[1:] == [
        "    deep     ≈+15.0 points (+10.0 to +20.0): supported",
        "    shallow  ≈+5.0 points (+0.0 to +10.0): undecided",
    ]


def test_a_table_has_a_row_for_each_part():
    table = claim(made(0.1, 0.2, name="a"), made(0, 0.1, name="b")).table()
    assert table["part"].tolist() == ["a", "b"]
    assert table["low"].tolist() == [0.1, 0]
    assert table["verdict"].tolist() == ["supported", "undecided"]


def test_the_scorecard_adds_up_what_may_miss():
    card = Scorecard([claim(made(0, 1), made(0, 1), number=1), claim(made(0, 1), number=2)])
    assert card.together == pytest.approx(0.97)
    assert repr(card).splitlines()[-1] == "3 intervals; all of them hold with probability 97% or more"


def test_the_scorecard_lists_verdicts_by_number():
    card = Scorecard([claim(made(0.1, 1), number=1), claim(made(0, 1), number=7)])
    assert card.verdicts == {1: "supported", 7: "undecided"}
    assert card.table()["claim"].tolist() == ["1 does something", "7 does something"]
