"""Lesson 08's figures: the images and numbers that are given stand where they belong."""

import numpy as np
import pytest

from helpers.figures import plots
from helpers.lessons.l08 import figures


def test_images_stand_in_rows_with_their_names_on_one_scale():
    images = np.random.default_rng(0).uniform(size=(2, 3, 8, 8))
    fig = figures.rows_of_images({"one": images[0], "two": images[1]})
    shown = [ax.get_images()[0] for ax in fig.axes]
    np.testing.assert_array_equal([picture.get_array() for picture in shown], images.reshape(6, 8, 8))
    assert {picture.get_clim() for picture in shown} == {(0, 1)}
    assert [ax.get_ylabel() for ax in fig.axes] == ["one", "", "", "two", "", ""]


def test_each_kind_is_a_line_of_its_own_look_at_the_median_of_its_seeds():
    values = {name: [[4, 2], [8, 6], [9, 1]] for name in figures.CURVES}
    ax = figures.distances([10, 20], values, real=0.5).axes[0]
    lines = ax.get_lines()[: len(values)]
    assert [line.get_label() for line in lines] == list(values)
    assert all(line.get_ydata().tolist() == [8, 2] for line in lines)
    looks = {(line.get_linestyle(), line.get_marker()) for line in lines}
    assert len({line.get_color() for line in lines}) == len(looks) == len(values)
    assert ax.get_lines()[-1].get_ydata() == [0.5, 0.5]


def test_with_batch_normalization_is_solid_blue_and_without_dashed_orange():
    for name, batch_norm in (("with batch normalization", True), ("without", False)):
        style = plots.line_style(batch_norm)
        assert figures.CURVES[name] == {key: style[key] for key in ("color", "linestyle")}


def test_a_digit_that_is_not_covered_is_crossed_out():
    shares = np.full((2, 10), 0.1)
    shares[1, [0, 7]] = 0.2, 0.0
    axes = figures.which_digits({"with": np.full((2, 10), 0.1), "without": shares}).axes
    assert axes[0].get_lines()[0].get_xdata().size == 0
    assert axes[1].get_lines()[0].get_xydata().tolist() == [[7, 1]]
    np.testing.assert_array_equal(axes[1].get_images()[0].get_array(), shares)


def test_each_run_is_a_mark_in_the_row_of_its_kind():
    ax = figures.single_runs({"as it is": [0.2, 0.3], "changed": [5, 6, 7]}, real=0.03).axes[0]
    assert [line.get_xydata().tolist() for line in ax.get_lines()[:2]] == [
        [[0.2, 0], [0.3, 0]],
        [[5, 1], [6, 1], [7, 1]],
    ]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["as it is", "changed"]
    assert ax.get_lines()[0].get_color() == plots.BLUE


def test_the_line_of_real_digits_has_its_name():
    ax = figures.single_runs({"as it is": [0.2, 0.3]}, real=0.03).axes[0]
    assert [text.get_text() for text in ax.texts] == ["real digits, unseen"]


def test_what_the_tanh_is_given_is_shown_with_the_place_of_white():
    axes = figures.before_tanh({"free": np.full((4, 8), -9.0), "normalized": np.zeros(5)}, -1.9).axes
    assert [ax.get_title() for ax in axes] == ["free", "normalized"]
    assert [ax.get_lines()[0].get_xdata()[0] for ax in axes] == [-1.9, -1.9]
    heights = [[patch.get_height() for patch in ax.patches] for ax in axes]
    assert heights[0][0] == pytest.approx(1)  # what lies outside is drawn at the edge
    assert heights[1][48] == pytest.approx(1)
