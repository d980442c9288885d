"""Check of lesson 03: exact moving statistics, from batches of different sizes."""

from functools import partial

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.hints import say
from helpers.doctor.tf_layers import NAMES
from helpers.tf.quiet import keras

COUNTS = (24, 6, 15)
EPSILON = 1e-3


@exercise("recalibrate", arguments=("model", "batches"))
def recalibrate(attempt):
    """Check `fn(model, batches)` -> the model, each BatchNormalization with the exact statistics of all batches.

    Two definitions pass: statistics of passes in training mode, combined; or layer by layer, the layers before in
    inference mode with their new statistics. Nothing else may change.
    """
    tf_network.require_function(attempt)
    with tf_trace.seeded():
        model, batches = _model()
        before = {variable.path: variable.numpy() for variable in model.variables}
        settings = _settings(model)
        given = [batch.copy() for batch in batches]
        found = tf_network.call(attempt, model, given)
        tf_network.require_model(attempt, found, due=say("recalibrate.the_model"))
        attempt.no_side_effects()
        same = len(given) == len(batches) and all(map(np.array_equal, given, batches))
        attempt.require(same, "modifies-input", name="batches")
        _judge(attempt, found, before, settings, batches)


def _judge(attempt, found, before, settings, batches):
    """End the check with the first mistake to mend; the rows compare with the nearer of the two definitions."""
    yours = [[np.asarray(getattr(norm, name)) for name in NAMES] for norm in tf_trace.norm_layers(found)]
    rights = [_statistics(before, batches, passes=passes) for passes in ("training", "layer by layer")]
    due = min(rights, key=lambda right: _apart(yours, right))
    for number, (pair, right) in enumerate(zip(yours, due), 1):
        for name, a, b in zip(("mean", "variance"), pair, right):
            attempt.row(say(f"recalibrate.{name}", number=number), _alike([[a]], [[b]]), np.abs(a - b).max(), 1e-3)
    changed = [v.path for v in found.variables if _is_other(v, before)]
    attempt.row(say("recalibrate.others"), not changed)
    attempt.require(not changed, "weights-changed", which=", ".join(changed))
    attempt.require(_settings(found) == settings, "weights-changed", hint="settings-changed")
    if any(_alike(yours, right) for right in rights):
        return
    for slug, statistics in _mistakes(before, batches):
        attempt.require(not _alike(yours, statistics), slug, counts=", ".join(map(str, COUNTS)))
    attempt.require(all(np.isfinite(a).all() for pair in yours for a in pair), "not-finite", name=say("recalibrate.it"))
    difference = f"{_apart(yours, due):.2g}"
    attempt.fail("wrong-values", on="", name=say("recalibrate.it"), difference=difference, place="")


def _model():
    """A model of two normalizations with a memory that lags, and batches that differ in size, mean and spread."""
    rng = np.random.default_rng(0)
    layers = [keras.layers.Dense(6, use_bias=False), keras.layers.BatchNormalization(momentum=0.9), keras.layers.ReLU()]
    layers += [keras.layers.Dense(5), keras.layers.ReLU(), keras.layers.BatchNormalization(momentum=0.8)]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3)])
    for variable in model.variables:
        low, high = (0.5, 2.0) if variable.name in ("gamma", "moving_variance") else (-1.0, 1.0)
        variable.assign(rng.uniform(low, high, variable.shape))
    batches = [rng.normal(k - 1, 1 + k, (count, 4)).astype(np.float32) for k, count in enumerate(COUNTS)]
    return model, batches


def _settings(model):
    return [(norm.momentum, norm.epsilon, norm.trainable) for norm in tf_trace.norm_layers(model)]


def _is_other(variable, before):
    """Whether a variable that is no moving statistic differs from what it was, or is new."""
    if variable.name in NAMES:
        return False
    return variable.path not in before or not np.array_equal(variable.numpy(), before[variable.path])


def _combine(moments, *, weights="counts", between=True, ddof=0):
    """Mean and variance of all batches, from (mean, variance, count) of each; the switches are mistakes."""
    means, variances, counts = (np.array(values) for values in zip(*moments))
    counts = counts if weights == "counts" else np.ones_like(counts)
    share = (counts / counts.sum())[:, None]
    mean = (share * means).sum(axis=0)
    spread = np.square(means - mean) if between else 0.0
    return mean, (share * (variances + spread)).sum(axis=0) * counts.sum() / (counts.sum() - ddof)


def _last(moments):
    return moments[-1][:2]


def _statistics(weights, batches, *, passes, combine=_combine):
    """Mean and variance for each normalization, by a way for batches to pass the layers before it.

    passes: in "training" mode; "layer by layer"; or "stale", in inference mode with the old memory.
    """
    groups = {}
    for path, value in weights.items():
        layer, name = path.rsplit("/", 1)
        groups.setdefault(layer, {})[name] = np.asarray(value, np.float64)
    first, norm, second, other_norm, _ = groups.values()
    h, found = [np.asarray(batch, np.float64) @ first["kernel"] for batch in batches], []
    for place, layer in enumerate((norm, other_norm)):
        moments = [(batch.mean(axis=0), batch.var(axis=0), len(batch)) for batch in h]
        found.append(combine(moments))
        used = {
            "training": [(mean, variance) for mean, variance, _ in moments],
            "layer by layer": [found[-1]] * len(h),
            "stale": [(layer["moving_mean"], layer["moving_variance"])] * len(h),
        }[passes]
        h = [layer["gamma"] * (x - m) / np.sqrt(v + EPSILON) + layer["beta"] for x, (m, v) in zip(h, used)]
        if place == 0:
            h = [np.maximum(np.maximum(x, 0) @ second["kernel"] + second["bias"], 0) for x in h]
    return found


def _mistakes(weights, batches):
    """(slug, statistics) of what people do, the first to mend first."""
    layers = [path.removesuffix(f"/{NAMES[0]}") for path in weights if path.endswith(NAMES[0])]
    memory = [{name: weights[f"{layer}/{name}"] for name in NAMES} for layer in layers]
    yield "moving-not-updated", [[one[name] for name in NAMES] for one in memory]
    yield "last-batch-only", _statistics(weights, batches, passes="training", combine=_last)
    yield (
        "still-a-moving-average",
        [
            _moving(one, momentum, moments)
            for one, momentum, moments in zip(memory, (0.9, 0.8), _of_batches(weights, batches))
        ],
    )
    every = ("training", "layer by layer", "stale")
    for passes in every:
        way = partial(_statistics, weights, batches, passes=passes)
        if passes == "stale":
            yield "calibrated-on-stale-layers", way()
        for equal in ("counts", "equal"):
            yield "averages-batch-variances", way(combine=partial(_combine, weights=equal, between=False))
        yield "ignores-counts", way(combine=partial(_combine, weights="equal"))
        yield "unbiased-variance", way(combine=partial(_combine, ddof=1))


def _of_batches(weights, batches):
    """For each normalization, the moments that passes in training mode compute, batch by batch."""
    kept = []
    _statistics(weights, batches, passes="training", combine=lambda moments: kept.append(moments) or moments[-1][:2])
    return kept


def _moving(memory, momentum, moments):
    mean, variance = (memory[name] for name in NAMES)
    for new_mean, new_variance, _ in moments:
        mean = mean * momentum + new_mean * (1 - momentum)
        variance = variance * momentum + new_variance * (1 - momentum)
    return mean, variance


def _apart(yours, right):
    pairs = [(a, b) for one, other in zip(yours, right) for a, b in zip(one, other)]
    return max(np.abs(a - b).max() for a, b in pairs)


def _alike(yours, right):
    pairs = [(a, b) for one, other in zip(yours, right) for a, b in zip(one, other)]
    return all(bool(np.all(np.abs(a - b) <= 1e-4 + 1e-3 * np.abs(b))) for a, b in pairs)
