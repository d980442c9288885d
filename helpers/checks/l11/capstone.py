"""Check of lesson 11: a trained network, on digits that the learner never gets."""

import copy
from dataclasses import replace

import numpy as np

from helpers import data
from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_network import run
from helpers.checks.hints import say
from helpers.checks.l11.tf_trained import faults, look

SPLIT = 11
DUE = 0.95
LEARNED_BY_HEART = 0.7
FORMS = (lambda x: x, lambda x: x[..., np.newaxis], lambda x: x.reshape(len(x), -1))
TOLD_WITHOUT_NUMBERS = (
    "no-batchnorm",
    "missing-training-flag",
    "after-output",
    "per-position-statistics",
    "axis-not-features",
    "wrong-axis",
    "momentum-inverted",
    "frozen-wrongly",
)
"""Faults that show in a network whose weights have become infinite too, and may be why."""


@exercise("capstone", arguments=("dataset",))
def capstone(attempt):
    """Check `fn(dataset)` -> a trained Keras model: at least 0.95 right on digits that it has not seen.

    `dataset` is as from helpers.data.load, with a test part of other pictures: the digits that count stay here. Batch
    normalization must remain, single images must be predicted as in a batch, and the moving statistics must be near the
    exact ones. The table names each fault that is left; the hint is about the first.
    """
    tf_network.require_function(attempt)
    with tf_trace.seeded():
        split = data.load(split=SPLIT)
        given = replace(split, **_other_pictures(split))
        handed_over = copy.deepcopy(given)
        model = attempt.call(handed_over, on=say("capstone.on"), copies=False, random="free")
        tf_network.require_model(attempt, model)
        for part, value in vars(given).items():
            attempt.require(np.array_equal(value, getattr(handed_over, part)), "modifies-input", name=f"dataset.{part}")
        form = _form(attempt, model, split)
        seen = run(attempt, lambda: look(model, form(split.x_train), split.y_train), say("capstone.training_images"))
        found = list(faults(seen))
        by_heart = _right(model, form(given.x_test), given.y_test)
        # Before the last fault: whoever trains on other images has other statistics as well.
        found.insert(-1, (say("capstone.nothing_learned"), by_heart < LEARNED_BY_HEART, "uses-test-data", {}))
        unseen = _right(model, form(split.x_test), split.y_test)
        found.append((say("capstone.unseen", due=DUE), unseen >= DUE, "not-accurate", {"right": f"{unseen:.2f}"}))
        if not np.isfinite(seen.found.output).all():
            found = [(row, ok if slug in TOLD_WITHOUT_NUMBERS else None, slug, facts) for row, ok, slug, facts in found]
            found.append((say("capstone.finite"), False, "not-finite", {"on": "", "name": say("capstone.an_output")}))
        for row, ok, slug, _ in found:
            attempt.row(say("capstone.fault", row=row, slug=slug) if ok is False else row, ok)
        left = [(slug, facts) for _, ok, slug, facts in found if ok is False]
        if left:
            slug, facts = left[0]
            attempt.fail(slug, **facts)


def _other_pictures(split):
    """A test part that shows whether a model was trained on it: negatives, turned, each with the wrong label."""
    x = 1 - split.x_validation.transpose(0, 2, 1)
    return {"x_test": x, "y_test": (split.y_validation + 3) % 10}


def _form(attempt, model, split):
    """How the model wants its images: (N, 8, 8), (N, 8, 8, 1) or (N, 64)."""
    outcomes = [
        attempt.outcome(function=lambda f=f: model(f(split.x_validation)), copies=False, random="free") for f in FORMS
    ]
    due = (len(split.x_validation), 10)
    for form, outcome in zip(FORMS, outcomes):
        if outcome.error is None and tf_network.shape_of(outcome.value) == due:
            return form
    if outcomes[0].error is not None:
        attempt.fail_raised(outcomes[0], say("capstone.images"))
    name, shape = say("capstone.the_output_for", count=due[0]), say("reading.of_shape", shape=due)
    tf_network.wrong_form(attempt, outcomes[0].value, name, shape)


def _right(model, x, y):
    return float(np.mean(tf_trace.predict(model, x).argmax(axis=1) == y))
