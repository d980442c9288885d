"""Judge a trained network with batch normalization: which of the usual faults are left in it."""

from typing import Any, NamedTuple

import numpy as np

from helpers.checks.engine import tf_trace
from helpers.checks.engine.tf_examine import NOTICED, OFF_CENTRE, Findings, examine
from helpers.checks.hints import say
from helpers.doctor.facts import distances, rms

SMALLEST_MOMENTUM = 0.5
"""A smaller weight of the old value keeps little more than the last batch."""
EXACT = 0.03
NEAR_MEAN, NEAR_VARIANCE = 0.1, 0.2
"""Root mean square over a layer's features: of the distance of means in standard deviations, of the log of the ratio of
variances. After 300 steps of 64 with momentum 0.9 both are about 0.03; with momentum 0.1 one of them is above."""
GOOD_BY_BATCH, MODES_APART = 0.92, 0.05
"""A network that lost its memory was good by the batch's statistics. One that was trained in inference mode, and is as
good by them, is better by the memory that it was trained with (12 settings, 10 to 320 steps)."""


class Memory(NamedTuple):
    """The moving statistics of one layer beside the exact ones of the training images."""

    layer: Any
    at_start: bool
    """Whether they are still 0 and 1 everywhere."""
    mean_off: float
    variance_off: float


class Seen(NamedTuple):
    """What a trained model does on its training images."""

    model: Any
    found: Findings
    memories: list
    right_by_batch: float
    """Share of images that it gets right with the statistics of all of them (training mode)."""
    right_by_memory: float


def look(model, x, y):
    """A Seen of the model; x are the training images, y their labels."""
    found = examine(model, x[:200])
    memories = [_memory(call) for call in tf_trace.watch(model, x, training=True).calls if tf_trace.is_norm(call.layer)]
    right = (np.mean(tf_trace.predict(model, x, training=training).argmax(axis=1) == y) for training in (True, False))
    return Seen(model, found, memories, *map(float, right))


def _memory(call):
    mean, variance = (np.ravel(v.numpy()).astype(np.float64) for v in tf_trace.moving_statistics(call.layer)[:2])
    at_start = bool(np.all(mean == 0) and np.all(variance == 1))
    x = np.asarray(call.x, np.float64)
    if mean.size != x.shape[-1]:
        return Memory(call.layer, at_start, 0.0, 0.0)  # not one for each feature: another fault
    x = x.reshape(-1, mean.size)
    epsilon = getattr(call.layer, "epsilon", 1e-3)
    off = distances(mean, variance, x.mean(axis=0), x.var(axis=0), epsilon)
    return Memory(call.layer, at_start, *map(rms, off))


def faults(seen):
    """(row, ok, slug, facts) for each fault that a trained network can have, the first to mend first.

    ok is None where nothing can be said.
    """
    found, memories = seen.found, seen.memories
    normalized = sum(found.normalized(i) for i in found.hidden)
    remains = bool(found.norms or found.mates_differ_in_training > NOTICED) and 2 * normalized >= len(found.hidden)
    yield say("capstone.remains"), remains, "no-batchnorm", {"layer": say("capstone.most_layers")}

    frozen, idle = _frozen(seen), _idle(seen)
    yield say("capstone.writes"), not idle, "moving-not-updated", {"layer": ", ".join(idle)}
    at_start = [m.layer.name for m in memories if m.at_start and m.layer.name not in (*frozen, *idle)]
    lost = bool(at_start) and seen.right_by_batch >= max(GOOD_BY_BATCH, seen.right_by_memory + MODES_APART)
    untold = bool(at_start) and not lost
    told = None if frozen and not at_start else not untold  # nobody can tell where nothing may be written
    yield say("capstone.wrote"), told, "missing-training-flag", {"layer": ", ".join(at_start)}
    yield say("capstone.came_along"), not lost, "restored-without-moving-statistics", {"layer": ", ".join(at_start)}

    last = [norm for i in found.last for norm in found.norms_between(i)]
    yield (
        say("capstone.output"),
        not last,
        "after-output",
        {"layer": ", ".join(n.call.layer.name for n in last)},
    )

    wrong = next((norm for norm in found.norms if found.mistaken_sharing(norm)), None)
    facts = wrong and {"layer": wrong.call.layer.name, "kept": wrong.statistics, "shape": tuple(wrong.call.x.shape[1:])}
    yield say("capstone.one_statistic"), wrong is None, wrong and found.mistaken_sharing(wrong), facts or {}

    forgetful = [m for m in memories if getattr(m.layer, "momentum", 1) < SMALLEST_MOMENTUM and not _off(m) <= EXACT]
    facts = {"layer": ", ".join(m.layer.name for m in forgetful)}
    yield say("capstone.longer"), not forgetful, "momentum-inverted", facts
    yield say("capstone.learns"), not frozen, "frozen-wrongly", {"layer": ", ".join(frozen)}

    yield say("capstone.not_written"), not found.moved_at_inference, "moving-updated-at-inference", {}
    alone = found.mates_differ_at_inference
    facts = {"difference": f"{alone:.2g}", "how": found.how}
    yield say("capstone.single"), alone < NOTICED, "batch-statistics-at-inference", facts
    known = {m.layer.name for m in forgetful} | set(frozen) | set(at_start) | set(idle)
    late = [m for m in memories if m.layer.name not in known and not _near(m)]
    facts = {"layer": ", ".join(m.layer.name for m in late), "off": f"{max(map(_off, late), default=0):.2g}"}
    near = None if known and not late else not late
    yield say("capstone.near"), near, "statistics-lag", facts


def _off(memory):
    return max(memory.mean_off, memory.variance_off)


def _near(memory):
    return memory.mean_off < NEAR_MEAN and memory.variance_off < NEAR_VARIANCE


def _idle(seen):
    """Names of layers that normalize by the batch in training mode and remember nothing of it."""
    at_start = {m.layer.name for m in seen.memories if m.at_start}
    unmoved = [n for n in seen.found.norms if n.trainable and not n.moved and n.off_centre < OFF_CENTRE]
    return [n.call.layer.name for n in unmoved if n.call.layer.name in at_start]


def _frozen(seen):
    """Names of layers that did not learn, or not all the time, though others did.

    A model that was frozen whole after its training has learned all the same.
    """
    layers = [layer for layer in tf_trace.inner_layers(seen.model) if layer.weights]
    still = [layer for layer in layers if not layer.trainable]
    at_start = {m.layer.name for m in seen.memories if m.at_start}
    if still and len(still) < len(layers):
        return [layer.name for layer in still]
    named = [layer.name for layer in still if layer.name in at_start]
    return named + [
        layer.name for layer in layers if tf_trace.is_norm(layer) and layer not in still and _unlearned(layer)
    ]


def _unlearned(layer):
    """Whether gamma and beta are both exactly where they began."""
    gamma, beta = getattr(layer, "gamma", None), getattr(layer, "beta", None)
    return (
        gamma is not None and beta is not None and bool(np.all(gamma.numpy() == 1)) and bool(np.all(beta.numpy() == 0))
    )
