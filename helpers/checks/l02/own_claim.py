"""Check of lesson 02: the design of a claim of the learner's own, whatever comes out of it."""

import math
from numbers import Real

from helpers.checks.engine.core import exercise
from helpers.checks.engine.reading import describe
from helpers.checks.hints import say
from helpers.checks.l02.fair_comparison import in_words, settings_that_differ
from helpers.experiments import Experiment


@exercise("own_claim", arguments=())
def own_claim(attempt):
    """Check `fn()` -> (Experiment without, Experiment with, smallest effect that matters).

    The two Experiments differ in batch normalization alone. The effect is a share of the test images: 0.01 is a point.
    """
    value = attempt.call()
    attempt.no_side_effects()
    due = say("own_claim.due")
    attempt.require(isinstance(value, (tuple, list)), "wrong-shape", hint="no-pair", due=due, received=describe(value))
    if len(value) == 2:
        attempt.row(say("own_claim.threshold"), False)
        attempt.fail("no-threshold")
    attempt.require(len(value) == 3, "wrong-shape", hint="no-pair", due=due, received=describe(value))
    *pair, smallest = value
    for name, one in zip(("first", "second"), pair):
        facts = {"name": say(f"fair_comparison.{name}"), "received": type(one).__name__}
        attempt.require(isinstance(one, Experiment), "wrong-shape", hint="no-experiment", **facts)
    names = settings_that_differ(*pair)
    number = isinstance(smallest, Real) and not isinstance(smallest, bool) and math.isfinite(smallest)
    attempt.row(say("own_claim.one_change"), names == ["batch_norm"] and pair[1].batch_norm)
    attempt.row(say("own_claim.threshold"), number and 0 < smallest < 1)
    facts = {"differing": in_words(names, pair)}
    attempt.require("batch_norm" not in names or len(names) == 1, "two-factors-changed", **facts)
    attempt.require(names, "nothing-changed")
    attempt.require("batch_norm" in names, "another-factor-changed", **facts)
    attempt.require(pair[1].batch_norm, "wrong-order")
    attempt.require(number and smallest > 0, "no-threshold")
    attempt.require(smallest < 1, "no-threshold", hint="threshold-too-large", yours=f"{smallest:g}")
