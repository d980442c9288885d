"""Named wrong answers, and right ones written in other ways: one list for the checks and for our own code.

    from tests.wrong_answers import load
    wrong, correct = load()                    # of all exercises
    wrong, correct = load("forward")           # of one
    sampled(wrong)                             # for parametrize: one for each mistake, and the rest in make test-weekly

The answers to an exercise are in the module of its name; where it grows long, NAME_correct.py and NAME_form.py stand
beside NAME.py, and ideas.py has what public submissions taught of several exercises. A module is imported only for its
exercise, so that NumPy ones never wait for TensorFlow.
`python -m tests.wrong_answers` prints the table of exercise x slug with the number of wrong answers named exactly.
"""

import importlib
from collections import Counter
from pathlib import Path

import pytest

from helpers.checks import hints
from helpers.course.lessons import EXERCISES
from tests.wrong_answers import registry

NUMPY = tuple(name for name, exercise in EXERCISES.items() if not exercise.keras)
KERAS = tuple(name for name, exercise in EXERCISES.items() if exercise.keras)

BATCHNORM = ("forward", "backward", "update_moving", "inference", "calibrate", "conv_forward", "fold")
"""Exercises whose answers are functions of helpers.batchnorm: its tests must refuse the wrong ones too."""


def load(*exercises):
    """The wrong and the correct submissions of these exercises (of all, without any), as two lists."""
    chosen = exercises or tuple(EXERCISES)
    for name in chosen:
        ideas = "ideas_keras" if EXERCISES[name].keras else "ideas"
        for module in (name, f"{name}_correct", f"{name}_form", ideas):
            if Path(__file__).with_name(f"{module}.py").exists():
                importlib.import_module(f"{__name__}.{module}")
    return (
        [submission for submission in registry.WRONG if submission.exercise in chosen],
        [submission for submission in registry.CORRECT if submission.exercise in chosen],
    )


def sampled(submissions):
    """Parameters of a test: of each exercise the first answer of every slug, and the others `weekly`."""
    first = {}
    for one in submissions:
        first.setdefault((one.exercise, one.slug), one)
    chosen = set(first.values())
    return [pytest.param(one, id=one.name, marks=[] if one in chosen else pytest.mark.weekly) for one in submissions]


def gaps(exercise):
    """What the answers to an exercise lack, in words: each of its mistakes is made twice, and no other has a name."""
    wrong, correct = load(exercise)
    slugs = Counter(one.slug for one in wrong)
    names = Counter(one.name for one in wrong + correct)
    listed, general = set(EXERCISES[exercise].mistakes), set(hints.read_file("common"))
    return [
        *(f"{slug} has {slugs[slug]} wrong answers" for slug in listed if slugs[slug] < 2),
        *(f"{slug} is no mistake of the exercise" for slug in set(slugs) - listed - general),
        *(f"{name} occurs twice" for name, number in names.items() if number > 1),
        *(["fewer than three correct answers"] if len(correct) < 3 else []),
    ]
