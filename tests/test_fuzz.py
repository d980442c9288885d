"""Bad input by the thousand to functions, checks and readers of files: a result, or a refusal in the course's words.

A few inputs for each in `make test`, hundreds in `make test-weekly`; the same ones in every run.
"""

import warnings
from collections import Counter
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import checks
from helpers._support import blas
from helpers.checks.engine.result import CheckResult
from helpers.course import progress
from tests import fuzz_guard
from tests.fuzz_files import READERS, spoilt_bytes
from tests.fuzz_inputs import fixed, hostile
from tests.fuzz_targets import TARGETS, spoilt
from tests.wrong_answers import NUMPY

COSTLY = 10  # times fewer, where a file holds megabytes


def few_and_many(few, many):
    """The number of inputs: few of them now, many each week."""
    return pytest.mark.parametrize("examples", [few, pytest.param(many, marks=pytest.mark.weekly)], ids=["few", "many"])


@pytest.fixture(autouse=True)
def own_record(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.HOME_VARIABLE, str(tmp_path))
    progress._unsaved.clear()


def ends(call, raises, words, last=""):
    """ "returned" or "refused", where the message holds these words and ends with `last`; any other end is an error."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # numbers near the largest one overflow; zipfile warns of doubled names
        try:
            call()
        except raises as error:
            message = str(error)
        else:
            return "returned"
    assert words in message
    assert message.endswith(last)
    return "refused"


# -- functions --------------------------------------------------------------------------------------------------------


@few_and_many(25, 400)
@pytest.mark.parametrize("name", TARGETS)
def test_bad_arguments_are_refused_in_words(name, examples, tmp_path):
    target, seen = TARGETS[name], Counter()

    @fixed(examples)
    @given(spoilt(target))
    def it_returns_or_refuses(arguments):
        call = partial(fuzz_guard.run, target.call, given=arguments, place=tmp_path)
        seen[ends(call, target.raises, "Received: ", last=".")] += 1

    with blas.one_thread():  # two on small matrices, beside a second worker, can take thirty times as long
        it_returns_or_refuses()
    assert seen["refused"] > (examples / 4 if examples > 100 else 0)


@pytest.mark.parametrize("name", TARGETS)
def test_each_target_takes_its_good_arguments(name):
    target = TARGETS[name]

    @fixed(10)
    @given(spoilt(target, least=0))
    def it_returns(arguments):
        with np.errstate(all="ignore"):
            target.call(**arguments)

    it_returns()


# -- damaged npz, JSON, ipynb and lesson files ------------------------------------------------------------------------


@few_and_many(40, 500)
@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused_in_words(name, examples, tmp_path):
    reader, seen = READERS[name], Counter()
    whole, path = reader.whole(tmp_path), tmp_path / reader.name

    @fixed(examples // (COSTLY if reader.costly else 1))
    @given(spoilt_bytes(whole))
    def it_reads_or_refuses(content):
        for left in tmp_path.iterdir():
            left.unlink()
        progress._unsaved.clear()
        path.write_bytes(content)
        read = partial(fuzz_guard.run, partial(reader.read, path), place=tmp_path)
        seen[ends(read, reader.raises, reader.words or "")] += 1

    it_reads_or_refuses()
    assert seen["refused" if reader.raises else "returned"] > 0


@pytest.mark.parametrize("name", READERS)
def test_a_whole_file_is_read(name, tmp_path):
    path = tmp_path / READERS[name].name
    path.write_bytes(READERS[name].whole(tmp_path))
    READERS[name].read(path)


# -- whatever a learner hands to a check ------------------------------------------------------------------------------


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


NAMED = st.dictionaries(st.sampled_from(["mean", "x_hat", "y", 1]), hostile(), max_size=2)
SUBMISSIONS = st.one_of(
    hostile(),
    hostile().map(returns),
    hostile().map(spoils),
    st.lists(hostile(), min_size=1, max_size=4).map(tuple).map(returns),
    st.lists(hostile(), min_size=1, max_size=4).map(returns),
    st.tuples(hostile(), NAMED).map(returns),
    st.builds(Raises),
)


@few_and_many(6, 80)
@pytest.mark.parametrize("exercise", NUMPY)
def test_a_check_answers_whatever_it_is_handed(exercise, examples, tmp_path):
    check = getattr(checks, exercise)

    @fixed(examples)
    @given(SUBMISSIONS)
    def it_answers(submission):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = fuzz_guard.run(check, given={"submission": submission}, place=tmp_path)
        assert isinstance(result, CheckResult)
        assert not result.passed
        assert str(result).strip()
        assert result._repr_html_().strip()

    it_answers()
