"""Axes explorer: the coloured cells are those of helpers.figures.shared_cells."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.figures import shared_cells
from helpers.widgets import AxesExplorer

SHAPE = (3, 4, 4, 6)


@pytest.fixture
def explorer():
    return AxesExplorer(SHAPE)


@pytest.mark.parametrize("kind", shared_cells.KINDS)
def test_a_move_shows_what_sharing_draws_for_that_cell(explorer, kind):
    for control, value in zip(explorer.cell, (2, 0, 3, 5)):
        control.value = value
    explorer.groups.value = 3
    figure, ax = plt.subplots()
    shared_cells.draw(ax, (2, 0, 3, 5), SHAPE, kind, groups=3)
    expected, title = np.ma.filled(ax.images[0].get_array(), np.nan), ax.get_title()
    plt.close(figure)
    shown = explorer._images[kind]
    assert np.array_equal(np.ma.filled(shown.get_array(), np.nan), expected, equal_nan=True)
    assert shown.axes.get_title() == title


def test_the_text_counts_the_values_of_each_kind(explorer):
    words = explorer.text.value
    assert "Chosen: image 1, row 2, column 2, feature 3." in words
    assert "batch: 48 values share its statistics, in 3 images and 1 feature." in words
    assert "layer: 96 values share its statistics, in 1 image and 6 features." in words
    assert "instance: 16 values share its statistics, in 1 image and 1 feature." in words


def test_only_divisors_of_the_features_can_be_groups(explorer):
    assert [value for _, value in explorer.groups.options] == [1, 2, 3, 6]
