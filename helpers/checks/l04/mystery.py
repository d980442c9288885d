"""Check of lesson 04: a failing run, taken apart by changing one setting at a time."""

import functools
from dataclasses import replace

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.reading import describe
from helpers.checks.hints import say
from helpers.checks.l02.fair_comparison import in_words, settings_that_differ
from helpers.experiments import Experiment, train

MYSTERY = Experiment(
    batch_norm=True,
    activation="relu",
    hidden=(120, 80, 60),
    learning_rate=0.01,
    init_scale=5.0,
    batch_size=1,
    weight_decay=0.0001,
    momentum=0.9,
    epsilon=0.01,
    steps=600,
    evaluations=10,
)
GOAL = 0.95
KEPT = ("batch_norm", "steps", "dataset", "evaluations", "train_size")


@exercise("mystery", arguments=("base",))
def mystery(attempt):
    """Check `fn(base)` -> Experiments, each one change away from the one before (the first: from `base`).

    The last one trains: its median test accuracy over five seeds is at least 0.95. If any of the changes is undone, it
    is not. `batch_norm` and `steps` stay.
    """
    path = _path(attempt, attempt.call(MYSTERY))
    attempt.no_side_effects()
    steps = list(zip([MYSTERY, *path], path))
    changes = [settings_that_differ(*step) for step in steps]
    kept = [name for names in changes for name in names if name in KEPT]
    attempt.row(say("mystery.one_change"), all(len(names) == 1 for names in changes))
    attempt.row(say("mystery.kept"), not kept)
    for step, names in zip(steps, changes):
        attempt.require(names, "nothing-changed")
        attempt.require(len(names) == 1, "two-factors-changed", differing=in_words(names, step))
    attempt.require(not kept, "another-factor-changed", differing=", ".join(kept))
    reached = _median(path[-1])
    attempt.row(say("mystery.trains"), reached >= GOAL)
    attempt.require(reached >= GOAL, "still-fails", reached=f"{reached:.2f}")
    changed = settings_that_differ(MYSTERY, path[-1])
    undone = {name: _median(replace(path[-1], **{name: getattr(MYSTERY, name)})) for name in changed}
    needless = [name for name in undone if undone[name] >= GOAL]
    needless += [name for (name,) in changes if name not in changed]  # changed and changed back
    attempt.row(say("mystery.needed"), not needless)
    for name in needless:
        attempt.fail("needless-change", name=name)


def _path(attempt, value):
    due = say("mystery.due")
    usable = isinstance(value, (tuple, list)) and len(value) > 0 and all(isinstance(one, Experiment) for one in value)
    attempt.require(usable, "wrong-shape", hint="no-path", due=due, received=describe(value))
    path = list(value[1:] if len(value) > 1 and value[0] == MYSTERY else value)
    return path


@functools.lru_cache(maxsize=64)
def _median(experiment):
    return float(np.median(train(experiment, seeds=5, progress=False).test_accuracy))
