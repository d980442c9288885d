"""The figures of lesson 12: what a reader sees in each, and what each takes."""

import numpy as np
import pytest

from helpers.experiments import Experiment, sweep
from helpers.lessons.l12 import figures, landscape


def labels(ax):
    return ax.get_xlabel(), ax.get_ylabel()


def test_bars_of_orders_are_shares_of_the_first_order():
    fig = figures.orders({"L = 2": np.array([9.0, -4, 1]), "L = 3": np.array([9.0, -2, 1, -0.5])})
    heights = [[bar.get_height() for bar in ax.patches] for ax in fig.axes]
    assert heights == [[-1, 0.25], [-1, 0.5, -0.25]]
    assert fig.axes[0].get_ylabel() == "size, first order = −1"


def test_noise_races_tell_three_networks_apart_by_line_and_label():
    base = Experiment(batch_norm=False, activation="relu", hidden=(4,), steps=2, evaluations=1)
    trio = [base, Experiment(**{**vars(base), "batch_norm": True})]
    trio.append(Experiment(**{**vars(trio[1]), "noise": 1.0}))
    fig = figures.noise_races([list(sweep(trio, seeds=2).values())], ["ReLU"])
    assert [line.get_linestyle() for line in fig.axes[0].lines] == ["--", "-", ":"]
    words = [text.get_text() for text in fig.legends[0].get_texts()]
    assert words == ["without batch normalization", "with batch normalization", "with, and noise after it"]
    assert labels(fig.axes[0]) == ("training step", "validation accuracy")


def test_surveys_show_medians_of_drift_promise_and_change():
    drifts, kept, changes = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[1, 0.5], [1, 0.7]]), np.full((2, 2), 0.9)
    found = landscape.Survey(None, kept, changes, drifts)
    fig = figures.surveys({"2 hidden layers": (found, found)}, (1, 2), rate=0.1)
    medians = [list(ax.lines[0].get_ydata()) for ax in fig.axes]
    assert medians == [pytest.approx([0.2, 0.3]), pytest.approx([1, 0.6]), pytest.approx([0.9, 0.9])]
    assert list(fig.axes[1].lines[0].get_xdata()) == pytest.approx([0.1, 0.2])
    assert fig.axes[1].get_ylabel() == "share of the\npromise kept"


def test_effective_rates_compare_before_with_the_median_after():
    fig = figures.effective_rates([0.1, 1], [1.0, 0.01], np.array([[0.1, 0.01], [0.3, 0.01], [0.2, 0.01]]))
    before, after = fig.axes[0].lines
    assert list(before.get_ydata()) == [1, 0.01]
    assert list(after.get_ydata()) == [0.2, 0.01]
    assert labels(fig.axes[0]) == ("standard deviation of the initial kernels", "rate / |w|² of a unit")
