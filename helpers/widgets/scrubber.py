"""Activation scrubber: what each unit of each layer receives, step by step of one training, with and without."""

from dataclasses import dataclass, replace

import numpy as np

from helpers import data
from helpers._support.blas import one_thread
from helpers.figures import plots
from helpers.widgets import frame
from helpers.widgets.race_engine import Race

STEPS = (0, 1, 2, 5, 10, 20, 40, 60, 80, 120, 160, 240, 320, 480, 640)
BAND = (15, 50, 85)


@dataclass(frozen=True)
class Recording:
    """What the units received: for each side a float32 array (T, layers, 3, units).

    The three are the 15th, 50th and 85th percentile over the images; units are sorted by the 50th at each step.
    """

    steps: tuple
    percentiles: dict


def record(experiment, steps=STEPS, seed=0):
    """Train a pair once, with and without batch normalization, and keep what the units receive at these steps.

    Parameters
    ----------
    experiment : helpers.experiments.Experiment
        Its `batch_norm` and `steps` are set here.
    steps : sequence of int, rising
    seed : int

    Returns
    -------
    Recording
    """
    steps = tuple(steps)
    images = data.load(experiment.dataset, split=seed).x_test
    race = Race(replace(experiment, steps=steps[-1]), seed)
    kept = {side: [] for side in race.sides}
    for step in steps:
        with one_thread():
            race.advance(step - race.step)
        for side, one in race.sides.items():
            received = one.network().pre_activations(images, training=True)
            bands = [np.percentile(layer, BAND, axis=0) for layer in received]
            kept[side].append([band[:, np.argsort(band[1])] for band in bands])
    return Recording(steps, {side: np.array(values, np.float32) for side, values in kept.items()})


class ActivationScrubber(frame.CourseWidget):
    """A slider over the steps of a recorded training; a panel for each hidden layer, with and without.

    Parameters
    ----------
    recording : Recording
        From `record`.
    step : int
        The recorded step to begin with.
    """

    def __init__(self, recording, step=40):
        self.recording = recording
        self.step = frame.slider("step", "of the training", recording.steps, step)
        where = "Activation scrubber: what each unit receives, with and without batch normalization."
        super().__init__((8, 4.4), [self.step], where)

    def build(self, figure):
        layers, units = self.recording.percentiles[True].shape[1], self.recording.percentiles[True].shape[3]
        limit = float(np.ceil(max(np.abs(values).max() for values in self.recording.percentiles.values())))
        self._places, self._bands, self._middles = np.arange(1, units + 1), {}, {}
        for row, side in zip(figure.subplots(2, layers, sharex=True, sharey=True, squeeze=False), (False, True)):
            style = plots.line_style(side)
            nothing = np.zeros(units)
            for layer, ax in enumerate(row):
                self._bands[side, layer] = ax.fill_between(
                    self._places, nothing, nothing, color=style["color"], alpha=0.5, linewidth=0.5
                )
                (self._middles[side, layer],) = ax.plot(
                    self._places, nothing, color=style["color"], linestyle=style["linestyle"]
                )
                ax.set(ylim=(-limit, limit), xlim=(0, units + 1))
                ax.axhline(0, color="black", linewidth=0.6)
                if not side:
                    ax.set_title(f"hidden layer {layer + 1}")
            row[0].set_ylabel(style["label"].replace(" batch ", "\nbatch "), fontsize=9)
        figure.supxlabel("units, sorted by their median", fontsize="medium")
        return [*self._bands.values(), *self._middles.values()]

    def update(self):
        place = self.recording.steps.index(self.step.value)
        lines = [
            f"Step {self.step.value}. Each unit's band reaches from the 15th to the 85th percentile of the images."
        ]
        for side in (False, True):
            bands = self.recording.percentiles[side][place]
            for layer, (low, middle, high) in enumerate(bands):
                self._bands[side, layer].set_data(self._places, low, high)
                self._middles[side, layer].set_ydata(middle)
            widths = ", ".join(f"{width:.2g}" for width in (bands[:, 2] - bands[:, 0]).mean(axis=1))
            lines.append(f"{plots.line_style(side)['label'].capitalize()}, mean width in each layer: {widths}.")
        return "\n".join(lines)

    def settings(self):
        return f"Step {self.step.value} of {self.recording.steps[-1]}."
