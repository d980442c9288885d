"""helpers.gradcheck: the numerical oracle itself, against derivatives known by hand."""

import doctest

import numpy as np
import pytest

from helpers import gradcheck


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(gradcheck, extraglobs={"np": np}).failed == 0


def test_the_gradient_of_a_product_with_a_matrix_is_its_transpose_times_dy():
    matrix, dy = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, -1.0])
    gradient = gradcheck.numerical_gradient(lambda x: matrix @ x, [0.3, -0.7], dy)
    assert gradient == pytest.approx(matrix.T @ dy)


def test_integers_are_differentiated_as_numbers():
    assert gradcheck.numerical_gradient(lambda x: x**3, [2]) == pytest.approx([12.0])


def test_a_function_to_a_number_needs_no_dy():
    assert gradcheck.numerical_gradient(lambda x: float((x**2).sum()), [1.0, -2.0]) == pytest.approx([2.0, -4.0])


@pytest.mark.parametrize(("a", "b", "expected"), [([0.0], [0.0], 0.0), ([], [], 0.0), ([3.0], [-1.0], 4 / 3)])
def test_relative_error_by_hand(a, b, expected):
    assert gradcheck.relative_error(a, b) == pytest.approx(expected)


def test_returning_zeros_has_relative_error_one():
    assert gradcheck.relative_error([0.0, 0.0], [2.0, -5.0]) == 1.0


BAD_INPUT = {
    "dy that does not fit": (
        lambda: gradcheck.numerical_gradient(np.square, [1.0, 2.0], [1.0]),
        "`dy` must have the shape of function(x), (2,). Received: dy.shape=(1,). "
        "Pass one number for each number that the function returns.",
    ),
    "shapes that differ": (
        lambda: gradcheck.relative_error([1.0], [[1.0]]),
        "`a` and `b` must have one shape. Received: a.shape=(1,), b.shape=(1, 1). "
        "A gradient has the shape of what it is the gradient of.",
    ),
    "a step of zero": (
        lambda: gradcheck.numerical_gradient(np.square, [1.0], step=0),
        "`step` must be above 0. Received: step=0. Steps near 1e-5 balance truncation against rounding in float64.",
    ),
    "NaN in a gradient": (
        lambda: gradcheck.relative_error([np.nan], [1.0]),
        "`a` must be finite. Received: a with 1 of 1 numbers NaN or infinite. "
        "Look at what computed it: a learning rate that is too high is the usual cause.",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_values_are_refused_with_a_message_that_says_what_to_do(case):
    call, message = BAD_INPUT[case]
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        call()
    assert str(error.value) == message
