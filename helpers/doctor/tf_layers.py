"""The layers inside a Keras model, and what they do when the model is called. The model is left as it was.

Sequential, functional and subclassed models differ in what they tell about themselves; what they do when called does
not differ. So the doctor and the checks look at calls, not at definitions.
"""

import contextlib
import functools

import numpy as np

from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras, tf

NAMES = ("moving_mean", "moving_variance")


@contextlib.contextmanager
def intercepted(around):
    """Inside the block, `around(layer, call, *args, **kwargs)` takes the place of each layer's call.

    `call(*args, **kwargs)` is the call as Keras would make it.
    """
    original = keras.layers.Layer.__call__

    def replacement(layer, *args, **kwargs):
        return around(layer, functools.partial(original, layer), *args, **kwargs)

    keras.layers.Layer.__call__ = replacement
    try:
        yield
    finally:
        keras.layers.Layer.__call__ = original


@contextlib.contextmanager
def eagerly():
    """Inside the block, functions that TensorFlow has compiled run operation by operation, so that calls are seen."""
    before = tf.config.functions_run_eagerly()
    try:
        tf.config.run_functions_eagerly(True)
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@contextlib.contextmanager
def thawed(layers):
    """Inside the block the layers are trainable: a frozen batch normalization ignores `training=True`."""
    before = [(layer, layer.trainable) for layer in layers]
    try:
        for layer, _ in before:
            layer.trainable = True
        yield
    finally:
        for layer, trainable in before:
            layer.trainable = trainable


@contextlib.contextmanager
def put_back(variables):
    """What is assigned to these variables inside the block is undone after it; gives the pairs (variable, value)."""
    before = [(variable, np.array(variable.numpy())) for variable in variables]
    try:
        yield before
    finally:
        for variable, value in changed(before):
            variable.assign(value)


def changed(before):
    """Those of the pairs (variable, earlier value) whose variable has another value now."""
    return [pair for pair in before if not np.array_equal(pair[0].numpy(), pair[1])]


def is_norm(layer):
    """Whether the layer keeps moving statistics: Keras's layer, the course's, or one that somebody wrote."""
    if isinstance(layer, (keras.layers.BatchNormalization, BatchNorm)):
        return True
    return bool(moving_statistics(layer))


def moving_statistics(layer):
    """The variables of a batch normalization layer that no gradient reaches."""
    named = [getattr(layer, name, None) for name in NAMES]
    if all(variable is not None for variable in named):
        return named
    return [variable for variable in layer.variables if any(word in variable.name for word in ("moving", "running"))]


def norm_layers(model):
    """All batch normalization layers inside the model, nested models included, in the order of definition."""
    return [layer for layer in inner_layers(model) if is_norm(layer)]


def inner_layers(model):
    """All layers inside the model that hold no other layer, in the order of definition."""
    return list(named_layers(model).values())


def named_layers(model):
    """{path: layer} of those layers; a path, such as "encoder/norm", names the models that a layer lies in."""
    found, seen = {}, set()
    for path, layer in _inner(model, ""):
        if id(layer) not in seen:  # a layer can be used in several places
            seen.add(id(layer))
            found[path if path not in found else f"{path}#{len(found)}"] = layer
    return found


def _inner(model, prefix):
    for layer in model._flatten_layers(include_self=False, recursive=False):
        inside = list(_inner(layer, f"{prefix}{layer.name}/"))
        yield from inside or [(prefix + layer.name, layer)]
