"""Momentum-lag explorer: the line is the update rule, and the text its arithmetic."""

import numpy as np
import pytest

from helpers.widgets import MomentumExplorer


@pytest.fixture
def explorer():
    return MomentumExplorer()


def test_the_moving_mean_is_momentum_times_old_plus_the_rest_times_new(explorer):
    explorer.momentum.value = 0.9
    first, second = explorer.means[:2]
    assert explorer.track[0] == pytest.approx(0.1 * first)
    assert explorer.track[1] == pytest.approx(0.9 * 0.1 * first + 0.1 * second)


def test_without_memory_it_is_the_batchs_own_mean(explorer):
    explorer.momentum.value = 0
    assert explorer.track == pytest.approx(explorer.means)


def test_larger_batches_have_steadier_means(explorer):
    spreads = []
    for size in (2, 32):
        explorer.size.value = size
        spreads.append(explorer.means.std())
    assert spreads[0] / spreads[1] == pytest.approx(4, rel=0.15)


@pytest.mark.parametrize(
    ("truth", "ends"), [("stays at 3", 3), ("drifts from 3 to 6", 6), ("jumps to 6 at batch 300", 6)]
)
def test_the_true_mean_does_what_its_name_says(explorer, truth, ends):
    explorer.truth.value = truth
    assert explorer.expected[0] == pytest.approx(3, abs=0.01)
    assert explorer.expected[-1] == pytest.approx(ends)


def test_the_text_says_how_long_the_start_is_remembered(explorer):
    assert "less than 1% of the start is left after 459 batches; 36.6% is left after 100." in explorer.text.value
    explorer.momentum.value = 0
    assert "after 1 batch; 0.0% is left after 100." in explorer.text.value


def test_the_text_says_how_far_a_slow_memory_lags_behind_a_drift(explorer):
    explorer.truth.value, explorer.momentum.value = "drifts from 3 to 6", 0.99
    off = np.abs(explorer.track - explorer.expected)[-100:].mean()
    assert off == pytest.approx(0.5, abs=0.1)  # 99 batches behind, at 3 in 600
    assert f"the moving mean is {off:.2f} away" in explorer.text.value


def test_lesson_05_says_which_momentum_follows_the_drift(explorer):
    explorer.truth.value = "drifts from 3 to 6"
    off = {}
    for momentum in (0.9, 0.95, 0.99, 0.999):
        explorer.momentum.value = momentum
        off[momentum] = np.abs(explorer.track - explorer.expected)[-100:].mean()
    assert max(off[0.9], off[0.95]) < 0.1
    assert 0.3 < off[0.99] < 0.6
    assert off[0.999] > 3
