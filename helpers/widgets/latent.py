"""Latent walk: what a generator makes of the points on the way from one latent point to another."""

import numpy as np

from helpers._support import validate
from helpers.widgets import frame

STRIP = 9


class LatentWalk(frame.CourseWidget):
    """A slider from one latent point to another, the picture there, and a strip of the whole way.

    Parameters
    ----------
    generate : function of latent points (N, latent_size), float32
        Gives images (N, height, width) or (N, height, width, 1).
    latent_size : int
    limits : (lowest, highest)
        The pixel values that are drawn white and black.
    points : int
        How many points there are to choose from; point k is drawn with seed k from a standard normal.

    Note
    ----
    The way is an arc: a straight line would pass near 0, where a standard normal of many dimensions has no points.
    """

    def __init__(self, generate, latent_size, *, limits=(0.0, 1.0), points=50):
        self._generate = generate
        size = validate.integer("latent_size", latent_size, low=1, advice="Pass the size that the generator expects.")
        self._limits = tuple(limits)
        draws = [np.random.default_rng(seed).standard_normal(size) for seed in range(points)]
        self.points = np.array(draws, np.float32)
        self.start = frame.whole("from point", "number", 0, points - 1, 0)
        self.end = frame.whole("to point", "number", 0, points - 1, 1)
        self.way = frame.whole("position", "% of the way", 0, 100, 50, step=5)
        self._known = {}
        where = "Latent walk: what the generator makes of the points between two latent points."
        super().__init__((8, 2.9), [self.start, self.end, self.way], where)

    def build(self, figure):
        first = self.images(np.array([0.5]))[0]
        left, right = figure.subplots(1, 2, width_ratios=[1, 3.2])
        low, high = self._limits
        self._big = left.imshow(first, vmin=low, vmax=high, cmap="gray_r")
        strip = np.hstack([first] * STRIP)
        self._strip = right.imshow(strip, vmin=low, vmax=high, cmap="gray_r")
        self._width = first.shape[1]
        (self._here,) = right.plot([0], [-1.2], "v", color="black", markersize=9, clip_on=False, linestyle="")
        left.set(title="here", xticks=[], yticks=[])
        ticks = [self._width * (k + 0.5) - 0.5 for k in (0, STRIP // 2, STRIP - 1)]
        right.set(yticks=[], xlabel="% of the way (triangle: here)")
        right.set_xticks(ticks, ["0", "50", "100"])
        for ax in (left, right):
            ax.grid(False)
            ax.spines[:].set_visible(False)
        return [self._big, self._strip, self._here]

    def path(self, shares):
        """The latent points (K, latent_size) at these shares of the arc."""
        a, b = self.points[self.start.value], self.points[self.end.value]
        cosine = np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1)
        angle, t = np.arccos(cosine), np.asarray(shares, float)[:, None]
        if np.sin(angle) < 1e-4:  # the same point, or its opposite
            return ((1 - t) * a + t * b).astype(np.float32)
        return ((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)).astype(np.float32)

    def images(self, shares):
        """What the generator makes of the points at these shares, (K, height, width)."""
        made = np.asarray(self._generate(self.path(shares)))
        if made.ndim == 4 and made.shape[-1] == 1:
            made = made[..., 0]
        if made.ndim != 3 or len(made) != len(shares):
            raise ValueError(
                f"`generate` must give images (N, height, width) for N points, here N={len(shares)}. "
                f"Received: shape={made.shape}. Return one image for each point."
            )
        return made

    def update(self):
        ends = (self.start.value, self.end.value)
        if ends not in self._known:  # a move along the way needs one image more, not ten
            self._known = {ends: self.images(np.linspace(0, 1, STRIP))}
        strip, share = self._known[ends], self.way.value / 100
        here = self.images(np.array([share]))[0]
        self._strip.set_data(np.hstack(list(strip)))
        self._big.set_data(here)
        self._here.set_data([self._width * (share * (STRIP - 1) + 0.5) - 0.5], [-1.2])
        scale = self._limits[1] - self._limits[0]
        changes = [np.abs(here - end).mean() / scale for end in (strip[0], strip[-1])]
        return (
            f"{self.way.value}% of the way from point {ends[0]} to point {ends[1]}.\n"
            f"The pixels here differ by {changes[0]:.0%} of the scale from the start and by {changes[1]:.0%} from the "
            "end, on average."
        )

    def settings(self):
        return f"{self.way.value}% of the way from point {self.start.value} to point {self.end.value}."
