"""helpers.figures.shared_cells: which values have one mean and variance, checked against the axes that are reduced."""

import doctest

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import batchnorm
from helpers.figures import shared_cells

SHAPE = (4, 3, 2, 6)


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(shared_cells).failed == 0


@pytest.mark.parametrize(("kind", "count"), [("batch", 24), ("layer", 36), ("instance", 6), ("group", 18)])
def test_how_many_values_share_one_statistic(kind, count):
    assert shared_cells.shared_with((1, 2, 1, 5), SHAPE, kind).sum() == count


@pytest.mark.parametrize("kind", shared_cells.KINDS)
def test_a_cell_shares_with_itself(kind):
    assert shared_cells.shared_with((3, 0, 1, 2), SHAPE, kind)[3, 0, 1, 2]


def test_batch_sharing_is_what_batch_moments_reduces():
    x = np.random.default_rng(0).normal(size=SHAPE)
    mean, _ = batchnorm.batch_moments(x)
    assert x[shared_cells.shared_with((0, 0, 0, 4), SHAPE, "batch")].mean() == pytest.approx(mean[4])


def test_one_group_is_layer_and_as_many_groups_as_features_is_instance():
    cell = (2, 1, 1, 3)
    for groups, kind in ((1, "layer"), (6, "instance")):
        np.testing.assert_array_equal(
            shared_cells.shared_with(cell, SHAPE, "group", groups=groups), shared_cells.shared_with(cell, SHAPE, kind)
        )


def test_the_picture_says_how_many_values_share():
    figure, axes = plt.subplots()
    shared_cells.draw(axes, (0, 0, 0, 0), SHAPE, "group", groups=3)
    assert axes.get_title() == "group (12 values)"
    plt.close(figure)


def test_every_cell_has_a_border():
    figure, axes = plt.subplots()
    shared_cells.draw(axes, (0, 0, 0, 0), (2, 3, 4, 6), "batch")
    levels, places = (np.array(lines.get_segments()) for lines in axes.collections)
    assert levels.shape == (2 * (3 + 1) * 6, 2, 2)
    assert places.shape == (6 * (4 + 1) * 2, 2, 2)
    np.testing.assert_array_equal(np.ptp(levels[:, :, 0], axis=1), 4)  # as wide as a map
    np.testing.assert_array_equal(np.ptp(places[:, :, 1], axis=1), 3)  # as high as one
    np.testing.assert_array_equal(np.unique(levels[:, 0, 1]), [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5])
    plt.close(figure)


BAD_INPUT = {
    "another kind": (
        {"kind": "weight"},
        "`kind` must be one of 'batch', 'layer', 'instance', 'group'. Received: kind='weight'. Choose one of them.",
    ),
    "a cell outside": (
        {"cell": (4, 0, 0, 0)},
        "`cell` must lie in the block (N, H, W, C). Received: cell=(4, 0, 0, 0), shape=(4, 3, 2, 6). "
        "Count from 0, and name four places.",
    ),
    "groups that do not divide": (
        {"kind": "group", "groups": 4},
        "`groups` must divide the number of features, 6. Received: groups=4. Pass a divisor of the number of features.",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_values_are_refused_with_a_message_that_says_what_to_do(case):
    change, message = BAD_INPUT[case]
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        shared_cells.shared_with(**{"cell": (0, 0, 0, 0), "shape": SHAPE, "kind": "batch"} | change)
    assert str(error.value) == message
