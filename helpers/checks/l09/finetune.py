"""Check of lesson 09: a new head on a trained base, ready for the first phase of fine-tuning."""

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examples import conv_base
from helpers.checks.engine.tf_trace import moving_statistics, norm_layers
from helpers.checks.hints import say

CLASSES = 5


@exercise("finetune", arguments=("base", "classes"))
def finetune(attempt):
    """Check `fn(base, classes)` -> a model: a new head learns, the base does not, and its memory normalizes for good.

    Whether for good is tried by thawing the base, as the second phase does, and calling the model in training mode.
    """
    tf_network.require_function(attempt)
    with tf_trace.seeded():
        base, x = conv_base()
        before = [np.array(v.numpy()) for v in base.weights]
        model = tf_network.call(attempt, base, CLASSES)
        tf_network.require_model(attempt, model)
        y = tf_network.run(attempt, lambda: tf_trace.predict(model, x), say("finetune.a_batch"))
        if tf_network.shape_of(y) != (len(x), CLASSES):
            due = say("reading.of_shape", shape=(len(x), CLASSES))
            tf_network.wrong_form(attempt, y, say("finetune.the_output"), due)
        own, learning = {id(v) for v in base.weights}, {id(v) for v in model.trainable_weights}
        there = own <= {id(v) for v in model.weights}
        kept = there and all(np.array_equal(v.numpy(), old) for v, old in zip(base.weights, before))
        moved = tf_network.run(attempt, lambda: _moved_when_thawed(base, model, x), say("finetune.a_step"))
        attempt.row(say("finetune.base_kept"), kept)
        attempt.row(say("finetune.base_still"), not own & learning)
        attempt.row(say("finetune.head_learns"), bool(learning - own))
        attempt.row(say("finetune.memory"), not moved)
        attempt.require(kept, "model-changed")
        attempt.require(learning - own, "frozen-wrongly", hint="head-frozen")
        attempt.require(not own & learning, "frozen-wrongly", count=len(own & learning))
        attempt.require(not moved, "batch-statistics-at-inference", layers=", ".join(moved))


def _moved_when_thawed(base, model, x):
    """Names of the base's normalizations whose memory a call in training mode moves once the base is thawed."""
    base.trainable = False
    base.trainable = True  # from True, Keras would ignore the assignment
    layers = norm_layers(base)
    for layer in layers:
        layer.trainable = True
    with tf_trace.keep(model):
        before = [[np.array(v.numpy()) for v in moving_statistics(layer)] for layer in layers]
        model(x, training=True)
        after = [[np.array(v.numpy()) for v in moving_statistics(layer)] for layer in layers]
    return [layer.name for layer, old, new in zip(layers, before, after) if not all(map(np.array_equal, old, new))]
