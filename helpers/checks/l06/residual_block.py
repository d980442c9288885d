"""Check of lesson 06: a residual block with batch normalization, with and without a projection on its shortcut."""

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examine import NOTICED, OFF_CENTRE, examine
from helpers.checks.hints import say

SIDE = 8
BLOCKS = ((6, 1), (6, 2))
"""filters and stride: a block whose shortcut is x itself, and one whose shortcut has to halve and widen it."""


@exercise("residual_block", arguments=("filters", "stride"))
def residual_block(attempt):
    """Check `fn(filters, stride)` -> a Keras model of one residual block, normalized, with its ReLU after the sum.

    Its input is (8, 8, filters // stride). With stride 1 the shortcut is the input; with another stride it is a 1 x 1
    convolution with that stride, normalized. The branch is two normalized 3 x 3 convolutions with a ReLU between.
    """
    with tf_trace.seeded():
        for filters, stride in BLOCKS:
            on = f"filters={filters}, stride={stride}"
            # Of both signs and away from 0, so that it matters whether a ReLU is applied to it.
            x = np.random.default_rng(stride).normal(0.3, 1.0, (16, SIDE, SIDE, filters // stride)).astype(np.float32)
            due = (len(x), SIDE // stride, SIDE // stride, filters)
            model = tf_network.build(attempt, filters, stride, x=x, shape=due, on=on)
            _judge(attempt, model, x, stride, on)


def _judge(attempt, model, x, stride, on):
    """End the check with the first thing to mend in one block."""
    watched, found = tf_network.run(attempt, lambda: (tf_trace.watch(model, x, training=True), examine(model, x)), on)
    seen = f" ({on})"
    attempt.require(np.isfinite(watched.y).all(), "not-finite", on=seen, name=say("network.the_output"))
    norms = [call for call in watched.calls if tf_trace.is_norm(call.layer)]
    kernels = [call for call in watched.calls if tf_trace.is_kernel(call.layer)]
    attempt.require(norms, "no-batchnorm", layer=", ".join(call.layer.name for call in kernels))
    attempt.require(not any(_same(norm.x, x) for norm in norms), "pre-activation", on=seen)
    branch, projections = ([call for call in kernels if (_side(call) > 1) == wide] for wide in (True, False))
    what = {"what": say("residual_block.convolutions"), "due": 2, "received": len(branch), "on": seen}
    attempt.require(len(branch) == 2, "settings-ignored", **what)
    normalized = [next((norm for norm in norms if _same(norm.x, call.y)), None) for call in kernels]
    bare = [call.layer.name for call, norm in zip(kernels, normalized) if norm is None]
    _row(attempt, stride, "normalized", not bare, "no-batchnorm", layer=", ".join(bare))
    after = {id(call): np.asarray(norm.y) for call, norm in zip(kernels, normalized)}
    first, last = (after[id(call)] for call in branch)
    _judge_modes(attempt, found, stride)
    _judge_shortcut(attempt, x, [after[id(call)] for call in projections], last, watched.y, stride, seen)
    middle = np.asarray(branch[1].x)
    _row(
        attempt,
        stride,
        "between",
        not _same(middle, first),
        "activation-missing",
        where=say("residual_block.in_branch"),
        on=seen,
    )
    attempt.require(_same(middle, _relu(first)), "settings-ignored", **_activation(branch[0], seen))


def _judge_modes(attempt, found, stride):
    wrong = next((norm for norm in found.norms if found.mistaken_sharing(norm)), None)
    layer = wrong and {"layer": wrong.call.layer.name, "kept": wrong.statistics, "shape": tuple(wrong.call.x.shape[1:])}
    attempt.require(wrong is None, wrong and found.mistaken_sharing(wrong), **layer or {})
    difference = found.mates_differ_at_inference
    facts = {"difference": f"{difference:.2g}", "how": found.how}
    attempt.require(difference <= NOTICED, "batch-statistics-at-inference", **facts)
    idle = next((norm for norm in found.norms if norm.off_centre > OFF_CENTRE), None)
    why = "missing-training-flag" if idle is None or idle.trainable else "frozen-wrongly"
    attempt.require(idle is None, why, layer=idle and idle.call.layer.name)
    _row(attempt, stride, "no_idle_bias", not found.idle_biases, "bias-kept", bias=", ".join(found.idle_biases))


def _judge_shortcut(attempt, x, projected, branch, y, stride, on):
    """What comes out, against every way to put shortcut, branch and ReLU together."""
    if stride == 1:
        _row(attempt, stride, "identity", not projected, "projection-needless", on=on)
    alone = any(_same(y, one) for one in (branch, _relu(branch)))
    _row(attempt, stride, "shortcut", not alone, "no-shortcut", on=on)
    if stride != 1:
        _row(attempt, stride, "projection", len(projected) == 1, "projection-missing", on=on)
    shortcut = x if stride == 1 else projected[0]
    where = say("residual_block.after_sum_in_words")
    _row(attempt, stride, "after_sum", not _same(y, branch + shortcut), "activation-missing", where=where, on=on)
    early = [_relu(branch) + part for part in (shortcut, _relu(shortcut))]
    early += [_relu(_relu(branch) + shortcut), _relu(branch + _relu(shortcut))]
    told = _same(y, _relu(branch + shortcut))  # asked first: after a ReLU, x is its own ReLU
    _row(attempt, stride, "order", told or not any(_same(y, one) for one in early), "activation-before-add", on=on)
    facts = {
        "name": say("network.the_output"),
        "on": on,
        "place": "",
        "difference": f"{_apart(y, branch + shortcut):.2g}",
    }
    if not told:
        attempt.row(say("residual_block.row", stride=stride, what=say("residual_block.sum")), False)
        attempt.fail("wrong-values", **facts)


def _row(attempt, stride, name, ok, slug, **facts):
    """A line of the table, and the end of the check if it does not hold."""
    attempt.row(say("residual_block.row", stride=stride, what=say(f"residual_block.{name}")), ok)
    attempt.require(ok, slug, **facts)


def _activation(call, on):
    what = say("network.activation_after", layer=call.layer.name)
    return {"what": what, "due": "relu", "received": say("network.another"), "on": on}


def _side(call):
    """Height of the layer's kernel; 1 for one that has no height."""
    kernel = max((variable.shape for variable in call.layer.variables), key=len)
    return kernel[0] if len(kernel) == 4 else 1


def _relu(values):
    return np.maximum(values, 0)


def _same(one, other):
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=1e-4, atol=1e-4)


def _apart(one, other):
    return np.abs(one - _relu(other)).max()
