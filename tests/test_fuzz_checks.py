"""Whatever a learner hands to a check, it answers with a CheckResult: no error, no hang, nothing written elsewhere."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import checks
from helpers.checks.engine.result import CheckResult
from helpers.course import progress
from tests import fuzz_guard
from tests.fuzz_inputs import fixed, hostile
from tests.wrong_answers import NUMPY

FEW, MANY = 6, 80


class Raises:
    """A submission that raises what no one raises."""

    def __call__(self, *arguments):
        raise SystemExit(3)


def returns(value):
    """A submission that returns this, whatever it is given."""
    return lambda *arguments: value


def spoils(value):
    """A submission that writes into its arguments, and returns this."""

    def submission(*arguments):
        for argument in arguments:
            if isinstance(argument, np.ndarray) and argument.size:
                argument[...] = 7
        return value

    return submission


SUBMISSIONS = st.one_of(
    hostile(),
    hostile().map(returns),
    hostile().map(spoils),
    st.lists(hostile(), min_size=1, max_size=4).map(tuple).map(returns),
    st.lists(hostile(), min_size=1, max_size=4).map(returns),
    st.tuples(hostile(), st.dictionaries(st.sampled_from(["mean", "x_hat", "y", 1]), hostile(), max_size=2)).map(
        returns
    ),
    st.builds(Raises),
)


def fuzzed(exercise, examples, folder, monkeypatch, record_property):
    monkeypatch.setenv(progress.HOME_VARIABLE, str(folder))
    check, tried = getattr(checks, exercise), []

    @fixed(examples)
    @given(SUBMISSIONS)
    def it_answers(submission):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = fuzz_guard.run(check, given={"submission": submission}, place=folder)
        assert isinstance(result, CheckResult)
        assert not result.passed
        assert str(result).strip()
        assert result._repr_html_().strip()
        tried.append(result.diagnosis)

    it_answers()
    record_property("inputs", len(tried))
    record_property("refused", len(tried))


@pytest.mark.parametrize("exercise", NUMPY)
def test_a_check_answers_whatever_it_is_handed(exercise, tmp_path, monkeypatch, record_property):
    fuzzed(exercise, FEW, tmp_path, monkeypatch, record_property)


@pytest.mark.weekly
@pytest.mark.parametrize("exercise", NUMPY)
def test_a_check_answers_whatever_it_is_handed_many_times(exercise, tmp_path, monkeypatch, record_property):
    fuzzed(exercise, MANY, tmp_path, monkeypatch, record_property)
