"""helpers.checks.engine.core.Attempt by itself: how one call of a submission ends."""

import time

import pytest

from helpers.checks.engine import core


def leaves(moving, batch, momentum):
    raise SystemExit(3)


def diagnosed(submission, *arguments, **settings):
    """How a call ends that one check makes of the submission: the slug, and what fills its hints."""
    with pytest.raises(core.Diagnosed) as caught:
        core.Attempt(submission, "update_moving", ("moving", "batch", "momentum")).call(*arguments, **settings)
    return caught.value.slug, caught.value.facts


def test_what_a_call_raises_is_told_with_its_input_and_its_line():
    error = "ZeroDivisionError: division by zero (in your line: return 1 / moving)"

    def divides(moving):
        return 1 / moving

    assert diagnosed(divides, 0, on="zero") == ("raises", {"on": " on zero", "error": error})
    assert diagnosed(divides, 0) == ("raises", {"on": "", "error": error})


def test_what_a_failed_run_raised_can_be_told_without_its_input():
    attempt = core.Attempt(leaves, "update_moving", ("moving", "batch", "momentum"))
    with pytest.raises(core.Diagnosed) as caught:
        attempt.fail_raised(attempt.outcome(1, 2, 3))
    assert caught.value.facts["on"] == ""


def test_what_the_check_does_itself_costs_the_learner_no_time(monkeypatch):
    monkeypatch.setattr(core, "LIMIT_SECONDS", 1.0)
    attempt = core.Attempt(lambda: time.sleep(0.1) or "in time", "update_moving", ())
    with attempt.own_time():
        time.sleep(1.0)
    assert attempt.call() == "in time"
