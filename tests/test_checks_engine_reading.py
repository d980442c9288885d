"""helpers.checks.engine.reading: what came back from a submission, by name, or what is wrong with its form."""

import numpy as np
import pytest

from helpers.checks.engine.reading import deviation, read, within

ONE, TWO = {"y": (2, 3)}, {"mean": (3,), "variance": (3,)}
Y = np.arange(6.0).reshape(2, 3)


def test_a_single_result_is_itself():
    assert read(Y, ONE).results["y"].tolist() == Y.tolist()
    assert read(Y, ONE).problem is None


def test_nested_lists_are_an_array():
    assert read(Y.tolist(), ONE).problem is None


@pytest.mark.parametrize("form", [tuple, list, np.array], ids=["tuple", "list", "stacked"])
def test_several_results_may_come_in_any_form(form):
    reading = read(form([np.zeros(3), np.ones(3)]), TWO)
    assert list(reading.results) == ["mean", "variance"]
    assert reading.results["variance"].tolist() == [1.0, 1.0, 1.0]


def test_a_dict_beside_the_result_holds_the_steps():
    reading = read((Y, {"mean": [1, 2, 3], "note": "text"}), ONE)
    assert {name: step.tolist() for name, step in reading.steps.items()} == {"mean": [1.0, 2.0, 3.0]}


def test_results_are_compared_in_float64():
    assert read(Y.astype(np.float32), ONE).results["y"].dtype == np.float64


@pytest.mark.parametrize(
    ("value", "slug", "received"),
    [
        (None, "wrong-shape", "None (is there a `return`?)"),
        (Y.T, "wrong-shape", "of shape (3, 2)"),
        (0.5, "wrong-shape", "of shape ()"),
        ([Y, Y, Y], "wrong-shape", "of shape (3, 2, 3)"),
        ([[1.0], [2.0, 3.0]], "wrong-shape", "a list of 2"),
        (object(), "wrong-shape", "an object of type object"),
        (Y.astype(int), "wrong-dtype", "int64"),
        (Y > 2, "wrong-dtype", "bool"),
        (Y + 0j, "wrong-dtype", "complex128"),
        (Y.astype(np.float16), "wrong-dtype", "float16"),
        (Y.astype(str), "wrong-dtype", "<U32"),
    ],
)
def test_a_wrong_form_is_named(value, slug, received):
    problem = read(value, ONE).problem
    assert (problem.slug, problem.facts["received"]) == (slug, received)


def test_none_among_several_results_is_no_forgotten_return():
    problem = read((Y, None), {"y": (2, 3), "bias": (3,)}).problem
    assert (problem.slug, problem.facts["name"], problem.facts["received"]) == ("wrong-shape", "bias", "None")


@pytest.mark.parametrize(
    ("value", "received"),
    [(0.5, "an object of type float"), ((Y[0],), "a tuple of 1"), ([Y[0]] * 3, "a list of 3")],
)
def test_another_number_of_results_is_named(value, received):
    problem = read(value, TWO).problem
    facts = {"name": "what comes back", "received": received, "due": "2 results, mean and variance"}
    assert problem == ("wrong-shape", facts)


def test_a_wrong_shape_comes_before_a_wrong_dtype():
    assert read((np.zeros(3, int), np.zeros(4)), TWO).problem.slug == "wrong-shape"


def test_a_float_array_of_another_shape_is_kept_for_the_diagnosis():
    assert read(np.zeros((3, 2)), ONE).results["y"].shape == (3, 2)


def test_deviation_is_the_largest_difference():
    assert deviation(np.array([1.0, 5.0]), np.array([2.0, 2.0])) == 3.0


def test_two_nan_agree_and_one_is_infinitely_far():
    nan = np.array([np.nan])
    assert deviation(nan, nan) == 0.0
    assert deviation(nan, np.ones(1)) == np.inf
    assert within(nan, nan, 0.0)
    assert not within(nan, np.ones(1), 1e9)


def test_equal_infinities_agree():
    infinite = np.array([np.inf])
    assert within(infinite, infinite, 0.0)
    assert not within(infinite, -infinite, 1e9)


def test_a_tolerance_may_differ_from_feature_to_feature():
    yours, right = np.array([[1.1, 1.1]]), np.ones((1, 2))
    assert within(yours, right, np.array([0.2, 0.2]))
    assert not within(yours, right, np.array([0.2, 0.01]))


def test_another_shape_is_never_within():
    assert not within(np.ones(3), np.ones((3, 1)), 1.0)
