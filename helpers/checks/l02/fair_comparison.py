"""Check of lesson 02: two experiments that differ in batch normalization and in nothing else."""

from dataclasses import fields, replace

from helpers.checks.engine.core import exercise
from helpers.checks.engine.reading import describe
from helpers.checks.hints import say
from helpers.experiments import Experiment

SIDES = ("first", "second")

_PLAIN = Experiment(batch_norm=False, activation="relu")
BASES = (
    _PLAIN,
    replace(_PLAIN, batch_norm=True, activation="tanh", hidden=(20, 10), learning_rate=0.3, steps=50),
    Experiment(
        batch_norm=True,
        activation="sigmoid",
        hidden=(30,),
        learning_rate=2.0,
        init_scale="he",
        batch_size=32,
        steps=7,
        dataset="mnist",
        placement="after",
        dropout=0.25,
        weight_decay=0.001,
        noise=0.5,
        output_init_scale=0.1,
        momentum=0.9,
        epsilon=0.01,
        evaluations=3,
        train_size=500,
    ),
)
"""The last one has no setting at its default, so that whatever is not taken over shows."""


@exercise("fair_comparison", arguments=("base",))
def fair_comparison(attempt):
    """Check `fn(base)` -> (without, with): two Experiments made from the Experiment `base`.

    They differ in `batch_norm` alone, and in all other settings they are as `base`, which may itself be with or without
    batch normalization.
    """
    pairs = [_pair(attempt, base) for base in BASES]
    attempt.no_side_effects()
    differing = [settings_that_differ(*pair) for pair in pairs]
    others = [[name for name in names if name != "batch_norm"] for names in differing]
    changed = [
        sorted({name for one in pair for name in settings_that_differ(one, base)} - {"batch_norm"})
        for pair, base in zip(pairs, BASES)
    ]
    flags = [(without.batch_norm, with_.batch_norm) for without, with_ in pairs]
    attempt.row(say("fair_comparison.without"), all(not first for first, _ in flags))
    attempt.row(say("fair_comparison.with_"), all(second for _, second in flags))
    attempt.row(say("fair_comparison.nothing_else"), not any(others))
    attempt.row(say("fair_comparison.as_base"), not any(changed))
    for names, other, pair in zip(differing, others, pairs):
        facts = {"differing": in_words(names, pair)}
        attempt.require("batch_norm" not in names or not other, "two-factors-changed", **facts)
        attempt.require(names, "nothing-changed", which=say(f"fair_comparison.{_which(pair[0])}"))
        attempt.require("batch_norm" in names, "another-factor-changed", **facts)
    for without, with_ in pairs:
        attempt.require(with_.batch_norm and not without.batch_norm, "wrong-order")
    for names, pair, base in zip(changed, pairs, BASES):
        attempt.require(not names, "ignores-base", differing=in_words(names, (base, pair[0])))


def _pair(attempt, base):
    """What came back as two Experiments, or the end of the check because of its form."""
    value = attempt.call(base, on=say("fair_comparison.an_experiment"))
    due = say("fair_comparison.due")
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        attempt.fail("wrong-shape", hint="no-pair", due=due, received=describe(value))
    for name, one in zip(SIDES, value):
        if not isinstance(one, Experiment):
            attempt.fail(
                "wrong-shape", hint="no-experiment", name=say(f"fair_comparison.{name}"), received=type(one).__name__
            )
    return tuple(value)


def settings_that_differ(one, other):
    return [field.name for field in fields(Experiment) if getattr(one, field.name) != getattr(other, field.name)]


def in_words(names, pair):
    """`learning_rate (0.01 and 0.1) and steps (7 and 50)`."""
    and_ = say("fair_comparison.and")
    values = {name: and_.join(str(getattr(one, name)) for one in pair) for name in names}
    words = [say("fair_comparison.setting", name=name, values=values[name]) for name in names]
    return and_.join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _which(experiment):
    return "with_it" if experiment.batch_norm else "without_it"
