"""Check of lesson 04: how many ReLU units are 0 for every image."""

from numbers import Real

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.engine.reading import describe
from helpers.checks.hints import say

MISTAKES = {
    "wrong-axis": lambda outputs: np.all(outputs == 0, axis=1).sum(),
    "any-not-all": lambda outputs: np.any(outputs == 0, axis=0).sum(),
    "counts-values": lambda outputs: (outputs == 0).sum(),
    "counts-the-others": lambda outputs: np.any(outputs > 0, axis=0).sum(),
}


def outputs_of(images, units, silent, blank, seed):
    """Outputs of ReLUs (N, D): so many silent units, and so many images for which every unit gives 0."""
    rng = np.random.default_rng(seed)
    outputs = np.maximum(rng.normal(size=(images, units)), 0)
    outputs[:, silent] += 1  # the first unit that is not silent is at work for every image that is not blank
    outputs[:, :silent] = 0
    outputs[images - blank :] = 0
    return outputs


CASES = {
    "some": (outputs_of(40, 7, 3, 5, 0), 3),
    "none": (outputs_of(30, 6, 0, 0, 1), 0),
    "all": (np.zeros((5, 4)), 4),
}


@exercise("silent_units", arguments=("outputs",))
def silent_units(attempt):
    """Check `fn(outputs)`: how many of the D units of ReLUs (N, D) give 0 for every image."""
    counts = {}
    for name, (outputs, _) in CASES.items():
        on = say(f"silent_units.{name}")
        value = attempt.call(outputs, on=on)
        one = isinstance(value, Real) or (isinstance(value, np.ndarray) and value.shape == ())
        facts = {"on": on, "name": say("silent_units.result"), "due": say("reading.one_number")}
        attempt.require(one, "wrong-shape", received=describe(value), **facts)
        counts[name] = float(value)
    attempt.no_side_effects()
    for name, (_, due) in CASES.items():
        attempt.row(say(f"silent_units.{name}"), counts[name] == due, abs(counts[name] - due))
    if all(counts[name] == due for name, (_, due) in CASES.items()):
        return
    for slug, count in MISTAKES.items():
        if all(counts[name] == count(outputs) for name, (outputs, _) in CASES.items()):
            attempt.fail(slug, yours=f"{counts['some']:g}", right=CASES["some"][1])
    name = next(name for name, (_, due) in CASES.items() if counts[name] != due)
    facts = {"name": say("silent_units.result"), "on": say(f"silent_units.{name}"), "place": "", "step": ""}
    attempt.fail("wrong-values", difference=f"{abs(counts[name] - CASES[name][1]):g}", **facts)
