"""Transform, step by step: one column of a batch through mean, variance, x_hat and y."""

import numpy as np

from helpers.figures import plots
from helpers.widgets import frame

COLUMN = np.array([3.0, 9.0, 11.0, 17.0])
GAMMA, BETA, EPSILON = 2.0, 1.0, 1e-3
QUARTER = 0.25


class TransformSteps(frame.CourseWidget):
    """Four values of one feature on a number line: 0 as they come, 1 mean, 2 variance, 3 x_hat, 4 y.

    Between 2 and 3 the values move to 0 and then shrink, between 3 and 4 they stretch by gamma and shift by beta.

    Examples
    --------
    >>> shown = TransformSteps()
    >>> shown.step.value = 3
    >>> shown.values.round(1)
    array([-1.4, -0.2,  0.2,  1.4])
    """

    def __init__(self):
        self.step = frame.decimal("step", "0 to 4", 0, 4, 0, QUARTER)
        self.mean = COLUMN.mean()
        self.variance = np.square(COLUMN - self.mean).mean()
        self.x_hat = (COLUMN - self.mean) / np.sqrt(self.variance + EPSILON)
        self.y = GAMMA * self.x_hat + BETA
        where = "Transform step by step: one column of a batch through mean, variance, x_hat and y."
        super().__init__((8, 3.4), [self.step], where)

    @property
    def values(self):
        """The column (4,) as it is at this step, on its way where the step is no whole number."""
        stations = np.array([COLUMN, COLUMN, COLUMN, COLUMN - self.mean, self.x_hat, GAMMA * self.x_hat, self.y])
        places = (0, 1, 2, 2.5, 3, 3.5, 4)
        return np.array([np.interp(self.step.value, places, station) for station in stations.T])

    def build(self, figure):
        ax = figure.subplots()
        self._heights = np.arange(len(COLUMN), 0, -1)
        ax.axvline(0, ymax=0.84, color=plots.GREY, linewidth=0.8)
        self._band = ax.axvspan(0, 1, ymax=0.84, color=plots.SKY, alpha=0.3)
        self._distances = [ax.plot([], [], color=plots.GREY, linestyle="-", linewidth=1.5)[0] for _ in COLUMN]
        self._center = ax.axvline(0, ymax=0.84, color=plots.VERMILION, linestyle="--")
        (self._dots,) = ax.plot(COLUMN, self._heights, "o", color=plots.BLUE, markersize=11, linestyle="")
        self._words = [ax.text(19.4, height, "", va="center") for height in self._heights]
        self._title = ax.text(-8.5, 5, "", va="center", fontweight="bold")
        ax.set(xlim=(-9, 27), ylim=(0.4, 5.5), yticks=self._heights, xticks=np.arange(-8, 19, 4), xlabel="value")
        ax.set_yticklabels([f"example {number}" for number in range(1, len(COLUMN) + 1)])
        ax.grid(visible=False)
        return [self._band, self._center, *self._distances, self._dots, *self._words, self._title]

    def update(self):
        step, values = self.step.value, self.values
        mean, sd = values.mean(), values.std()
        self._dots.set_data(values, self._heights)
        self._center.set_xdata([mean, mean])
        self._band.set(x=mean - sd, width=2 * sd)
        for mark, since in ((self._center, 1), (self._band, 2)):
            mark.set_visible(step >= since)
        for line, value, height in zip(self._distances, values, self._heights):
            line.set_data([mean, value], [height, height])
            line.set_visible(step >= 1)
        title, facts, words = self._say(step)
        self._title.set_text(title)
        for text, word in zip(self._words, words):
            text.set_text(word)
        return facts

    def _say(self, step):
        """The title above the values, the sentence below the picture, and a word for each value."""
        distances = COLUMN - self.mean
        if step < 1:
            return (
                "The column as it comes",
                f"Step 0: the column, as it comes, is {_row(COLUMN)}.",
                [f"x = {v:g}" for v in COLUMN],
            )
        if step < 2:
            facts = f"Step 1: the mean is {self.mean:g}. The distances from it are {_row(distances)}."
            return f"1  mean = {self.mean:g}", facts, [f"x − mean = {_minus(v)}" for v in distances]
        if step == 2:
            squares = np.square(distances)
            facts = f"Step 2: the squared distances are {_row(squares)}. The variance is their mean, {self.variance:g}."
            facts += f" The shaded band reaches one standard deviation, {np.sqrt(self.variance):g}, to either side."
            bases = [f"({_minus(v)})" if v < 0 else f"{v:g}" for v in distances]
            return f"2  variance = {self.variance:g}", facts, [f"{b}² = {s:g}" for b, s in zip(bases, squares)]
        now = [_minus(round(v, 2)) for v in self.values]
        if step < 3:
            doing = "the mean is subtracted" if step <= 2.5 else "the distances are divided by √(variance + epsilon)"
            return f"2 → 3  {doing}", f"On the way from step 2 to step 3: {doing}. Now {', '.join(now)}.", now
        if step == 3:
            facts = f"Step 3: x_hat is {_row(self.x_hat.round(2))}: mean 0, standard deviation 1."
            return "3  x_hat: mean 0, sd 1", facts, [f"x_hat = {word}" for word in now]
        if step < 4:
            doing = f"multiplied by gamma = {GAMMA:g}" if step <= 3.5 else f"shifted by beta = {BETA:g}"
            return f"3 → 4  {doing}", f"On the way from step 3 to step 4: {doing}. Now {', '.join(now)}.", now
        facts = f"Step 4: y is {_row(self.y.round(2))}: mean {BETA:g} (beta), standard deviation {GAMMA:g} (gamma)."
        return f"4  y: mean {BETA:g}, sd {GAMMA:g}", facts, [f"y = {word}" for word in now]

    def settings(self):
        return f"Step {self.step.value:g} of 4; gamma {GAMMA:g}, beta {BETA:g}, epsilon {EPSILON:g}."


def _row(values):
    return ", ".join(_minus(value) for value in values)


def _minus(value):
    return f"{value:g}".replace("-", "−")
