"""helpers.checks.engine.diagnosing: a mistake is named only if it gives exactly what the submission gave."""

from typing import NamedTuple

import numpy as np

from helpers.checks.engine.diagnosing import find, mistake
from helpers.checks.engine.reading import within
from helpers.checks.engine.values import Answer


class Trial(NamedTuple):
    """As helpers.checks.engine.values.Trial, for y = 2 * x + 1."""

    arguments: tuple
    results: dict
    raised: bool = False

    @property
    def answer(self):
        return Answer({"y": 2 * self.arguments[0] + 1}, {}, {"y": 1e-6})

    @property
    def returned(self):
        return not self.raised

    @property
    def right(self):
        return self.returned and within(self.results["y"], self.answer.results["y"], 1e-6)


def compute(x, *, gain=2.0, offset=1.0):
    if x.size == 0 and offset == 0:
        raise ValueError
    return (gain * x + offset,)


MISTAKES = (mistake("no-gain", "gain", gain=1.0), mistake("half", "gain", gain=0.5), mistake("no-offset", offset=0.0))
X = np.array([1.0, 4.0])


def slugs(*trials, mistakes=MISTAKES, most=2):
    return [one.slug for one in find(compute, mistakes, trials, most=most)]


def test_the_one_mistake_is_found():
    assert slugs(Trial((X,), {"y": 2 * X})) == ["no-offset"]


def test_two_mistakes_together_are_found_in_the_order_of_the_list():
    assert slugs(Trial((X,), {"y": X})) == ["no-gain", "no-offset"]


def test_no_more_mistakes_are_combined_than_asked_for():
    assert slugs(Trial((X,), {"y": X}), most=1) == []


def test_a_rare_mistake_is_found_beside_one_other():
    rare = tuple(one._replace(rare=True) for one in MISTAKES)
    assert slugs(Trial((X,), {"y": X}), mistakes=rare) == ["no-gain", "no-offset"]


def test_what_nothing_reproduces_has_no_name():
    assert slugs(Trial((X,), {"y": 3 * X})) == []


def test_a_mistake_must_hold_on_every_input():
    assert slugs(Trial((X,), {"y": 2 * X}), Trial((X + 1,), {"y": 3 * X})) == []


def test_a_mistake_must_hold_where_the_submission_is_right_too():
    assert slugs(Trial((X,), {"y": 2 * X}), Trial((X + 1,), {"y": 2 * X + 3})) == []


def test_a_mistake_that_raises_explains_a_submission_that_raises():
    nothing = np.ones(0)
    assert slugs(Trial((X,), {"y": 2 * X}), Trial((nothing,), {}, raised=True)) == ["no-offset"]
    assert slugs(Trial((X,), {"y": X + 1}), Trial((nothing,), {}, raised=True)) == []


def test_nothing_is_looked_for_where_every_result_is_right():
    assert slugs(Trial((X,), {"y": 2 * X + 1})) == []


def test_a_result_nearly_right_is_not_taken_for_a_mistake_nearby():
    close = (mistake("offset-off", offset=1 + 1e-5),)
    assert slugs(Trial((X,), {"y": 2 * X + 1 + 3e-6}), mistakes=close) == []


class TwoResults(Trial):
    """The same with z = 2 * x - 1."""

    @property
    def answer(self):
        x = self.arguments[0]
        return Answer({"y": 2 * x + 1, "z": 2 * x - 1}, {}, {"y": 1e-6, "z": 1e-6})


def test_of_two_results_that_nothing_explains_together_the_one_that_is_explained_counts():
    def two(x, *, gain=2.0, offset=1.0):
        return gain * x + offset, gain * x - offset

    for z, most, names in [(2 * X, 1, ["no-offset"]), (X, 2, ["no-gain", "no-offset"]), (X, 1, []), (X**3, 2, [])]:
        found = find(two, MISTAKES, [TwoResults((X,), {"y": X**3, "z": z})], most=most)
        assert [one.slug for one in found] == names
