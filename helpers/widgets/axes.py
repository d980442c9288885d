"""Axes explorer: which cells of a block (N, H, W, C) share a mean and a variance, for four normalizations at once."""

import numpy as np

from helpers.figures import shared_cells
from helpers.widgets import frame


class AxesExplorer(frame.CourseWidget):
    """Choose a cell; batch, layer, instance and group normalization show with which cells it shares its statistics.

    Parameters
    ----------
    shape : (N, H, W, C)
        Images, height, width, features.
    """

    def __init__(self, shape=(3, 4, 4, 6)):
        self.shape = tuple(shape)
        names = (("image", "N"), ("row", "H"), ("column", "W"), ("feature", "C"))
        self.cell = [frame.whole(name, axis, 0, n - 1, n // 2) for (name, axis), n in zip(names, self.shape)]
        divisors = [n for n in range(1, self.shape[3] + 1) if self.shape[3] % n == 0]
        self.groups = frame.slider("groups", "of features", divisors, divisors[len(divisors) // 2])
        where = "Axes explorer: which cells share a mean and a variance with the chosen one."
        controls = [*self.cell, self.groups]
        super().__init__((8, 5.2), controls, where, frame.two_columns(controls))

    def build(self, figure):
        self._images = {}
        for ax, kind in zip(figure.subplots(2, 2).ravel(), shared_cells.KINDS):
            shared_cells.draw(ax, self._chosen(), self.shape, kind, groups=self.groups.value)
            self._images[kind] = ax.images[0]
        borders = [lines for ax in figure.axes for lines in ax.collections]  # drawn over the images, so again each time
        return [*self._images.values(), *borders, self._images["group"].axes.title]  # the other titles never change

    def update(self):
        cell, groups = self._chosen(), self.groups.value
        lines = ["Chosen: image {}, row {}, column {}, feature {}.".format(*cell)]
        for kind, picture in self._images.items():
            share = shared_cells.shared_with(cell, self.shape, kind, groups=groups)
            picture.set_data(self._lay_out(share.astype(int), cell))
            n, _, _, c = (len(np.unique(places)) for places in np.nonzero(share))
            where = f"{_count(n, 'image')} and {_count(c, 'feature')}"
            lines.append(f"{kind}: {share.sum()} values share its statistics, in {where}.")
        self._images["group"].axes.set_title(f"group ({share.sum()} values)")
        return "\n".join(lines)

    def settings(self):
        return "Image {}, row {}, column {}, feature {}; ".format(*self._chosen()) + f"{self.groups.value} groups."

    def _chosen(self):
        return tuple(control.value for control in self.cell)

    def _lay_out(self, share, cell):
        """The block as N rows of C maps with a gap of one cell, as `shared_cells.draw` lays it out."""
        n, h, w, c = self.shape
        share[cell] = 2
        padded = np.full((n, h + 1, w + 1, c), np.nan)
        padded[:, :h, :w] = share
        return padded.transpose(0, 1, 3, 2).reshape(n * (h + 1), c * (w + 1))[:-1, :-1]


def _count(number, thing):
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
