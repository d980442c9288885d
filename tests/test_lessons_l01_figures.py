"""The figures of lesson 01: what a reader sees in each, and what each takes."""

import numpy as np

from helpers.lessons.l01 import figures

RNG = np.random.default_rng(0)


def labels(ax):
    return ax.get_xlabel(), ax.get_ylabel()


def test_descents_draw_each_path_and_a_star_at_its_end():
    x, path = RNG.normal(size=(20, 2)), np.array([[0, 0], [1, 2], [2, 1.0]])
    fig = figures.descents({"one": x, "other": 2 * x}, x @ path[-1], {"one": path, "other": path / 2})
    assert [ax.get_title() for ax in fig.axes] == ["one", "other"]
    steps, star = fig.axes[0].lines
    np.testing.assert_array_equal(steps.get_xydata(), path)
    np.testing.assert_array_equal(star.get_xydata(), [[2, 1]])


def test_layer_spreads_have_a_line_a_setting_on_a_logarithmic_scale():
    draws = np.array([[1, 10.0], [2, 30], [4, 20]])
    fig = figures.layer_spreads({(False, "sd 0.3"): draws, (True, "sd 0.3"): draws / draws})
    (ax,) = fig.axes
    assert ax.get_yscale() == "log"
    assert [list(line.get_ydata()) for line in ax.lines] == [[2, 20], [1, 1]]
    assert [line.get_linestyle() for line in ax.lines] == ["--", "-"]
    assert [text.get_text() for text in ax.texts] == ["without, sd 0.3", "with, all three"]


def test_the_transform_has_a_row_a_stage_and_a_column_a_feature():
    x = np.array([[1.0, 10], [3, 30]])
    fig = figures.transform(x, np.sign(x - x.mean(axis=0)), 2 * x, ["a", "b"])
    assert [ax.get_title() for ax in fig.axes[:2]] == ["a", "b"]
    assert [fig.axes[i].get_ylabel() for i in (0, 2, 4)] == ["x", "x_hat", "y"]
    _, dots, triangle = fig.axes[1].lines
    assert list(dots.get_xdata()) == [10, 30]
    assert list(triangle.get_xdata()) == [20]


def test_equal_values_of_the_transform_are_stacked_so_that_each_is_seen():
    x = np.array([[5.0], [5], [7]])
    dots = figures.transform(x, x, x, ["c"]).axes[0].lines[1]
    assert list(dots.get_ydata()) == [0, 0.16, 0]


def test_learned_parameters_are_dots_beside_their_starting_point():
    fig = figures.learned([np.array([1.5, 2])], [np.array([0.1, -0.1])])
    dots, start = fig.axes[0].lines
    np.testing.assert_array_equal(dots.get_xydata(), [[0.1, 1.5], [-0.1, 2]])
    np.testing.assert_array_equal(start.get_xydata(), [[0, 1]])
    assert labels(fig.axes[0]) == ("beta", "gamma")


def test_percentiles_stand_without_above_and_with_below():
    bands = np.arange(12.0).reshape(2, 2, 3)
    fig = figures.percentiles((0, 10), bands, bands + 1)
    assert [fig.axes[i].get_ylabel().split("\n")[0] for i in (0, 2)] == ["without", "with"]
    assert list(fig.axes[0].lines[0].get_ydata()) == [1, 7]
    assert fig.get_supxlabel() == "training step"
