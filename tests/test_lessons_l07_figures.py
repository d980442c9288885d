"""The figures of lesson 07: what a reader sees in each."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers.lessons.l07 import figures


def runs(*accuracies):
    """As much of helpers.tf.sweep.Result as the figures read, without TensorFlow: a row for each seed."""
    values = np.array(accuracies, dtype=float)
    return SimpleNamespace(
        step=5 * np.arange(1, values.shape[1] + 1), validation_accuracy=values, test_accuracy=values[:, -1]
    )


def test_the_race_has_a_line_a_kind_at_the_median_of_its_seeds():
    found = {"none": runs([0.1, 0.2], [0.3, 0.4], [0.5, 0.9]), "batch": runs([0.8, 0.9])}
    (ax,) = figures.race(found).axes
    plain, batch = ax.lines
    assert (list(plain.get_xdata()), list(plain.get_ydata())) == ([5, 10], [0.3, 0.4])
    assert list(batch.get_ydata()) == [0.8, 0.9]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["LSTM", "batch-normalized"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("training steps", "validation accuracy")


def test_lines_differ_in_colour_and_in_style():
    for name in ("color", "linestyle", "marker"):
        assert len({kind[name] for kind in figures.KINDS.values()}) == len(figures.KINDS)
        assert len({line[name] for line in figures.LINES}) == len(figures.LINES)


def test_rates_have_a_ring_at_the_rate_that_was_chosen():
    found = {(kind, rate): runs([rate / 10]) for kind in ("none", "layer") for rate in (0.1, 2.0)}
    (ax,) = figures.rates(found, {"none": 2.0, "layer": 0.1}).axes
    line, ring, _, other = ax.lines
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([0.1, 2.0], [0.01, 0.2])
    assert (ring.get_xdata()[0], ring.get_ydata()[0], other.get_xdata()[0]) == (2.0, 0.2, 0.1)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.1", "2"]


def test_time_steps_are_counted_from_1_and_blank_ones_are_shaded():
    (ax,) = figures.through_time({"one": [[3, 2, 1]], "other": [[1, 1, 1]]}, "norm", logarithmic=True, blank=2).axes
    assert [list(line.get_xdata()) for line in ax.lines] == [[1, 2, 3]] * 2
    assert list(ax.lines[0].get_ydata()) == [3, 2, 1]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "other", "blank steps"]
    shaded = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (shaded.x0, shaded.x1) == pytest.approx((0.5, 2.5))
    assert (ax.get_ylabel(), ax.get_yscale()) == ("norm", "log")


def test_without_blank_steps_nothing_is_shaded_and_the_axis_starts_at_0():
    (ax,) = figures.through_time({"one": [[3, 2, 1]]}, "sd").axes
    assert (len(ax.patches), ax.get_ylim()[0], ax.get_yscale()) == (0, 0, "linear")


def test_each_seed_is_a_mark_and_a_thin_line_and_the_median_a_bar():
    (ax,) = figures.each_seed({"own": [0.9, 0.8, 0.7], "shared": [0.6, 0.5, 0.1]}).axes
    joined, rest = ax.lines[:3], ax.lines[3:]
    assert [list(line.get_ydata()) for line in joined] == [[0.9, 0.6], [0.8, 0.5], [0.7, 0.1]]
    own, own_bar, shared, shared_bar = rest
    assert (list(own.get_ydata()), list(shared.get_ydata())) == ([0.9, 0.8, 0.7], [0.6, 0.5, 0.1])
    assert (own_bar.get_ydata()[0], shared_bar.get_ydata()[0]) == (0.8, 0.5)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["own", "shared"]


def test_epsilons_stand_on_a_logarithmic_axis():
    (ax,) = figures.epsilons({"clean": [[1, 0.9]], "a speck": [[0.5, 0.3], [0.1, 0.1]]}, [1e-5, 1e-3]).axes
    assert [list(line.get_ydata()) for line in ax.lines] == [[1, 0.9], [0.3, 0.2]]
    assert list(ax.lines[0].get_xdata()) == [1e-5, 1e-3]
    assert ax.get_xscale() == "log"


def test_spreads_and_shifts_stand_side_by_side_on_one_axis():
    left, right = figures.spreads_and_shifts({"one": [[1, 2], [3, 4]]}, {"one": [[5, 6], [7, 8]]}).axes
    assert list(left.lines[0].get_ydata()) == [2, 3]
    assert list(right.lines[0].get_ydata()) == [6, 7]
    assert left.get_ylim() == right.get_ylim()
    assert [ax.get_xlabel() for ax in (left, right)] == ["time step"] * 2
