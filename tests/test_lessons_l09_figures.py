"""The figures of lesson 09: what a reader sees in each."""

import numpy as np

from helpers.lessons.l09 import figures


def test_accuracies_have_a_panel_a_title_and_a_line_a_name_at_its_median():
    values = np.array([[0.1, 0.5], [0.2, 0.6], [0.9, 0.7]])
    panels = {"turned": {"moving": values, "frozen": values / 2}}
    fig = figures.accuracies(panels | {"inverted": {"moving": values}}, (2, 8))
    assert [ax.get_title() for ax in fig.axes] == ["turned", "inverted"]
    moving, frozen = fig.axes[0].lines
    assert list(moving.get_xdata()) == [2, 8]
    assert list(moving.get_ydata()) == [0.2, 0.6]
    assert list(frozen.get_ydata()) == [0.1, 0.3]
    assert [label.get_text() for label in fig.axes[0].get_xticklabels()] == ["2", "8"]


def test_decays_divide_the_rate_by_the_squared_length():
    fig = figures.decays({0.0: np.array([[2.0, 4.0]]), 0.1: np.array([[1.0, 0.5]])}, rate=0.5)
    left, right = fig.axes
    assert [list(line.get_ydata()) for line in left.lines] == [[2, 4], [1, 0.5]]
    assert [list(line.get_ydata()) for line in right.lines] == [[0.25, 0.125], [0.5, 1]]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["decay 0", "decay 0.1"]


def test_branches_show_each_block_s_share_and_a_panel_of_losses_a_rate():
    spreads = {1.0: (np.array([[1.0], [2.0]]), np.ones((2, 1))), 0.0: (np.ones((2, 1)), np.zeros((2, 1)))}
    losses = {gamma: np.arange(6.0).reshape(3, 1, 2) + gamma for gamma in spreads}
    fig = figures.branches(spreads, losses, (0.1, 0.3))
    assert [ax.get_title() for ax in fig.axes] == ["before training", "rate 0.1", "rate 0.3"]
    assert [list(line.get_ydata()) for line in fig.axes[0].lines] == [[1, 0.5], [0, 0]]
    assert [list(line.get_ydata()) for line in fig.axes[2].lines] == [[2, 4, 6], [1, 3, 5]]
