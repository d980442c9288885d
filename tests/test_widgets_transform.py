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


@pytest.mark.parametrize("gamma", [1, -2])
def test_both_histograms_have_the_same_bars_mirrored_where_gamma_is_negative(explorer, gamma):
    explorer.gamma.value = gamma
    before, after = (explorer._bars[name].get_data().values for name in ("before", "after"))
    assert before.max() == 1
    np.testing.assert_array_equal(after, before[:: np.sign(gamma)])


@pytest.mark.parametrize(("shift", "scale"), [(8, 3), (12, 5), (-12, 5), (8, 0), (8, 0.01)])
def test_every_example_is_in_a_bar_and_every_bar_in_the_picture(explorer, shift, scale):
    explorer.size.value, explorer.shift.value, explorer.scale.value, explorer.gamma.value = 256, shift, scale, -3
    for name, values, limit in (("before", explorer.x, 25), ("after", explorer.y, 12)):
        edges = explorer._bars[name].get_data().edges
        assert np.histogram(values, edges)[0].sum() == 256
        assert -limit <= edges[0] < edges[-1] <= limit


def test_the_settings_stand_under_the_still_picture(explorer):
    explorer.gamma.value = 2
    assert explorer.settings() == "Shift 8, scale 3, 64 examples, gamma 2, beta 0, epsilon 0.001."
