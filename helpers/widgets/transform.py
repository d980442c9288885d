"""Transform explorer: a batch before and after batch normalization, and what six settings do to it."""

import numpy as np

from helpers import batchnorm
from helpers.figures import plots
from helpers.widgets import frame

SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
SPREADS = (0, 0.01, 0.03, 0.1, 0.3, 1, 2, 3, 5)
EPSILONS = (1e-8, 1e-5, 1e-3, 0.1, 1)
LIMITS = {"before": 25.0, "after": 12.0}
BINS = 50


class TransformExplorer(frame.CourseWidget):
    """One feature of a batch as two histograms, before and after the layer in training mode.

    The values are shift + scale · z for fixed z with two humps, so that one sees which shape stays: the z's mean is
    near 0 and their standard deviation near 1. Nothing is drawn anew when a slider moves.

    Examples
    --------
    >>> explorer = TransformExplorer()
    >>> explorer.shift.value = -10.0
    >>> round(explorer.y.mean(), 6) == explorer.beta.value
    True
    """

    def __init__(self):
        rng = np.random.default_rng(0)
        humps = np.where(rng.random(max(SIZES)) < 0.7, -0.6, 1.4)
        self._z = humps + 0.4 * rng.standard_normal(len(humps))
        self.shift = frame.decimal("shift", "units of x", -15, 15, 8, 0.5)
        self.scale = frame.slider("scale", "units of x", SPREADS, 3)
        self.size = frame.slider("batch size", "examples", SIZES, 64)
        self.gamma = frame.decimal("gamma", "units of y", -3, 3, 1, 0.1)
        self.beta = frame.decimal("beta", "units of y", -8, 8, 0, 0.5)
        self.epsilon = frame.slider("epsilon", "units of x, squared", EPSILONS, 1e-3)
        controls = [self.shift, self.scale, self.size, self.gamma, self.beta, self.epsilon]
        where = "Transform explorer: one feature of a batch, before and after batch normalization."
        super().__init__((8, 3.1), controls, where, frame.two_columns(controls))

    def build(self, figure):
        self._edges, self._bars, self._means, marks = {}, {}, {}, []
        for ax, (name, limit) in zip(figure.subplots(1, 2, sharey=True), LIMITS.items()):
            self._edges[name] = np.linspace(-limit, limit, BINS + 1)
            color, hatch = (plots.ORANGE, "////") if name == "before" else (plots.BLUE, None)
            self._bars[name] = ax.stairs(
                np.zeros(BINS), self._edges[name], fill=True, facecolor=color, edgecolor="black", hatch=hatch, lw=0.5
            )
            (self._means[name],) = ax.plot([0], [0], "^", color="black", markersize=9, clip_on=False, linestyle="")
            ax.set(title=f"{name}: {'x' if name == 'before' else 'y'}", xlabel="value (triangle: the mean)")
            ax.set(xlim=(-limit, limit), ylim=(0, 1.05))
            marks += [self._bars[name], self._means[name]]
        figure.axes[0].set_ylabel("examples, fullest bar = 1")
        return marks

    @property
    def x(self):
        """The batch (N,), as it comes into the layer."""
        return self.shift.value + self.scale.value * self._z[: self.size.value]

    @property
    def y(self):
        """The batch (N,), as the layer passes it on."""
        gamma, beta = [self.gamma.value], [self.beta.value]
        return batchnorm.forward(self.x[:, None], gamma, beta, epsilon=self.epsilon.value)[0][:, 0]

    def update(self):
        x, y = self.x, self.y
        for name, values in (("before", x), ("after", y)):
            counts, _ = np.histogram(np.clip(values, -LIMITS[name], LIMITS[name]), self._edges[name])
            self._bars[name].set_data(counts / counts.max())
            self._means[name].set_data([values.mean()], [0])
        spread = float(x.std())
        kept = spread / np.sqrt(spread**2 + self.epsilon.value)
        sentence = f"Before: mean {x.mean():.3g}, standard deviation {spread:.3g}. "
        sentence += f"After: mean {round(y.mean(), 2) + 0.0:.2f}, standard deviation {y.std():.3g}.\n"
        if spread == 0:
            sentence += "All values are the same: x̂ is 0 for each of them, and y is beta."
        elif kept < 0.9:
            sentence += f"Epsilon rules here: x̂ has a spread of {kept:.2g} instead of 1, since the variance is small."
        elif self.size.value == 2:
            sentence += "With two examples x̂ is near −1 and 1, however far apart they are."
        else:
            sentence += "Shift and scale are gone; the shape of the histogram stays."
        return sentence

    def settings(self):
        return (
            f"Shift {self.shift.value:g}, scale {self.scale.value:g}, {self.size.value} examples, gamma "
            f"{self.gamma.value:g}, beta {self.beta.value:g}, epsilon {self.epsilon.value:g}."
        )
