"""helpers.checks.engine.formulas: with no switch set, batch normalization as helpers.batchnorm computes it."""

import numpy as np
import pytest

from helpers import batchnorm
from helpers.checks.engine import formulas

X = np.random.default_rng(0).normal(3.0, 2.0, (4, 3, 2, 5))
GAMMA, BETA = np.linspace(1.0, 3.0, 5), np.linspace(-2.0, 2.0, 5)


def test_without_switches_it_is_the_transform():
    due, _ = batchnorm.forward(X, GAMMA, BETA, epsilon=0.01)
    np.testing.assert_allclose(formulas.forward_with(X, GAMMA, BETA, 0.01), due, rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_without_switches_it_is_the_transform_on_any_axis(axis):
    x = np.moveaxis(X, -1, axis)
    due, _ = batchnorm.forward(x, GAMMA, BETA, epsilon=0.01, axis=axis)
    np.testing.assert_allclose(formulas.forward_with(x, GAMMA, BETA, 0.01, axis), due, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("right", (0, 1, 2)),
        ("features", (3,)),
        ("all", (0, 1, 2, 3)),
        ("batch", (0,)),
        ("positions", (1, 2)),
        ("sample", (1, 2, 3)),
        ("first", (0, 1)),
        ("second", (0, 2)),
    ],
)
def test_a_reduction_has_a_name(name, expected):
    assert formulas.axes(name, 4, -1) == expected


def test_a_reduction_of_channels_first_keeps_axis_one():
    assert formulas.axes("right", 4, 1) == (0, 2, 3)
    assert formulas.axes("positions", 4, 1) == (2, 3)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 1 / np.sqrt(4.25)),
        ({"power": 1.0}, 1 / 4.25),
        ({"constant": 0.0}, 1 / 2),
        ({"outside": "root"}, 1 / 2.25),
        ({"outside": "two roots"}, 1 / 2.5),
        ({"outside": "fraction"}, 1 / 2 + 0.25),
    ],
)
def test_what_the_centred_values_are_multiplied_by(settings, expected):
    assert formulas.inverse(4.0, 0.25, **settings) == pytest.approx(expected)


def test_a_variance_about_the_mean_or_about_its_own():
    x = np.array([[1.0, 5.0], [3.0, 9.0]])
    about_the_mean = formulas.moments(x, -1, variance_over="features")[1]
    about_its_own = formulas.moments(x, -1, variance_over="features", own_center=True)[1]
    assert about_the_mean.ravel().tolist() == [(1 + 4) / 2, (1 + 4) / 2]
    assert about_its_own.ravel().tolist() == [4.0, 9.0]


def test_settings_are_taken_apart_by_name():
    parts = formulas.split({"ddof": 1, "power": 1.0, "gain": None}, ("ddof", "over"), ("power",))
    assert parts == ({"ddof": 1}, {"power": 1.0}, {"gain": None})
