"""Activation scrubber: the recording is what the experiments' own training gives at each step."""

from dataclasses import replace

import numpy as np
import pytest

from helpers import data
from helpers.experiments import Experiment, train
from helpers.widgets import ActivationScrubber, record

BASE = Experiment(batch_norm=True, activation="sigmoid", hidden=(12, 9, 12), init_scale="he", learning_rate=1)
SAME = replace(BASE, hidden=(12, 12))
STEPS = (0, 3, 20)


@pytest.fixture(scope="module")
def recording():
    return record(SAME, STEPS)


@pytest.mark.parametrize("side", [True, False])
@pytest.mark.parametrize(("place", "step"), list(enumerate(STEPS)))
def test_the_recording_is_what_a_training_of_so_many_steps_gives(recording, side, place, step):
    trained = train(replace(SAME, batch_norm=side, steps=step), seeds=1, progress=False).network(0)
    for layer, received in enumerate(trained.pre_activations(data.load().x_test, training=True)):
        bands = np.percentile(received, (15, 50, 85), axis=0)
        expected = bands[:, np.argsort(bands[1])]
        assert np.allclose(recording.percentiles[side][place, layer], expected, atol=2e-3)


def test_a_move_shows_the_bands_of_that_step(recording):
    scrubber = ActivationScrubber(recording, step=0)
    scrubber.step.value = 20
    assert np.allclose(scrubber._middles[False, 1].get_ydata(), recording.percentiles[False][2, 1, 1])
    low = recording.percentiles[True][2, 0, 0]
    assert scrubber._bands[True, 0].get_paths()[0].vertices[:, 1].min() == pytest.approx(low.min())


def test_the_text_says_how_wide_the_bands_are(recording):
    scrubber = ActivationScrubber(recording, step=20)
    widths = recording.percentiles[True][2]
    first = f"{(widths[0, 2] - widths[0, 0]).mean():.2g}"
    assert f"With batch normalization, mean width in each layer: {first}," in scrubber.text.value
    assert "Step 20." in scrubber.text.value
