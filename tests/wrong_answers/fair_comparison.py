"""Answers to `fair_comparison`."""

import copy
import dataclasses
from dataclasses import replace

import numpy as np

from helpers.experiments import Experiment
from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXERCISE = "fair_comparison"


@correct(EXERCISE)
def two_copies(base):
    return replace(base, batch_norm=False), replace(base, batch_norm=True)


@correct(EXERCISE)
def base_itself_where_it_fits(base):
    if base.batch_norm:
        return [replace(base, batch_norm=False), base]
    return [base, replace(base, batch_norm=True)]


@correct(EXERCISE)
def from_a_dict(base):
    settings = dataclasses.asdict(base)
    del settings["batch_norm"]
    return tuple(Experiment(batch_norm=flag, **settings) for flag in (False, True))


@correct(EXERCISE)
def field_by_field(base):
    names = [field.name for field in dataclasses.fields(base) if field.name != "batch_norm"]
    values = {name: getattr(base, name) for name in names}
    return Experiment(np.bool_(False), **values), Experiment(np.bool_(True), **values)


@wrong(EXERCISE, "two-factors-changed")
def another_rate_with(base):
    return replace(base, batch_norm=False), replace(base, batch_norm=True, learning_rate=10 * base.learning_rate)


@wrong(EXERCISE, "two-factors-changed")
def he_weights_without(base):
    return replace(base, batch_norm=False, init_scale=0.07), replace(base, batch_norm=True)


@wrong(EXERCISE, "nothing-changed")
def changed_and_forgotten(base):
    without, with_ = copy.copy(base), copy.copy(base)
    replace(with_, batch_norm=True)
    return without, with_


@wrong(EXERCISE, "another-factor-changed")
def placement_and_noise(base):
    return replace(base, placement="before", noise=0.1), replace(base, placement="after", noise=0.2)


@wrong(EXERCISE, "ignores-base")
def forgets_two_settings(base):
    settings = dataclasses.asdict(base) | {"steps": 2000, "momentum": 0.99}
    del settings["batch_norm"]
    return Experiment(False, **settings), Experiment(True, **settings)


@wrong(EXERCISE, "wrong-shape")
def returns_nothing(base):
    two_copies(base)


@wrong(EXERCISE, "modifies-input")
def thaws_the_frozen(base):
    without = replace(base, batch_norm=False)
    object.__setattr__(base, "batch_norm", True)
    return without, base


@wrong(EXERCISE, "modifies-input")
def through_its_dict(base):
    pair = two_copies(base)
    base.__dict__["steps"] = 5
    return pair


@wrong(EXERCISE, "modifies-global-state")
def seeds(base):
    np.random.seed(0)  # noqa: NPY002
    return two_copies(base)


@wrong(EXERCISE, "modifies-global-state")
def shuffles(base):
    pair = list(two_copies(base))
    np.random.shuffle(pair)  # noqa: NPY002
    return sorted(pair, key=lambda one: one.batch_norm)


@wrong(EXERCISE, "raises")
def assigns_to_the_frozen(base):
    base.batch_norm = False
    return base, replace(base, batch_norm=True)


wrong_lines(
    EXERCISE,
    {
        "two-factors-changed": dict(
            default_settings_without=lambda base: (Experiment(False, base.activation), replace(base, batch_norm=True)),
        ),
        "nothing-changed": dict(
            base_twice=lambda base: (base, base),
            base_is_taken_to_be_without=lambda base: (base, replace(base, batch_norm=True)),
        ),
        "another-factor-changed": dict(
            only_the_rate=lambda base: (base, replace(base, learning_rate=base.learning_rate / 2)),
        ),
        "wrong-order": dict(
            with_comes_first=lambda base: (replace(base, batch_norm=True), replace(base, batch_norm=False)),
            base_and_its_opposite=lambda base: (base, replace(base, batch_norm=not base.batch_norm)),
        ),
        "ignores-base": dict(
            default_settings=lambda base: (Experiment(False, "relu"), Experiment(True, "relu")),
        ),
        "wrong-shape": dict(
            only_one=lambda base: replace(base, batch_norm=True),
            three_of_them=lambda base: (base, replace(base, batch_norm=False), replace(base, batch_norm=True)),
            dicts=lambda base: ({"batch_norm": False}, {"batch_norm": True}),
        ),
        "raises": dict(
            misspelled=lambda base: (replace(base, batchnorm=False), replace(base, batchnorm=True)),
        ),
    },
)
