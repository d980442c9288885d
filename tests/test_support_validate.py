"""The checks of arguments: what is taken, and the whole message of what is refused."""

import fractions
import itertools

import numpy as np
import pytest

from helpers._support import validate


def refused(error, check, *arguments, **named):
    with pytest.raises(error) as caught:
        check(*arguments, **named)
    return str(caught.value)


def test_a_long_value_is_shown_by_its_beginning():
    assert validate.received(a="x" * 1000) == "Received: a='" + "x" * 298 + "…."


def test_a_value_that_python_cannot_write_is_shown_by_its_type():
    assert validate.received(a=10**5000) == "Received: a=int that cannot be shown."


@pytest.mark.parametrize("value", [1, 1.0, np.float32(1), np.int8(1), fractions.Fraction(1)])
def test_every_real_number_is_a_number(value):
    assert validate.number("a", value, low=0, high=1, advice="Do.") == 1.0


@pytest.mark.parametrize(
    "value", [True, np.bool_(True), "1", None, 1j, np.complex64(1), np.ones(1), np.datetime64("NaT", "s")]
)
def test_nothing_else_is_a_number(value):
    message = refused(TypeError, validate.number, "a", value, low=0, high=1, advice="Do.")
    assert message == f"`a` must be a number. Received: a={value!r}. Do."


@pytest.mark.parametrize("value", [-1, 2, np.nan, np.inf])
def test_a_number_outside_its_range_is_refused(value):
    message = refused(ValueError, validate.number, "a", value, low=0, high=1, advice="Do.")
    assert message == f"`a` must be between 0 and 1. Received: a={value!r}. Do."


def test_an_int_too_large_for_a_float_is_refused():
    message = refused(ValueError, validate.number, "a", 10**5000, low=0, advice="Do.")
    assert message == "`a` must be at least 0. Received: a=int that cannot be shown. Do."


def test_an_integer_outside_its_range_is_refused():
    assert validate.integer("a", np.int8(3), low=1, high=3, advice="Do.") == 3
    message = refused(ValueError, validate.integer, "a", 0, low=1, high=3000, advice="Do.")
    assert message == "`a` must be at least 1. Received: a=0. Do."
    message = refused(ValueError, validate.integer, "a", 3001, low=1, high=3000, advice="Do.")
    assert message == "`a` must be at most 3,000. Received: a=3001. Do."


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_no_integer_is_refused(value):
    message = refused(TypeError, validate.integer, "a", value, low=0, advice="Do.")
    assert message == f"`a` must be an integer. Received: a={value!r}. Do."


@pytest.mark.parametrize("value", ["c", 1, None, np.array(["a"]), np.array([]), ["a"], np.timedelta64(1, "s")])
def test_what_is_not_among_the_choices_is_refused(value):
    message = refused(ValueError, validate.one_of, "a", value, ("a", "b"))
    assert message == f"`a` must be one of 'a', 'b'. Received: a={value!r}. Choose one of them."


def test_true_and_false_are_booleans_and_1_is_not():
    assert validate.boolean("a", np.True_) is True
    message = refused(TypeError, validate.boolean, "a", 1)
    assert message == "`a` must be True or False. Received: a=1. Choose one of them."


def test_items_of_an_endless_sequence_come_to_an_end():
    assert len(validate.items("a", itertools.count(), advice="Do.")) == validate.MOST


@pytest.mark.parametrize("value", ["text", 3, None, np.array(3)])
def test_what_holds_nothing_or_is_text_has_no_items(value):
    message = refused(TypeError, validate.items, "a", value, advice="Do.")
    assert message == f"`a` must be a sequence. Received: a={value!r}. Do."


class NoArray:
    def __array__(self, dtype=None, copy=None):
        raise TypeError("no")

    def __repr__(self):
        return "odd"


def test_an_object_that_gives_no_array_is_refused():
    assert refused(TypeError, validate.real_array, "a", NoArray()) == (
        "`a` must be an array of real numbers. Received: a=odd. Pass a NumPy array of real numbers."
    )
