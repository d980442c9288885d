"""One figure for the life of a widget: axes and labels are drawn once and kept, a move draws only what moved.

Drawing all of a figure takes some 200 ms, restoring the kept part and drawing a few marks on it 10 to 20 ms. The
picture is a PNG, so that every front end shows it with what ipywidgets brings: nothing is fetched or installed.
"""

import io

import matplotlib as mpl
import numpy as np
from matplotlib import image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from helpers.figures import plots

DPI = 110
CAPTION_SIZE = 9.5  # points


class Canvas:
    """A figure and its marks, the artists that move.

    Parameters
    ----------
    size : (width, height) in inches
    build : function of a matplotlib Figure
        Adds axes and artists to it, and returns the list of those that will move.

    Note
    ----
    The figure is none of pyplot's: no notebook shows it below a cell, and nothing has to close it.
    """

    def __init__(self, size, build):
        with mpl.rc_context(plots.STYLE):
            self.figure = Figure(figsize=size, dpi=DPI)
            self._agg = FigureCanvasAgg(self.figure)
            self.marks = list(build(self.figure))
        for mark in self.marks:
            mark.set_animated(True)  # left out when the rest is drawn
        self._kept = None

    def renew(self):
        """Draw axes and labels again at the next `png`: for the rare move that changes them."""
        self._kept = None

    def png(self):
        """The picture as the marks are now, as the bytes of a PNG."""
        return _encode(self._pixels())

    def still(self, caption):
        """The picture with a line of text below it, for a page on which nothing moves."""
        pixels = self._pixels()
        width = pixels.shape[1] / DPI
        strip = Figure(figsize=(width, 0.28 * (1 + caption.count("\n"))), dpi=DPI)
        strip.text(0.01, 0.5, caption, fontsize=CAPTION_SIZE, va="center", color=plots.GREY)
        agg = FigureCanvasAgg(strip)
        agg.draw()
        below = np.asarray(agg.buffer_rgba())[:, : pixels.shape[1]]
        return _encode(np.vstack([pixels, below]))

    def _pixels(self):
        if self._kept is None:
            with mpl.rc_context(plots.STYLE):
                self.figure.set_layout_engine("constrained")
                self.figure.draw_without_rendering()
                self.figure.draw_without_rendering()  # axes with a fixed aspect settle only when drawn twice
                self.figure.set_layout_engine("none")  # places stay as they are: a mark must not move its axes
                self._agg.draw()
            self._kept = self._agg.copy_from_bbox(self.figure.bbox)
        else:
            self._agg.restore_region(self._kept)
        for mark in self.marks:
            (mark.axes or self.figure).draw_artist(mark)
        return np.asarray(self._agg.buffer_rgba())


def _encode(pixels):
    file = io.BytesIO()
    # The lowest compression: half the time of the usual one for a picture a fifth larger.
    image.imsave(file, np.ascontiguousarray(pixels), format="png", dpi=DPI, pil_kwargs={"compress_level": 1})
    return file.getvalue()
