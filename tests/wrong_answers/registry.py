"""Where the modules of this package enter their functions."""

from collections.abc import Callable
from typing import NamedTuple

WRONG, CORRECT = [], []


class Submission(NamedTuple):
    """What a learner might hand in, and what the check must say: a slug, or None for a pass."""

    exercise: str
    slug: str | None
    function: Callable

    @property
    def name(self):
        """An id for a test, such as forward-wrong-axis-per_row."""
        return f"{self.exercise}-{self.slug or 'passes'}-{self.function.__name__}"


def wrong(exercise, slug):
    """Decorator: this function is wrong, and exactly so."""

    def enter(function):
        WRONG.append(Submission(exercise, slug, function))
        return function

    return enter


def correct(exercise):
    """Decorator: this function is right."""

    def enter(function):
        CORRECT.append(Submission(exercise, None, function))
        return function

    return enter


def wrong_lines(exercise, functions, apply=None):
    """Enter answers from a table, {slug: {name: function}}: they are wrong, and exactly so.

    With `apply`, the functions are the part that is wrong, and apply(function) is the answer.
    """
    for slug, named in functions.items():
        for name, function in named.items():
            answer = function if apply is None else apply(function)
            answer.__name__ = name
            wrong(exercise, slug)(answer)


def correct_lines(exercise, **functions):
    """Enter answers of one line, by name: they are right."""
    for name, function in functions.items():
        function.__name__ = name
        correct(exercise)(function)
