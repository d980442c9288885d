"""A figure that is drawn once: a move draws the marks alone, and the picture is what a new figure would show."""

import io

import numpy as np
import pytest
from matplotlib import image

from helpers.widgets.canvas import Canvas


def canvas(value=0.2, drawn=None):
    """A panel with one horizontal line at `value`, and that line; `drawn` counts how often the axes are drawn."""

    def build(figure):
        axes = figure.subplots()
        axes.set(xlim=(0, 1), ylim=(0, 1))
        if drawn is not None:
            figure.canvas.mpl_connect("draw_event", lambda _: drawn.append(1))
        lines.extend(axes.plot([0, 1], [value, value]))
        return lines

    lines = []
    return Canvas((3, 2), build), lines[0]


def pixels(png):
    return image.imread(io.BytesIO(png), format="png")


def test_a_moved_mark_gives_the_picture_of_a_figure_made_with_it_there():
    moved, line = canvas(0.2)
    moved.png()
    line.set_ydata([0.7, 0.7])
    fresh, _ = canvas(0.7)
    assert np.array_equal(pixels(moved.png()), pixels(fresh.png()))


def test_a_mark_leaves_nothing_behind_where_it_was():
    there_and_back, line = canvas(0.2)
    before = there_and_back.png()
    line.set_ydata([0.7, 0.7])
    assert there_and_back.png() != before
    line.set_ydata([0.2, 0.2])
    assert there_and_back.png() == before


def test_axes_and_labels_are_not_drawn_again_in_twenty_moves():
    drawn = []
    kept, line = canvas(drawn=drawn)
    kept.png()
    assert len(drawn) == 3  # twice to find their places
    for value in np.linspace(0, 1, 20):
        line.set_ydata([value, value])
        kept.png()
    assert len(drawn) == 3


def test_new_limits_are_seen_after_renew_and_not_before():
    kept, line = canvas()
    before = kept.png()
    line.axes.set_xlim(0, 500)
    assert pixels(kept.png()).shape == pixels(before).shape
    kept.renew()
    assert kept.png() != before


@pytest.mark.parametrize(("caption", "height"), [("one line", 30), ("one\ntwo", 61)])
def test_a_still_has_a_strip_for_its_caption_below_the_picture(caption, height):
    kept, _ = canvas()
    live, still = pixels(kept.png()), pixels(kept.still(caption))
    assert still.shape[1] == live.shape[1]
    assert abs(still.shape[0] - live.shape[0] - height) <= 1
    assert np.array_equal(still[: live.shape[0]], live)
    assert (still[live.shape[0] :, :, 0] < 0.6).any()


def test_no_figure_is_left_for_pyplot_to_show():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    canvas()[0].png()
    assert plt.get_fignums() == before
