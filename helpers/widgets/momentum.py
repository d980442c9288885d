"""Momentum-lag explorer: how fast the moving mean arrives, and how steady it is from then on."""

import numpy as np

from helpers import batchnorm
from helpers.figures import plots
from helpers.widgets import frame

BATCHES = 600
MOMENTA = (0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999)
SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
TRUTHS = {
    "stays at 3": lambda t: np.full(len(t), 3.0),
    "drifts from 3 to 6": lambda t: 3 + 3 * t / BATCHES,
    "jumps to 6 at batch 300": lambda t: np.where(t < 300, 3.0, 6.0),
}


class MomentumExplorer(frame.CourseWidget):
    """The means of 600 batches of one feature (standard deviation 2), and the moving mean that follows them from 0.

    Examples
    --------
    >>> explorer = MomentumExplorer()
    >>> explorer.momentum.value = 0
    >>> bool((explorer.track == explorer.means).all())
    True
    """

    def __init__(self):
        self._noise = np.random.default_rng(4).standard_normal((BATCHES, max(SIZES)))
        self.momentum = frame.slider("momentum", "of the old value", MOMENTA, 0.99)
        self.size = frame.slider("batch size", "examples", SIZES, 16)
        self.truth = frame.choice("true mean", "over the batches", list(TRUTHS), "stays at 3")
        where = "Momentum-lag explorer: the moving mean of one feature, batch by batch."
        super().__init__((8, 3.2), [self.momentum, self.size, self.truth], where)

    def build(self, figure):
        ax, self._t = figure.subplots(), np.arange(1, BATCHES + 1)
        (self._dots,) = ax.plot(
            [], [], ".", color=plots.GREY, alpha=0.4, markersize=4, linestyle="", label="mean of a batch"
        )
        (self._line,) = ax.plot([], [], color=plots.BLUE, linestyle="-", label="moving mean")
        (self._true,) = ax.plot([], [], color="black", linestyle=":", label="true mean")
        ax.set(xlim=(0, BATCHES), ylim=(-0.5, 8), xlabel="batches seen", ylabel="mean of the feature")
        figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3)
        return [self._dots, self._true, self._line]

    @property
    def expected(self):
        """The true mean (600,) at each batch."""
        return TRUTHS[self.truth.value](self._t)

    @property
    def means(self):
        """The mean (600,) of each batch."""
        return self.expected + 2 * self._noise[:, : self.size.value].mean(axis=1)

    @property
    def track(self):
        """The moving mean (600,) after each batch, from 0, by moving = moving · momentum + batch · (1 − momentum)."""
        moving, track = np.zeros(1), []
        for batch in self.means:
            moving = batchnorm.update_moving(moving, [batch], momentum=self.momentum.value)
            track.append(moving[0])
        return np.array(track)

    def update(self):
        track, expected, momentum = self.track, self.expected, self.momentum.value
        self._dots.set_data(self._t, self.means)
        self._line.set_data(self._t, track)
        self._true.set_data(self._t, expected)
        warm = 1 if momentum == 0 else int(np.ceil(np.log(0.01) / np.log(momentum)))
        off = np.abs(track - expected)[-100:].mean()
        return (
            f"Momentum {momentum:g}: less than 1% of the start is left after {warm:,} batch{'es' if warm > 1 else ''}; "
            f"{momentum**100:.1%} is left after 100.\n"
            f"Over the last 100 batches the moving mean is {off:.2f} away from the true mean, on average."
        )

    def settings(self):
        return f"Momentum {self.momentum.value:g}, batches of {self.size.value}, a true mean that {self.truth.value}."
