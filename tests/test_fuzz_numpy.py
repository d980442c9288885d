"""Bad input by the thousand to the functions that a learner calls: a result, or a refusal in the course's words.

A few inputs for each function in `make test`, hundreds in `make test-weekly`; the same ones in every run.
"""

import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import given

from helpers._support import blas
from tests import fuzz_guard
from tests.fuzz_inputs import fixed
from tests.fuzz_targets import TARGETS, spoilt

FEW, MANY = 25, 400


def tried(target, arguments, place):
    """ "returned" or "refused"; any other end is an error."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # numbers near the largest one overflow, which is no refusal
        try:
            fuzz_guard.run(target.call, given=arguments, place=place)
        except target.raises as error:
            message = str(error)
            assert "Received: " in message, message
            assert message.endswith("."), message
            return "refused"
    return "returned"


def fuzzed(name, examples, tmp_path, record_property):
    target, ends = TARGETS[name], Counter()

    @fixed(examples)
    @given(spoilt(target))
    def it_returns_or_refuses(arguments):
        ends[tried(target, arguments, tmp_path)] += 1

    with blas.one_thread():  # two on small matrices, beside a second worker, can take thirty times as long
        it_returns_or_refuses()
    record_property("inputs", ends.total())
    record_property("refused", ends["refused"])
    return ends


@pytest.mark.parametrize("name", TARGETS)
def test_bad_arguments_are_refused_in_words(name, tmp_path, record_property):
    assert fuzzed(name, FEW, tmp_path, record_property)["refused"] > 0


@pytest.mark.weekly
@pytest.mark.parametrize("name", TARGETS)
def test_hundreds_of_bad_arguments_are_refused_in_words(name, tmp_path, record_property):
    assert fuzzed(name, MANY, tmp_path, record_property)["refused"] > MANY / 4


@pytest.mark.parametrize("name", TARGETS)
def test_each_target_takes_its_good_arguments(name):
    target, returned = TARGETS[name], []

    @fixed(10)
    @given(spoilt(target, least=0))
    def it_returns(arguments):
        with np.errstate(all="ignore"):
            target.call(**arguments)
        returned.append(arguments)

    it_returns()
    assert returned
