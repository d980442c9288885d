"""How a check is written: a function that takes an Attempt, decorated with its exercise.

    from helpers.checks.engine.core import exercise

    @exercise("update_moving", arguments=("moving", "batch", "momentum"))
    def update_moving(attempt):
        '''What the learner reads with `checks.update_moving?`.'''
        value = attempt.call(moving, batch, 0.9)                    # fails with not-attempted or raises by itself
        attempt.require(np.shape(value) == (5,), "wrong-shape", name="result", received=..., due=...)
        attempt.no_side_effects()                                   # fails with modifies-input, modifies-global-state
        attempt.row("result", ok, difference, bound)                # a line of the table
        if inverted:
            attempt.fail("momentum-inverted", yours=f"{yours:.2f}")  # ends the check; keywords fill the hint's {yours}
        # Falling off the end means: passed.

The decorated function is `update_moving(submission) -> CheckResult`. It never raises because of the submission.

- Order: not attempted; raises; shape (None included); dtype; arguments or global state changed; then the values on
  ordinary input, in the order of the course's list of mistakes. Edge inputs decide what ordinary input leaves open.
- `attempt.call(..., copies=False)` hands over the arguments themselves (a model that is there to be changed);
  `random="free"` where the exercise trains or builds a network. Both leave the global generators as they were.
- `attempt.outcome(...)` is `call` that hands back everything that happened (`running.Outcome`) and never fails
  by itself.
- All calls of one check share 20 s (`running.time_limit`). What the check itself does with a model that the submission
  returned is run by `attempt.call(function_of_ours, model, function=...)`, so that an error inside the learner's model
  is reported, not raised.
- Hints: helpers/checks/hints/en/NN.toml. Exercises on plain arrays need none of this: see values.py.
"""

import contextlib
import functools
import time

from helpers.checks import hints
from helpers.checks.engine import running
from helpers.checks.engine.result import CheckResult, Row
from helpers.checks.hints import say, say_on
from helpers.course import progress

LIMIT_SECONDS = 20.0

CHECKS = {}
"""Exercise -> its check, of the modules imported so far."""


class Diagnosed(BaseException):
    """Ends a check with a diagnosis. No Exception, so that nothing in between takes it for an error."""

    def __init__(self, slug, facts):
        super().__init__(slug)
        self.slug, self.facts = slug, facts


class Attempt:
    """One submission on its way through a check: calls it, collects the table, ends with a diagnosis."""

    def __init__(self, submission, exercise, arguments):
        self.submission, self.exercise, self.arguments = submission, exercise, arguments
        self.rows, self.notes, self.printed = [], [], ""
        self._deadline = time.monotonic() + LIMIT_SECONDS
        self.side_effect = None

    def outcome(self, *arguments, function=None, copies=True, random="watched"):
        """The running.Outcome of one call; NotImplementedError and the time limit end the check here already."""
        left = self._deadline - time.monotonic()
        seconds, watched = max(left, 0.05), random == "watched"
        outcome = running.run(function or self.submission, arguments, seconds=seconds, copies=copies, watched=watched)
        self.printed = self.printed or outcome.printed
        self._deadline += outcome.imported
        if isinstance(outcome.error, NotImplementedError):
            self.fail("not-attempted")
        if running.timed_out(outcome):
            self.fail("raises", hint="too-slow", seconds=f"{LIMIT_SECONDS:g}")
        if self.side_effect is None and outcome.changed_argument is not None and function is None:
            self.side_effect = ("modifies-input", {"name": self._argument_name(outcome.changed_argument)})
        if self.side_effect is None and outcome.changed_generator is not None and watched:
            self.side_effect = ("modifies-global-state", {"whose": outcome.changed_generator})
        return outcome

    def call(self, *arguments, on="", function=None, copies=True, random="watched"):
        """What the submission (or `function`) returns for these arguments; `on` says in words what they are."""
        outcome = self.outcome(*arguments, function=function, copies=copies, random=random)
        if outcome.error is not None:
            self.fail_raised(outcome, on)
        return outcome.value

    def fail_raised(self, outcome, on=""):
        """End with `raises`, the error in words."""
        facts = {
            "on": say_on(on),
            "error": running.describe_error(outcome.error, self.submission),
        }
        if _never_entered(outcome.error):
            self.fail("raises", hint="other-arguments", arguments=", ".join(self.arguments), **facts)
        self.fail("raises", **facts)

    @contextlib.contextmanager
    def own_time(self):
        """What the check itself does inside the block costs the learner none of the seconds."""
        begin = time.monotonic()
        yield
        self._deadline += time.monotonic() - begin

    def no_side_effects(self):
        """End the check if a call so far changed its arguments or a global random generator."""
        if self.side_effect is not None:
            slug, facts = self.side_effect
            self.fail(slug, **facts)

    def row(self, name, ok, difference=None, bound=None):
        """Add a line to the table."""
        self.rows.append(Row(name, ok, None if difference is None else float(difference), bound))

    def note(self, sentence):
        """Say something more to those who pass."""
        self.notes.append(sentence)

    def require(self, condition, slug, **facts):
        """End the check with `slug` unless `condition` holds."""
        if not condition:
            self.fail(slug, **facts)

    def fail(self, slug, **facts):
        """End the check with the diagnosis `slug`.

        The facts fill the placeholders of its hints, {first} among them: the first row of the table that differs.
        `hint=` names other hints than the slug's own, where one slug shows in several ways.
        """
        first = next((row.name for row in self.rows if row.ok is False), None)
        raise Diagnosed(slug, facts if first is None else {"first": first} | facts)

    def _argument_name(self, place):
        return self.arguments[place] if place < len(self.arguments) else say("running.argument", number=place + 1)


def _never_entered(error):
    """Whether a TypeError arose in the call itself, because the submission takes other arguments."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return isinstance(error, TypeError) and trace is not None and trace.tb_frame.f_code is running._run.__code__


def exercise(name, *, arguments):
    """Decorator: a function of an Attempt becomes `check(submission) -> CheckResult`.

    Parameters
    ----------
    name : str
        The exercise, as in helpers/course/lessons.toml.
    arguments : tuple of str
        The names of the submission's arguments, in order, for messages.
    """

    def decorate(body):
        @functools.wraps(body)
        def check(submission):
            attempt = Attempt(submission, name, arguments)
            slug, facts = None, {}
            try:
                if not callable(submission):
                    received = type(submission).__name__
                    attempt.fail("raises", hint="not-callable", received=received, exercise=name)
                body(attempt)
            except Diagnosed as diagnosed:
                slug, facts = diagnosed.slug, diagnosed.facts
            return _result(attempt, slug, facts)

        del check.__wrapped__  # help and signature show the submission, not the Attempt
        CHECKS[name] = check
        return check

    return decorate


def _result(attempt, slug, facts):
    name, rows, printed = attempt.exercise, tuple(attempt.rows), attempt.printed
    if slug is None:
        progress.record(name, True, None)
        return CheckResult(name, True, None, " ".join([hints.praise(name), *attempt.notes]), rows, (), printed)
    if slug == "not-attempted":
        sentence = hints.find(name, slug)[0]
        return CheckResult(name, False, slug, sentence, rows, (), printed)
    failures = progress.record(name, False, slug)
    so_far = hints.fill(name, facts.pop("hint", slug), facts)[: max(1, min(failures, 3))]
    return CheckResult(name, False, slug, so_far[-1], rows, so_far, printed)
