"""The referee of the checks: submissions by the thousand, right ones and wrong ones, for every exercise.

    from tests.referee import judged
    judged("forward", 200, seed=0)      # a list of Verdicts
    python -m tests.referee 200         # the table of all exercises, and each misjudged submission

A right submission must pass, a wrong one must be called by one of its own slips. There are three sources:

- texts of code with slots (referee_texts.py), each slot filled with one of many right expressions, or with a slip;
- the switches of the check's own formula, one or two slips at once, on inputs of random size and dtype;
- the answers of tests/wrong_answers, handed in another form: as a method, a partial, with other layouts of arrays.
"""

import functools
import importlib
import sys
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from helpers import checks
from helpers.checks.engine.core import Attempt, Diagnosed
from helpers.checks.engine.values import Case, judge
from helpers.course.lessons import EXERCISES
from tests import wrong_answers
from tests.referee_texts import INPUTS, TEXTS, write

FORMAL = {"raises", "wrong-shape", "wrong-dtype", "not-finite", "not-attempted", "modifies-input"}
FORMAL |= {"modifies-global-state", "unstable-variance"}
"""Slugs of answers whose arrays are left alone: another layout or a copy would mend them, or spoil them further."""

ALIASES = (
    # Where no variance is as small as the floor, it does nothing, as no epsilon does.
    ({"outside": "floor"}, "epsilon-ignored"),
    ({"outside": "floor under the root"}, "epsilon-ignored"),
    # x_hat without its inv_std in the variance's part: the same as inv_std to another power.
    ({"bare": ("variance",)}, "wrong-power"),
    # The weight of the old values is 1 - 0.
    ({"constant": 0.0, "weights": "inverted"}, "moving-not-updated"),
)
"""Switches, and the other name of their formula: either holds."""


class Verdict(NamedTuple):
    """One submission: what it is, the slips in it (none: it is right), and what the check said (None: passed)."""

    what: str
    slips: frozenset
    said: str | None

    @property
    def just(self):
        return self.said in self.slips if self.slips else self.said is None


def task_of(exercise):
    """The Task of an exercise on arrays, or None."""
    if EXERCISES[exercise].keras:
        return None
    return getattr(importlib.import_module(f"helpers.checks.l{EXERCISES[exercise].lesson}.{exercise}"), "TASK", None)


# The three sources: (what, slips, submission)


def from_texts(exercise, rng):
    text, slips = write(TEXTS[exercise], rng, wrong=rng.choice([0, 1, 1, 2]))
    names = {"np": np}
    if slips & {"epsilon-ignored", "epsilon-outside-sqrt", "divides-by-variance"} and text.count("epsilon") > 1:
        slips |= {"epsilon-uneven"}  # the slip is in one line, and another line has the right epsilon
    exec(compile(text, f"<{exercise}>", "exec"), names)  # our own text, from referee_texts.py
    return text, slips, names["answer"]


def from_switches(exercise, rng):
    task = task_of(exercise)
    drawn = [task.mistakes[i] for i in rng.integers(len(task.mistakes), size=rng.choice([1, 2]))]
    chosen = {one.slot: one for one in drawn}.values()
    settings = {key: value for one in chosen for key, value in one.settings.items()}

    def answer(*arguments):
        results = task.compute(*arguments, **settings)
        return results[0] if len(results) == 1 else results

    slips = {one.slug for one in chosen}
    if all(stops(answer, case.arguments) for case in task.cases):  # then perhaps nothing more can be said of it
        slips |= {"raises"}
    slips |= {slug for some, slug in ALIASES if some.items() <= settings.items()}
    return f"switches {settings}", frozenset(slips), answer


def stops(function, arguments):
    try:
        with np.errstate(all="ignore"):
            function(*arguments)
    except Exception:
        return True
    return False


def from_table(exercise, rng):
    wrong, right = wrong_answers.load(exercise)
    one = (wrong + right)[rng.integers(len(wrong + right))]
    arrays = task_of(exercise) is not None and one.slug not in FORMAL
    form = rng.choice([*FORMS, *(LAYOUTS if arrays else {})])
    answer = (FORMS | LAYOUTS)[form](one.function)
    return f"{one.name} {form}", frozenset([one.slug] if one.slug else []), answer


def sources(exercise):
    task = task_of(exercise)
    found = [from_table, *([from_texts] * 2 if exercise in TEXTS else [])]
    return found + ([from_switches] if task is not None and task.mistakes else [])


# Other forms of the same answer


def decorated(function):
    @functools.wraps(function)
    def answer(*arguments, **options):
        return function(*arguments, **options)

    return answer


def as_a_method(function):
    class Learner:
        def answer(self, *arguments, **options):
            return function(*arguments, **options)

    return Learner().answer


def as_an_object(function):
    class Answer:
        def __call__(self, *arguments, **options):
            return function(*arguments, **options)

    return Answer()


def with_arrays(change):
    """The answer that changes each array before it uses it."""

    def form(function):
        def answer(*arguments):
            return function(*(change(a) if isinstance(a, np.ndarray) else a for a in arguments))

        return answer

    return form


def with_results(change):
    """The answer whose result, or results, are changed; steps that are handed over stay."""

    def form(function):
        def answer(*arguments):
            value = function(*arguments)
            if isinstance(value, tuple) and not any(isinstance(one, dict) for one in value):
                return tuple(change(np.asarray(one)) if np.ndim(one) else one for one in value)
            return change(value) if isinstance(value, np.ndarray) and value.ndim else value

        return answer

    return form


def strided(array):
    """The same numbers in every second cell of a larger array."""
    wide = np.zeros((*array.shape, 2), array.dtype)
    wide[..., 1] = array
    return wide[..., 1]


FORMS = {
    "decorated": decorated,
    "as a method": as_a_method,
    "as an object": as_an_object,
    "as a partial": functools.partial,
    "in a lambda": lambda function: lambda *arguments, **options: function(*arguments, **options),
}
LAYOUTS = {
    "on copies": with_arrays(np.copy),
    "in Fortran's order": with_arrays(np.asfortranarray),
    "on strided arrays": with_arrays(strided),
    "on arrays turned around twice": with_arrays(lambda a: a[::-1].copy()[::-1]),
    "from lists": with_arrays(lambda a: np.array(a.tolist(), a.dtype).reshape(a.shape)),
    "with results in Fortran's order": with_results(np.asfortranarray),
    "with strided results": with_results(strided),
    "with results in a list": lambda function: lambda *a: list(v) if isinstance(v := function(*a), tuple) else v,
}


# Judging


def on_other_inputs(exercise, submission, rng):
    """What the check's own rules say of the submission on inputs of random sizes: a slug or None."""
    task, make = task_of(exercise), INPUTS[exercise]
    cases = tuple(Case(f"random input {i}", make(rng, square=i == 1)) for i in range(3))
    attempt = Attempt(submission, exercise, ("argument",) * 9)
    try:
        judge(attempt, replace(task, cases=cases, edges=task.edges))
    except Diagnosed as diagnosed:
        return diagnosed.slug
    return None


def judged(exercise, number, *, seed=0):
    """The Verdicts on this many submissions."""
    rng, ways, verdicts = np.random.default_rng([seed, list(EXERCISES).index(exercise)]), sources(exercise), []
    for i in range(number):
        way = ways[i % len(ways)]
        what, slips, submission = way(exercise, rng)
        said = "raises"
        if exercise in INPUTS and way is not from_table and rng.random() < 0.5:
            said = on_other_inputs(exercise, submission, rng)
        if said == "raises":  # the check's own inputs are of every shape, and let the slip show
            said = getattr(checks, exercise)(submission).diagnosis
        verdicts.append(Verdict(what, slips, said))
    return verdicts


COLUMNS = ("names", "wrong", "right", "generated", "misjudged")


def line(exercise, verdicts):
    """The line of the table: what the exercise has, and how its check judged."""
    numbers = (EXERCISES[exercise].mistakes, *wrong_answers.load(exercise), verdicts, misjudged(verdicts))
    return f"{exercise:<20}" + "".join(f"{len(many):>11}" for many in numbers)


def misjudged(verdicts):
    """What went wrong, in words."""
    return [
        f"{sorted(one.slips) or 'right'} was called {one.said or 'right'}:\n{one.what}"
        for one in verdicts
        if not one.just
    ]


def main(number, chosen):
    """Print the table, and what was misjudged; returns how many submissions were."""
    print(f"{'exercise':<20}" + "".join(f"{name:>11}" for name in COLUMNS))
    unjust = []
    for exercise in chosen or EXERCISES:
        verdicts = judged(exercise, number)
        print(line(exercise, verdicts), flush=True)
        unjust += [f"{exercise}: {words}" for words in misjudged(verdicts)]
    print("", *unjust, sep="\n\n")
    return len(unjust)


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]), sys.argv[2:]) else 0)
