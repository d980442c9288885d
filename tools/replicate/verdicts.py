"""Which rows reproduce, by a rule stated before looking, and in words how the others differ."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact

MARGIN = 0.01  # of test accuracy: six standard errors of 10,000 images at 0.97
TRAINED = 0.5  # below, a run failed
GUESSING = 0.15  # below, a run is no better than guessing one class for all: 0.089 to 0.114 of the test images
CHANCE = 0.05  # Fisher's exact test: above, two counts of failures may differ by accident
LATE = 0.2  # the last fifth of the training, in which a curve may still rise

RULE = (
    f"A side of a row reproduces if each published figure lies at most {MARGIN:g} outside of the range of the runs "
    f"here, or if all of them, here and there, are below {GUESSING:g}: such a network gives one class to every image, "
    "and which one is an accident. A row reproduces if both of its sides do. A run failed if its test accuracy is "
    f"below {TRAINED:g}."
)


@dataclass(frozen=True)
class Side:
    """One side of one row: what was published, and the finished runs here.

    name : "without" or "with"
    published : tuple of float
    here : (S,) float
        Test accuracy of each seed.
    late : (S,) float
        How much validation accuracy each run gained in the last fifth of its steps.
    """

    name: str
    published: tuple
    here: np.ndarray
    late: np.ndarray

    @classmethod
    def of(cls, row, runs, *, batch_norm):
        """The side of a published row from the store's runs of its experiment, {seed: run}."""
        here = np.array([run["test_accuracy"] for run in runs.values()])
        late = np.array([_late(run) for run in runs.values()])
        published = row.with_it if batch_norm else row.without
        return cls("with" if batch_norm else "without", published, here, late)

    @property
    def failed(self):
        """How many runs here failed."""
        return int((self.here < TRAINED).sum())

    @property
    def reproduces(self):
        """Whether the published figures lie within the margin of the range here, or all are guessing."""
        values = np.array(self.published)
        if max(values.max(), self.here.max()) < GUESSING:
            return True
        return bool(np.all((values >= self.here.min() - MARGIN) & (values <= self.here.max() + MARGIN)))

    def words(self):
        """How this side differs, in sentences; empty where it reproduces."""
        if self.reproduces:
            return ""
        there_failed, runs = sum(value < TRAINED for value in self.published), len(self.here)
        start = (
            f"{self.name.capitalize()} batch normalization, published {figures(self.published)}, here {span(self.here)}"
        )
        if there_failed == len(self.published) and self.failed == runs:
            return f"{start}. All fail, there and here, by different amounts. {self._distance()} {self._rising()}"
        if there_failed or self.failed:
            return f"{start}. {self._outcomes(there_failed)}"
        return f"{start}. {self._distance()} {self._rising()}"

    def _outcomes(self, there_failed):
        published, runs = len(self.published), len(self.here)
        text = f"There {there_failed} of {published} failed, here {self.failed} of {runs}."
        table = [[there_failed, published - there_failed], [self.failed, runs - self.failed]]
        chance = fisher_exact(table).pvalue
        text += f" By chance alone, counts at least so far apart come about with a probability of {chance:.2f}"
        text += ": too few runs to call it a difference." if chance > CHANCE else "."
        trained = self.here[self.here >= TRAINED]
        others = [value for value in self.published if value >= TRAINED]
        if trained.size and others:
            text += f" Those that trained: there {figures(others)}, here {span(trained)}."
        return text

    def _distance(self):
        values = np.array(self.published)
        above, below = values - self.here.max(), self.here.min() - values
        far, word = (above.max(), "higher") if above.max() >= below.max() else (below.max(), "lower")
        width = self.here.max() - self.here.min()
        text = f"The published figure is {far:.3f} {word} than any run here; the runs here differ by {width:.3f}."
        if far < 2 * width:
            text += " One more run that far out would be no surprise: the seed decides that much."
        return text

    def _rising(self):
        gained = float(np.median(self.late))
        if gained <= MARGIN / 2:
            beyond = "widen" if max(self.published) < self.here.min() else "hardly close"
            late = f"The validation curves here gain {gained:.3f} in the last fifth of the steps"
            return f"{late}: more of them would {beyond} the gap."
        return (
            f"The curves here still rise at the end, by {gained:.3f} in the last fifth of the steps: "
            "the figure is a point on a slope, which the seed moves to and fro."
        )


def sides(row, pair, store):
    """(Side without, Side with) of a published row."""
    return tuple(Side.of(row, store.of(experiment), batch_norm=experiment.batch_norm) for experiment in pair)


def figures(values):
    """The published figures, the second run behind "and".

    Examples
    --------
    >>> figures((0.921, 0.101))
    '0.921 and 0.101'
    """
    return " and ".join(f"{value:.3f}" for value in values)


def span(values):
    """The range of the runs here.

    Examples
    --------
    >>> span(np.array([0.9812, 0.9795])), span(np.array([0.098, 0.098]))
    ('0.980–0.981', '0.098')
    """
    low, high = f"{np.min(values) + 1e-9:.3f}", f"{np.max(values) + 1e-9:.3f}"
    return low if low == high else f"{low}–{high}"


def _late(run):
    accuracy = [value for value in run["validation_accuracy"] if value is not None]
    before = accuracy[int(len(accuracy) * (1 - LATE))]
    return accuracy[-1] - before
