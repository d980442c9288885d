"""Checks of exercises that map arrays to arrays: run on several inputs, compared step by step, diagnosed.

TASK = Task(cases=(Case("eight rows of five features", (x, gamma, beta, 1e-3)), ...), edges=(...),
            answer=answer, compute=compute, mistakes=(...))

@exercise("forward", arguments=("x", "gamma", "beta", "epsilon"))
def forward(attempt):
    judge(attempt, TASK)
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from helpers.checks.engine import diagnosing
from helpers.checks.engine.reading import Problem, Reading, deviation, read, within
from helpers.checks.engine.result import Row
from helpers.checks.hints import say, say_on


class Case(NamedTuple):
    """One input, and what to call it in a sentence: "on eight rows of five features"."""

    name: str
    arguments: tuple
    ordinary: bool = True
    """False for edges; set by the Task."""
    relative: float | None = None
    """Where given: agreement within this share of the largest right value is enough."""
    verdict: Callable | None = None
    """For an edge: (run, trial) -> slug or None, asked first where the submission is wrong; run(case) gives a Trial."""


class Answer(NamedTuple):
    """What is right for one input; the dicts are in the order of computation."""

    results: dict
    steps: dict
    tolerance: dict
    """Result -> how far off it may be: a number or an array that broadcasts, from float32 conditioning."""
    seen: Callable | None = None
    """results -> {name: (value, tolerance)}: what can be told from outside, such as each feature's mean."""


@dataclass(frozen=True)
class Task:
    """An exercise on arrays."""

    cases: tuple
    """Ordinary inputs, all run and judged together."""
    edges: tuple
    """Inputs that decide what the ordinary ones leave open, one after the other."""
    answer: Callable
    """(*arguments) -> Answer."""
    compute: Callable
    """(*arguments, **settings) -> tuple of results, with switches for the mistakes."""
    mistakes: tuple
    """Known mistakes, the first to mend first."""
    estimate: Callable | None = None
    """(trial) -> further Mistakes, whose settings are read off the results (an unknown constant, say)."""
    together: int = 4
    """How many mistakes are looked for at once."""
    facts: Callable | None = None
    """(trial) -> what the hints' placeholders are filled with, read off the first wrong results."""
    given: Callable | None = None
    """(trial) -> the same, of the input alone: known whatever came back."""

    def __post_init__(self):
        object.__setattr__(self, "edges", tuple(case._replace(ordinary=False) for case in self.edges))


class Trial:
    """One input, what is right for it and what the submission made of it."""

    def __init__(self, case, task, outcome):
        self.case, self.arguments, self.outcome = case, case.arguments, outcome
        self.answer = answer_for(task, case)
        shapes = {name: value.shape for name, value in self.answer.results.items()}
        self.raised = outcome.error is not None
        self.reading = Reading({}, {}, None) if self.raised else read(outcome.value, shapes)
        self.results = self.reading.results
        self.returned = not self.raised and len(self.results) == len(shapes)

    @property
    def problem(self):
        """What is wrong with the form of what came back, as a Problem; None if nothing is."""
        return self.reading.problem

    @property
    def shaped(self):
        """Whether every result came back, each of the right shape."""
        due = self.answer.results
        return self.returned and all(self.results[name].shape == right.shape for name, right in due.items())

    @property
    def right(self):
        return self.returned and self.problem is None and all(map(self.is_right, self.results))

    def is_right(self, name):
        return within(self.results[name], self.answer.results[name], self.answer.tolerance[name])


def answer_for(task, case):
    """The Answer for a case, computed in float64, with its own tolerance where it has one."""
    answer = task.answer(*in_float64(case.arguments))
    if case.relative is None:
        return answer
    return answer._replace(tolerance={n: case.relative * np.abs(v).max() for n, v in answer.results.items()}, seen=None)


def in_float64(arguments):
    """The arguments with float arrays as float64."""
    return tuple(a.astype(np.float64) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in arguments)


def judge(attempt, task):
    """Run the submission on all inputs of the task; falls off the end if it passes."""

    def run(case):
        return Trial(case, task, attempt.outcome(*case.arguments))

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of our own arithmetic with wrong settings, such as the mean of no rows
        _judge(attempt, task, run)


def _judge(attempt, task, run):
    trials = [run(case) for case in task.cases]
    _settle(attempt, task, trials, trials)
    for case in task.edges:
        trial = run(case)
        trials.append(trial)
        if not trial.right and case.verdict is not None:
            slug = case.verdict(run, trial)
            if slug is not None:
                _fail(attempt, task, trials, slug)
        _settle(attempt, task, trials, [trial])
    _add_rows(attempt, trials)
    for row in attempt.rows:
        if row.ok is False:
            attempt.note(say("values.other_step", name=row.name))


def _settle(attempt, task, trials, new):
    """End the check if something is wrong with the new trials; the earlier ones are right."""
    if all(trial.right for trial in new):
        _no_side_effects(attempt, trials)
        return
    formal = next((_formal(trial) for trial in _by_form(new) if _formal(trial) is not None), None)
    estimated = _estimates(task, trials) if formal is None else ()
    known = diagnosing.find(task.compute, task.mistakes + estimated, trials, most=task.together)
    if formal is not None and not known:
        _add_rows(attempt, trials)
        trial = next(trial for trial in _by_form(new) if _formal(trial) is not None)
        if trial.raised:
            attempt.fail_raised(trial.outcome, trial.case.name)
        attempt.fail(formal.slug, on=say_on(trial.case.name), **formal.facts)
    if formal is None:
        _no_side_effects(attempt, trials)
    if known:
        _fail(attempt, task, trials, min((one.slug for one in known), key=_order(task.mistakes + estimated)))
    _fail_unknown(attempt, trials, new)


def _by_form(trials):
    """The trials that raised, then those of a wrong shape, then those of a wrong dtype."""
    rank = {"raises": 0, "wrong-shape": 1, "wrong-dtype": 2}
    return sorted(trials, key=lambda trial: rank[_formal(trial).slug] if _formal(trial) else 3)


def _formal(trial):
    return Problem("raises", {}) if trial.raised else trial.problem


def _order(mistakes):
    slugs = list(dict.fromkeys(one.slug for one in mistakes))
    return slugs.index


def _no_side_effects(attempt, trials):
    """As attempt.no_side_effects, with the table."""
    if attempt.side_effect is not None:
        _add_rows(attempt, trials)
        attempt.no_side_effects()


def _fail(attempt, task, trials, slug):
    _add_rows(attempt, trials)
    wrong = [trial for trial in trials if not trial.right]
    trial = next((trial for trial in wrong if trial.returned), wrong[0])
    facts = task.given(trial) if task.given is not None else {}
    if task.facts is not None and trial.shaped:
        facts |= task.facts(trial)
    attempt.fail(slug, **facts)


def _estimates(task, trials):
    trial = next((trial for trial in trials if trial.returned and trial.problem is None), None)
    return () if task.estimate is None or trial is None else tuple(task.estimate(trial))


def _fail_unknown(attempt, trials, new):
    """not-finite or wrong-values, with the place of the largest difference: the one that the table shows."""
    _add_rows(attempt, trials)
    wrong = [trial for trial in new if not trial.right]
    name = next(name for name in wrong[0].results if not wrong[0].is_right(name))
    trial = max(wrong, key=lambda trial: deviation(trial.results[name], trial.answer.results[name]))
    yours, right = trial.results[name], trial.answer.results[name]
    on = say_on(trial.case.name)
    if not np.isfinite(yours).all():
        attempt.fail("not-finite", name=f"`{name}`", on=on)
    place = np.unravel_index(np.argmax(np.abs(yours - right)), yours.shape)
    index = ", ".join(str(i) for i in place)
    place = say("values.place", name=name, index=index) if index else ""
    attempt.fail("wrong-values", name=f"`{name}`", on=on, place=place, difference=f"{deviation(yours, right):.2g}")


def _add_rows(attempt, trials):
    """The table: handed-over steps in the order of computation, what is seen from outside, the results."""
    lines, whole = {}, all(trial.right for trial in trials)
    for trial in (trial for trial in trials if trial.returned):
        for line in _lines(trial, whole):
            lines.setdefault(line.name, []).append(line)
    order = [name for trial in trials for name in (*trial.answer.steps, *_seen(trial, trial.answer.results))]
    order += trials[0].answer.results
    for name in sorted(lines, key=lambda name: order.index(name) if name in order else len(order)):
        same = lines[name]
        if same[0].ok is None:
            attempt.row(name, None)
            continue
        if name in trials[0].answer.results and any(trial.raised for trial in trials):
            attempt.row(name, False)  # right elsewhere is not right where nothing came back
            continue
        largest = np.max([line.difference for line in same])
        bounds = [line.bound for line in same if line.bound is not None]
        attempt.row(name, all(line.ok for line in same), largest, max(bounds, default=None))


def _lines(trial, whole):
    """The Rows of one trial; the bound is None where it is that of an edge, which is wider than the ordinary one."""
    answer, ordinary = trial.answer, trial.case.ordinary
    for name, yours in trial.reading.steps.items():
        if name not in answer.steps:
            yield Row(name, None, None)
        elif ordinary:
            yours, right = np.squeeze(yours), np.squeeze(answer.steps[name])
            bound = 1e-4 * max(np.abs(right).max(initial=0.0), 1e-2)
            yield Row(name, within(yours, right, bound), _apart(yours, right), bound)
    due = _seen(trial, answer.results)
    for name, (yours, _) in (_seen(trial, trial.results) if trial.shaped else {}).items():
        right, bound = due[name]
        ok = whole or within(yours, right, bound)
        yield Row(name, ok, deviation(yours, right), float(np.max(bound)) if ordinary else None)
    for name, right in answer.results.items():
        bound = float(np.max(answer.tolerance[name])) if ordinary else None
        yield Row(name, trial.is_right(name), _apart(trial.results[name], right), bound)


def _apart(yours, right):
    return deviation(yours, right) if yours.shape == right.shape else np.nan


def _seen(trial, results):
    return {} if trial.answer.seen is None else trial.answer.seen(results)
