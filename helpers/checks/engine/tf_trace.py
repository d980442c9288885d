"""Watch a Keras model at work: which layers it calls, in which order, with which numbers. It is left as it was.

Sequential, functional and subclassed models differ in what they tell about themselves; what they do when called does
not differ. So the checks look at calls, not at definitions.
"""

import contextlib
import random
from typing import Any, NamedTuple

import numpy as np

from helpers.checks.engine import random_state
from helpers.doctor.tf_layers import inner_layers, is_norm, moving_statistics, norm_layers, put_back
from helpers.tf.quiet import keras, tf

__all__ = [
    "Call",
    "Watched",
    "inner_layers",
    "is_kernel",
    "is_norm",
    "keep",
    "moving_statistics",
    "norm_layers",
    "predict",
    "seeded",
    "watch",
]


class Call(NamedTuple):
    """One call of one layer that calls no other layer."""

    layer: Any
    x: tf.Tensor
    y: tf.Tensor


@contextlib.contextmanager
def seeded(seed=0):
    """The same initial weights and batches on every run inside the block; the global generators are put back after.

    Inside it Keras passes errors on as they were raised. Otherwise it puts its own first line before the message.
    """
    states, filtered = random_state.take(), keras.config.is_traceback_filtering_enabled()
    try:
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - Keras's fit shuffles with the global generator
        tf.random.set_seed(seed)
        keras.config.disable_traceback_filtering()
        yield
    finally:
        if filtered:
            keras.config.enable_traceback_filtering()
        random_state.put_back(states)


def keep(model):
    """Every variable of the model (weights, moving statistics, seeds of dropout) is put back after the block.

    The block gets the pairs (variable, value) to put back.
    """
    return put_back(model.variables)


def predict(model, x, *, training=False):
    """The model's output as a float64 array, called on the whole of x; the model is left as it was."""
    with keep(model):
        return np.asarray(model(x, training=training), np.float64)


class Watched(NamedTuple):
    """One call of a model."""

    y: np.ndarray
    """The output, as float64."""
    calls: list
    """The calls of the innermost layers, in order."""
    written: set
    """The ids of the variables that the call changed."""


def watch(model, x, *, training):
    """The Watched call of a model that is built; the model is left as it was."""
    found, depth = [], 0
    original = keras.layers.Layer.__call__

    def recording(layer, *args, **kwargs):
        nonlocal depth
        before, inputs = len(found), args[0] if args else next(iter(kwargs.values()), None)
        depth += 1
        try:
            y = original(layer, *args, **kwargs)
        finally:
            depth -= 1
        if depth and len(found) == before and tf.is_tensor(y) and inputs is not None:
            found.append(Call(layer, tf.convert_to_tensor(inputs), y))
        return y

    eagerly = tf.config.functions_run_eagerly()
    keras.layers.Layer.__call__ = recording
    try:
        tf.config.run_functions_eagerly(True)
        with keep(model) as before:
            y = np.asarray(model(x, training=training), np.float64)
            written = {id(variable) for variable, value in before if not np.array_equal(variable.numpy(), value)}
    finally:
        tf.config.run_functions_eagerly(eagerly)
        keras.layers.Layer.__call__ = original
    return Watched(y, found, written)


def is_kernel(layer):
    """Whether the layer multiplies by weights: dense, convolution, or one that the learner wrote.

    A PReLU has a slope for each value: an activation, though its slopes have two axes or more.
    """
    weighted = any(len(variable.shape) >= 2 for variable in layer.variables)
    return weighted and not is_norm(layer) and not isinstance(layer, keras.layers.PReLU)
