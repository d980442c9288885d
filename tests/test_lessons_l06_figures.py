"""Lesson 06's figures: each line and each picture holds the numbers it was given, and can be told from the others."""

from types import SimpleNamespace

import numpy as np

from helpers.figures import plots
from helpers.lessons.l06 import figures

RNG = np.random.default_rng(0)


def trained(seeds=3, points=4):
    """What the figures use of a `helpers.tf.sweep.Result`."""
    loss, accuracy = RNG.random((2, seeds, points))
    return SimpleNamespace(step=50 * np.arange(1, points + 1), train_loss=loss, validation_accuracy=accuracy)


def test_images_stand_in_units_of_ink_above_rows_that_share_a_scale():
    images, rows = RNG.random((2, 8, 8)), {"first": RNG.normal(size=(2, 8, 8)), "second": RNG.normal(size=(2, 8, 8))}
    fig = figures.rows_of_images(images, rows, limit=3)
    pictures = [ax.images[0] for ax in fig.axes[:6]]
    np.testing.assert_array_equal([p.get_array() for p in pictures], [*images, *rows["first"], *rows["second"]])
    assert [p.get_clim() for p in pictures] == [(0, 1)] * 2 + [(-3, 3)] * 4
    assert [fig.axes[place].get_ylabel() for place in (0, 2, 4)] == ["image", "first", "second"]
    assert [ax.get_ylabel() for ax in fig.axes[6:]] == ["ink", "standard deviations"]


def test_trainings_are_drawn_as_medians_of_loss_and_of_accuracy():
    without, with_it = trained(), trained()
    left, right = figures.trainings(without, with_it).axes
    for ax, what in ((left, "train_loss"), (right, "validation_accuracy")):
        for line, result in zip(ax.get_lines(), (with_it, without), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), result.step)
            np.testing.assert_array_equal(line.get_ydata(), np.median(getattr(result, what), axis=0))
        assert [line.get_color() for line in ax.get_lines()] == [plots.BLUE, plots.ORANGE]


def test_the_loss_is_said_to_be_of_training_mode_and_the_accuracy_of_inference_mode():
    left, right = figures.trainings(trained(), trained()).axes
    assert (left.get_title(), left.get_ylabel()) == ("training mode", "training loss (nats)")
    assert (right.get_title(), right.get_ylabel()) == ("inference mode", "validation accuracy")


def test_signals_are_numbered_from_layer_1_on_a_logarithmic_scale():
    spreads = {True: RNG.random((3, 19)), False: RNG.random((3, 19)) / 1000}
    ax = figures.signals(spreads).axes[0]
    for line, batch_norm in zip(ax.get_lines(), spreads):
        np.testing.assert_array_equal(line.get_xdata(), range(1, 20))
        np.testing.assert_array_equal(line.get_ydata(), np.median(spreads[batch_norm], axis=0))
        assert line.get_color() == plots.line_style(batch_norm)["color"]
    assert ax.get_yscale() == "log"


def test_shortcuts_have_a_panel_for_each_rate_and_a_line_for_each_kind():
    races = {(name, rate): trained() for rate in (0.002, 0.02) for name in figures.SHORTCUTS}
    fig = figures.shortcuts(races)
    assert [ax.get_title() for ax in fig.axes] == ["learning rate 0.002", "learning rate 0.02"]
    for ax, rate in zip(fig.axes, (0.002, 0.02)):
        assert [line.get_label() for line in ax.get_lines()] == list(figures.SHORTCUTS)
        for line in ax.get_lines():
            race = races[line.get_label(), rate]
            np.testing.assert_array_equal(line.get_ydata(), np.median(race.validation_accuracy, axis=0))


def test_the_kinds_with_shortcuts_differ_in_grey_too():
    looks = figures.SHORTCUTS.values()
    assert len({look["color"] for look in looks}) == len({look["linestyle"] for look in looks}) == 3


def test_each_block_is_a_chain_of_its_operations_and_a_shortcut_ends_at_its_sum():
    fig = figures.residual_blocks()
    for ax, (name, operations) in zip(fig.axes, figures.BLOCKS.items(), strict=True):
        words = {text.get_text(): text.get_position()[0] for text in ax.texts}
        chain = sorted(
            (text.get_position()[0], text.get_text()) for text in ax.texts if text.get_text() in figures.FILLS
        )
        assert ax.get_title(loc="left") == name
        assert tuple(operation for _, operation in chain) == operations
        ends = [line.get_xdata()[-1] for line in ax.get_lines()]
        assert ends == ([words["+"]] if "+" in operations else [])


def test_the_parts_of_each_sum_are_drawn_block_by_block():
    parts = {"one": RNG.random((9, 2)) + 1, "one and more, less": RNG.random((9, 2)) + 1}
    fig = figures.sums(parts)
    assert [ax.get_title() for ax in fig.axes] == ["one", "one\nmore\nless"]
    for ax, values in zip(fig.axes, parts.values(), strict=True):
        shortcut, branch = ax.get_lines()
        np.testing.assert_array_equal(shortcut.get_ydata(), values[:, 0])
        np.testing.assert_array_equal(branch.get_ydata(), values[:, 1])
        np.testing.assert_array_equal(branch.get_xdata(), range(1, 10))


def test_a_silent_branch_is_drawn_at_zero():
    silent = np.column_stack([np.ones(9), np.zeros(9)])
    ax = figures.sums({"one": silent}).axes[0]
    np.testing.assert_array_equal(ax.get_lines()[1].get_ydata(), 0)
    assert ax.get_yscale() == "symlog"
    assert ax.get_ylim()[0] < 0
