"""The NumPy exercises: every wrong answer is called by its name, every right one passes, and no check is slow.

Of the wrong ones of a slug, one in `make test`, all in `make test-weekly`.
"""

import functools
import re
import time

import pytest

from helpers import checks
from tests.wrong_answers import NUMPY, gaps, load, sampled

WRONG, CORRECT = load(*NUMPY)
SECONDS = {"mystery": 4.0}  # it trains five networks for each change; 1.9 s on an idle machine


SOME_WRONG = sampled(WRONG)
EVERY = [*SOME_WRONG, *(pytest.param(one, id=one.name) for one in CORRECT)]
SILENT = ("not-attempted", "raises", "wrong-shape", "wrong-dtype", "modifies-input", "modifies-global-state")
SILENT += ("no-step-beyond-last",)  # which may have raised


@functools.cache
def checked(submission):
    """The result of the check, and how many seconds of one core it took; run once for all tests below."""
    started = time.process_time()
    result = getattr(checks, submission.exercise)(submission.function)
    return result, time.process_time() - started


@pytest.mark.parametrize("exercise", NUMPY)
def test_every_mistake_of_an_exercise_has_two_wrong_answers_and_it_has_three_right_ones(exercise):
    assert gaps(exercise) == []


@pytest.mark.parametrize("submission", SOME_WRONG)
def test_a_wrong_answer_is_called_by_its_name(submission):
    result, _ = checked(submission)
    assert (result.passed, result.diagnosis) == (False, submission.slug), str(result)


@pytest.mark.parametrize("submission", CORRECT, ids=lambda submission: submission.name)
def test_a_correct_answer_passes(submission):
    result, _ = checked(submission)
    assert (result.passed, result.diagnosis) == (True, None), str(result)


@pytest.mark.parametrize("submission", EVERY)
def test_no_check_takes_more_than_two_seconds_or_four_where_it_trains(submission):
    assert checked(submission)[1] < SECONDS.get(submission.exercise, 2.0)


def test_no_line_of_the_table_differs_where_a_correct_answer_passes():
    differing = [
        (submission.name, row.name) for submission in CORRECT for row in checked(submission)[0].table if row.ok is False
    ]
    assert differing == []


@pytest.mark.parametrize("submission", SOME_WRONG)
def test_a_wrong_value_shows_in_the_table(submission):
    rows = checked(submission)[0].table
    assert submission.slug in SILENT or any(row.ok is False for row in rows)


@pytest.mark.parametrize("submission", sampled([one for one in WRONG if one.slug == "wrong-values"]))
def test_what_no_name_fits_says_which_row_is_the_first_that_differs(submission):
    result, _ = checked(submission)
    first = next(row.name for row in result.table if row.ok is False)
    assert f"'{first}'" in result.sentences[0]


@pytest.mark.parametrize("submission", EVERY)
def test_a_hint_never_shows_a_placeholder_that_was_not_filled(submission):
    assert not re.search(r"\{\w+\}|not measured", checked(submission)[0].hint)
