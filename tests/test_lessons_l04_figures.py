"""Lesson 04's figures: a line or a point for each seed, at its number."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.experiments import Experiment, sweep
from helpers.figures import plots
from helpers.lessons.l04 import figures

BASE = Experiment(batch_norm=True, activation="relu", steps=4, evaluations=2)


@pytest.fixture(scope="module")
def results():
    return list(sweep([BASE, replace(BASE, learning_rate=1)], seeds=3, progress=False).values())


def test_each_seed_has_its_line_in_the_panel_of_its_rate(results):
    fig = figures.each_seed(results)
    assert [ax.get_title() for ax in fig.axes] == ["learning rate 0.01", "learning rate 1"]
    for ax, result in zip(fig.axes, results):
        lines = ax.get_lines()[:3]
        assert np.array_equal([line.get_ydata() for line in lines], result.validation_accuracy)
        assert {line.get_color() for line in lines} == {plots.BLUE}


def test_each_run_ends_at_its_test_accuracy_in_the_row_of_its_rate(results):
    ax = figures.ends(results).axes[0]
    for row, result in enumerate(results):
        x, y = ax.get_lines()[row].get_data()
        assert np.array_equal(x, result.test_accuracy)
        assert np.abs(y - row).max() < 0.31
        assert len(set(y)) == 3
    assert [label.get_text() for label in ax.get_yticklabels()] == ["rate 0.01", "rate 1"]


def test_the_suspects_are_four_lines_of_different_looks():
    scales = [(0.05, 0.05), (5, 0.05), (0.05, 5), (5, 5)]
    experiments = [replace(BASE, init_scale=hidden, output_init_scale=output) for hidden, output in scales]
    fig = figures.suspects(sweep(experiments, seeds=1, progress=False))
    lines = [line for line in fig.axes[0].get_lines() if line.get_linewidth() > 1]
    assert lines[1].get_label() == "hidden sd 5, output sd 0.05"
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 4
