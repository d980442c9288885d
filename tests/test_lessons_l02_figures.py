"""Lesson 02's figures: what is drawn where."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.experiments.stats import Interval
from helpers.lessons.l02 import figures
from helpers.lessons.l02.benefits.claim import Claim, Part, Scorecard


def claim(number, *rows):
    """A Claim with a Part for each (name, low, high, unit, smallest effect)."""
    parts = [
        Part(name, Interval((low + high) / 2, low, high, 0.006, 12), unit, smallest, smallest)
        for name, low, high, unit, smallest in rows
    ]
    return Claim(number, "does something", tuple(parts), ("x",), {}, None, {}, tuple(range(12)))


def test_the_scorecard_draws_multiples_of_the_smallest_effect():
    card = Scorecard(
        [claim(1, ("fast", 0.5, 1.5, "decades of the rate", 0.5)), claim(2, ("good", 0, 0.01, "accuracy", 0.01))]
    )
    ax = figures.scorecard(card).axes[0]
    drawn = [line.get_xdata().tolist() for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 3]
    assert drawn == [[1.0, 3.0], [0.0, 1.0]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1  fast", "2  good"]


def test_equal_differences_are_stacked():
    one = claim(7, ("best rate", 0, 0.01, "accuracy", 0.01))
    values = {False: np.zeros((4, 1)), True: np.array([[0.01], [0.01], [0.02], [0.01]])}
    one = Claim(7, one.text, one.parts, one.settings, values, None, {}, (0, 1, 2, 3))
    line = figures.overall(one).axes[0].lines[0]
    assert line.get_ydata().tolist() == [1, 2, 1, 3]


def test_dots_are_spread_around_their_place_in_the_order_of_the_seeds():
    _, ax = plt.subplots()
    figures.dots(ax, np.array([3.0, 1.0, 2.0]), 5)
    assert ax.lines[0].get_xdata().tolist() == [3, 1, 2]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [4.7, 5.0, 5.3])
