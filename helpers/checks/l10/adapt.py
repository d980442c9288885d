"""Check of lesson 10: statistics re-estimated from the images of the day."""

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examples import dense_model
from helpers.checks.engine.tf_trace import norm_layers
from helpers.checks.hints import say

BOUND = 1e-3
FEW_UPDATES = (1, 2, 3, 5, 10)
CHUNKS = (32, 20, 16, 10, 8, 5, 4, 2)


@exercise("adapt", arguments=("model", "images"))
def adapt(attempt):
    """Check `fn(model, images)` -> predictions for images, with moments of these images in place of the moving ones.

    The moments of all images together, layer by layer. The predictions are the model's outputs, or their softmax, or
    the classes. Afterwards the model is as it was, in weights, moving statistics and settings.
    """
    tf_network.require_function(attempt)
    with tf_trace.seeded():
        model = dense_model()
        rng = np.random.default_rng(3)
        images = (3 * rng.random((40, 8, 8)) * rng.uniform(0.2, 1, (40, 1, 1)) - 2).astype(np.float32)
        due, old = tf_trace.predict(model, images, training=True), tf_trace.predict(model, images)
        before = _state(model)
        value = tf_network.call(attempt, model, images)
        changed = [name for name, value in _state(model).items() if not np.array_equal(value, before[name])]
        attempt.row(say("adapt.as_it_was"), not changed)
        yours, form = _read(attempt, value, due.shape)
        attempt.no_side_effects()
        difference = np.abs(yours - form(due)).max()
        attempt.row(say("adapt.predictions"), bool(difference < BOUND), difference, BOUND)
        attempt.require(not changed, "model-changed", names=", ".join(changed))
        if difference >= BOUND:
            attempt.require(np.abs(yours - form(old)).max() >= BOUND, "not-adapted")
            attempt.require(np.abs(yours - yours[:1]).max() >= BOUND, "batch-statistics-at-inference")
            for updates in FEW_UPDATES:
                some = form(_after_updates(model, images, updates))
                attempt.require(np.abs(yours - some).max() >= BOUND, "barely-adapted", updates=updates)
            for size in CHUNKS:
                some = form(_in_chunks(model, images, size))
                attempt.require(np.abs(yours - some).max() >= BOUND, "statistics-of-chunks", size=size)
            attempt.fail("wrong-values", on="", name=say("adapt.prediction"), difference=f"{difference:.2g}", place="")


def _state(model):
    """Everything about the model that the call must leave as it was, by name."""
    state = {v.path: np.array(v.numpy()) for v in model.variables}
    for layer in norm_layers(model):
        for setting in ("momentum", "epsilon", "trainable"):
            state[say("adapt.setting", setting=setting, layer=layer.name)] = getattr(layer, setting)
    return state


def _read(attempt, value, shape):
    """The predictions, and the function that brings ours into the same form: outputs, probabilities or classes."""
    if tf_network.shape_of(value) not in (shape, shape[:1]):
        due = say("adapt.due", shape=shape, classes=shape[:1])
        tf_network.wrong_form(attempt, value, say("network.what_comes_back"), due)
    yours = np.asarray(value, np.float64)
    attempt.require(np.isfinite(yours).all(), "not-finite", on="", name=say("adapt.prediction"))
    if yours.ndim == 1:
        return yours, lambda logits: logits.argmax(axis=1)
    are_probabilities = yours.min() >= 0 and np.allclose(yours.sum(axis=1), 1, atol=1e-4)
    return yours, _softmax if are_probabilities else lambda logits: logits


def _softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _in_chunks(model, images, size):
    """Outputs in training mode for so many images at a time."""
    parts = (images[begin : begin + size] for begin in range(0, len(images), size))
    return np.concatenate([tf_trace.predict(model, part, training=True) for part in parts])


def _after_updates(model, images, updates):
    """Outputs in inference mode after so many updates of the moving statistics with the layers' own momentum."""
    with tf_trace.keep(model):
        for _ in range(updates):
            model(images, training=True)
        return np.asarray(model(images, training=False), np.float64)
