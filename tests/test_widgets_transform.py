"""Transform explorer: what is drawn and said is what the layer does."""

import numpy as np
import pytest

from helpers.widgets import TransformExplorer


@pytest.fixture
def explorer():
    return TransformExplorer()


def test_shift_and_scale_move_the_batch_and_not_what_comes_out(explorer):
    x, y = explorer.x, explorer.y
    explorer.shift.value, explorer.scale.value = -10, 5
    assert np.allclose((explorer.x + 10) / 5, (x - 8) / 3)
    assert np.allclose(explorer.y, y, atol=1e-3)


def test_gamma_and_beta_are_the_spread_and_the_mean_of_what_comes_out(explorer):
    explorer.gamma.value, explorer.beta.value = -2, 3
    assert explorer.y.mean() == pytest.approx(3)
    assert explorer.y.std() == pytest.approx(2, abs=0.001)
    assert "After: mean 3.00, standard deviation 2." in explorer.text.value


def test_epsilon_rules_where_the_scale_is_small(explorer):
    explorer.scale.value = 0.01
    assert explorer.y.std() < 0.4
    assert "Epsilon rules here" in explorer.text.value


def test_a_scale_of_0_leaves_beta(explorer):
    explorer.scale.value, explorer.beta.value = 0, -4
    assert explorer.y == pytest.approx(np.full(64, -4.0))
    assert "All values are the same" in explorer.text.value


def test_two_examples_become_minus_one_and_one(explorer):
    explorer.size.value = 2
    assert sorted(explorer.y) == pytest.approx([-1, 1], abs=0.01)
    assert "With two examples" in explorer.text.value


def drawn_before(explorer):
    """Heights of the bars on the left, and what they should be: values outside are counted at the edge."""
    values = np.clip(explorer.x, -25, 25)
    counts, _ = np.histogram(values, explorer._edges["before"])
    return explorer._bars["before"].get_data().values, counts / counts.max()


def test_the_bars_are_the_histogram_of_the_batch(explorer):
    heights, expected = drawn_before(explorer)
    assert heights == pytest.approx(expected)


def test_what_lies_outside_of_the_picture_is_counted_at_its_edge(explorer):
    explorer.shift.value, explorer.scale.value, explorer.size.value = 15, 5, 256
    assert explorer.x.max() > 25
    heights, expected = drawn_before(explorer)
    assert heights == pytest.approx(expected)
    assert heights[-1] > 0


def test_the_settings_stand_under_the_still_picture(explorer):
    explorer.gamma.value = 2
    assert explorer.settings() == "Shift 8, scale 3, 64 examples, gamma 2, beta 0, epsilon 0.001."
