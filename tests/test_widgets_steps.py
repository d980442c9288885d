"""Transform step by step: each step shows and says what the transform computes by hand."""

import numpy as np
import pytest

from helpers import batchnorm
from helpers.widgets import TransformSteps


@pytest.fixture
def shown():
    return TransformSteps()


@pytest.mark.parametrize("step", [0, 0.75, 1, 1.5, 2])
def test_the_values_stay_until_mean_and_variance_are_known(shown, step):
    shown.step.value = step
    assert shown.values == pytest.approx([3, 9, 11, 17])


def test_from_step_2_to_3_the_mean_is_subtracted_first(shown):
    shown.step.value = 2.5
    assert shown.values == pytest.approx([-7, -1, 1, 7])


def test_step_3_is_x_hat_and_step_4_is_y(shown):
    column = np.array([[3.0], [9.0], [11.0], [17.0]])
    for step, gamma, beta in ((3, 1, 0), (4, 2, 1)):
        shown.step.value = step
        expected, _ = batchnorm.forward(column, np.full(1, gamma), np.full(1, beta), epsilon=1e-3)
        assert shown.values == pytest.approx(expected[:, 0])


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (0, "Step 0: the column, as it comes, is 3, 9, 11, 17."),
        (1, "Step 1: the mean is 10. The distances from it are −7, −1, 1, 7."),
        (2, "Step 2: the squared distances are 49, 1, 1, 49. The variance is their mean, 25."),
        (2.5, "On the way from step 2 to step 3: the mean is subtracted. Now −7, −1, 1, 7."),
        (2.75, "the distances are divided by √(variance + epsilon)."),
        (3, "Step 3: x_hat is −1.4, −0.2, 0.2, 1.4: mean 0, standard deviation 1."),
        (3.5, "multiplied by gamma = 2. Now −2.8, −0.4, 0.4, 2.8."),
        (4, "Step 4: y is −1.8, 0.6, 1.4, 3.8: mean 1 (beta), standard deviation 2 (gamma)."),
    ],
)
def test_the_text_says_what_is_seen(shown, step, words):
    shown.step.value = step
    assert words in shown.text.value


def test_mean_and_spread_are_drawn_once_they_are_known(shown):
    seen = {}
    for step in (0, 1, 2):
        shown.step.value = step
        seen[step] = [shown._center.get_visible(), shown._band.get_visible()]
    assert seen == {0: [False, False], 1: [True, False], 2: [True, True]}


def test_the_settings_stand_under_the_still_picture(shown):
    shown.step.value = 2.25
    assert shown.settings() == "Step 2.25 of 4; gamma 2, beta 1, epsilon 0.001."
