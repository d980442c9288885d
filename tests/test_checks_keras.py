"""Every wrong answer is called by its name, every right one passes: the Keras exercises that train nothing.

Of the wrong ones of a slug, one in `make test`, all in `make test-weekly`.
"""

import functools

import pytest

from helpers import checks
from tests.wrong_answers import KERAS, gaps, load, sampled

pytestmark = pytest.mark.keras

WRONG, CORRECT = load(*(exercise for exercise in KERAS if exercise != "capstone"))


@functools.cache
def checked(submission):
    """The result of the check, run once for all tests below."""
    return getattr(checks, submission.exercise)(submission.function)


@pytest.mark.parametrize("exercise", KERAS)
def test_every_mistake_of_an_exercise_has_two_wrong_answers_and_it_has_three_right_ones(exercise):
    assert gaps(exercise) == []


@pytest.mark.parametrize("submission", sampled(WRONG))
def test_a_wrong_answer_is_called_by_its_name(submission):
    result = checked(submission)
    assert (result.passed, result.diagnosis) == (False, submission.slug), str(result)


@pytest.mark.parametrize("submission", CORRECT, ids=lambda submission: submission.name)
def test_a_correct_answer_passes(submission):
    result = checked(submission)
    assert (result.passed, result.diagnosis) == (True, None), str(result)


@pytest.mark.parametrize("submission", sampled([one for one in WRONG if one.slug == "wrong-values"]))
def test_what_no_name_fits_says_which_row_is_the_first_that_differs(submission):
    result = checked(submission)
    first = next(row.name for row in result.table if row.ok is False)
    assert f"'{first}'" in result.sentences[0]


@pytest.mark.parametrize("submission", CORRECT, ids=lambda submission: submission.name)
def test_nothing_in_the_table_of_a_correct_answer_differs(submission):
    table = checked(submission).table
    assert table
    assert all(row.ok for row in table)
