"""The figures of lesson 05: the numbers in the graph are those of the code, and a projection is one."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import batchnorm, gradcheck
from helpers.lessons.l05 import figures

X, DY = np.array([[1.0], [2.0], [6.0]]), np.array([[3.0], [-1.0], [1.0]])
GAMMA, BETA, EPSILON = np.array([2.0]), np.array([10.0]), 1e-3


def steps():
    """Values and gradients by name: forward and backward by the course's code, what lies between measured."""
    y, cache = batchnorm.forward(X, GAMMA, BETA, epsilon=EPSILON)
    dx, dgamma, dbeta = batchnorm.backward(DY, cache)
    centred = X - cache.mean
    rest = {
        "mean": lambda a: batchnorm_of(X - a),
        "centred": batchnorm_of,
        "variance": lambda a: GAMMA * centred / np.sqrt(a + EPSILON),
        "inv_std": lambda a: GAMMA * centred * a,
        "x_hat": lambda a: GAMMA * a,
    }
    forward = {"mean": cache.mean, "centred": centred, "variance": cache.variance}
    forward |= {"inv_std": cache.inv_std, "x_hat": cache.x_hat}
    back = {name: gradcheck.numerical_gradient(f, forward[name], DY) for name, f in rest.items()}
    forward |= {"x": X, "gamma": GAMMA, "beta": BETA, "y": y}
    return forward, back | {"x": dx, "gamma": dgamma, "beta": dbeta, "y": DY}


def batchnorm_of(centred):
    return GAMMA * centred / np.sqrt(np.square(centred).mean(axis=0) + EPSILON)


def test_each_box_of_the_graph_shows_the_codes_own_value_and_gradient():
    forward, back = steps()
    (ax,) = figures.graph(forward, back).axes
    written = {text.get_text(): text for text in ax.texts}
    for name in figures.NODES:
        assert written[figures.numbers(forward[name])].get_color() == figures.FORWARD
        gradient = written[f"d{name}: {figures.numbers(back[name])}"]
        assert (gradient.get_color(), gradient.get_style()) == (figures.BACK, "italic")
    assert "dx: (1.59, −1.98, 0.4)" in written
    assert "(−2, −1, 3)" in written


def test_the_graph_has_an_arrow_forward_and_one_back_for_each_edge():
    (ax,) = figures.graph(*steps()).axes
    colors = [text.arrow_patch.get_edgecolor()[:3] for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert [colors.count(plt.matplotlib.colors.to_rgb(color)) for color in (figures.FORWARD, figures.BACK)] == [10, 10]


def test_what_the_projection_leaves_is_dx_but_for_its_scale():
    forward, back = steps()
    _, left = figures.projection(DY.ravel(), forward["x_hat"].ravel())
    assert left.sum() == pytest.approx(0, abs=1e-12)
    assert left @ forward["x_hat"].ravel() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(GAMMA * forward["inv_std"] * left, back["x"].ravel(), rtol=1e-3)


def test_odds_are_drawn_on_an_axis_that_is_marked_with_probabilities():
    right = np.array([[0.5, 0.99], [0.01, 0.9999]])
    fig = figures.odds(right, 1 - right, [2, 4], alone=1e6)
    (ax,) = fig.axes
    assert ax.get_yscale() == "log"
    marks = dict(zip((label.get_text() for label in ax.get_yticklabels()), ax.get_yticks()))
    assert marks["0.5"] == 1
    assert marks["0.99"] == pytest.approx(99)


def test_numbers_have_at_most_two_decimals_and_no_minus_zero():
    assert figures.numbers(np.array([[-0.001], [2.0], [-1.5]])) == "(0, 2, −1.5)"
    assert figures.numbers(np.array([4.6667])) == "4.67"
