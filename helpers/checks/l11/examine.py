"""Check of lesson 11: an examination that finds the faults of a network without its code."""

import functools

from helpers import data
from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.hints import say
from helpers.checks.l11 import tf_patients
from helpers.checks.l11.tf_capstone import FAULTS

CASES = (
    (),
    ("missing-training-flag", "after-output"),
    ("axis-not-features", "momentum-inverted"),
    ("frozen-wrongly",),
    ("momentum-inverted",),
)
"""Each fault at least once, and a healthy patient; other seeds than those of the lesson."""
SEED = 500


@exercise("examine", arguments=("patient", "images"))
def examine(attempt):
    """Check `fn(patient, images)` -> set of the faults that the patient has, by their names on the page of symptoms.

    The patients of the check are others than the lesson's. Each fault occurs, and one patient is healthy.
    """
    tf_network.require_function(attempt)
    images = data.load(split=SEED).x_validation[:100]
    lines = []
    for number, faults in enumerate(CASES, 1):
        with tf_trace.seeded():
            with attempt.own_time():
                network, history = _trained(number)
                patient = tf_patients.Patient(tf_patients.copy(network), {k: v.copy() for k, v in history.items()})
            value = tf_network.call(attempt, patient, images, on=say("examine.patient", number=number))
        lines.append((number, set(faults), _read(attempt, value)))
    attempt.no_side_effects()
    for number, due, yours in lines:
        attempt.row(say("examine.patient", number=number), due == yours)
    for number, due, yours in lines:
        missed, more = sorted(due - yours), sorted(yours - due)
        attempt.require(not more, "false-alarm", number=number, more=", ".join(more))
        attempt.require(not missed, "fault-missed", number=number, missed=missed[0] if missed else "")


def _read(attempt, value):
    if not isinstance(value, set | frozenset | list | tuple) or not all(isinstance(one, str) for one in value):
        none, kind = say("network.none"), say("network.of_type", kind=type(value).__name__)
        due, received = say("examine.due"), none if value is None else kind
        attempt.fail("wrong-shape", name=say("network.what_comes_back"), due=due, received=received, on="")
    unknown = sorted(set(value) - set(FAULTS))
    if unknown:
        attempt.fail("wrong-shape", hint="unknown-fault", unknown=", ".join(unknown), known=", ".join(FAULTS))
    return set(value)


@functools.cache
def _trained(number):
    """The weights of the patient and its history: trained once, so that each check gets a fresh one soon."""
    with tf_trace.seeded():
        return tf_patients.train(SEED + number, data.load(split=SEED), CASES[number - 1])
