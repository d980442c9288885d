"""The doctor's two acts on a Keras model: examine it, and give back a copy with exact statistics."""

import inspect
from itertools import chain

import numpy as np

from helpers.doctor import batches as data
from helpers.doctor import findings, tf_measure, tf_structure
from helpers.doctor.report import Report
from helpers.doctor.tf_layers import NAMES, named_layers
from helpers.tf.quiet import keras, tf


def examine(model, batches, labels):
    """See helpers.doctor.examine."""
    _require_model(model)
    given, batch_size = data.pairs(batches, labels)
    first = []
    facts = tf_measure.measure(model, (_tensors(first, *pair) for pair in given), batch_size=batch_size)
    words = findings.texts()["report"]
    try:
        tf_structure.look(model, first[0], facts.norms)
    except Exception as error:  # whatever a model does that cannot be traced
        facts.not_looked_at.append(words["no_graph"].format(error=type(error).__name__))
    if batch_size is None:
        facts.not_looked_at.append(words["no_batch_size"])
    _read_optimizer(model, facts)
    return Report(findings.judge(facts), facts)


def recalibrate(model, batches):
    """See helpers.doctor.recalibrate."""
    _require_model(model)
    given, _ = data.pairs(batches)
    given = (_tensors([], *pair) for pair in given)
    first = next(given, None)
    copied = _copy(model, first)
    layers = named_layers(copied)
    for path, statistics in tf_measure.exact_statistics(copied, chain([first] if first else [], given)).items():
        for name, value in zip(NAMES, statistics):
            getattr(layers[path], name).assign(value)
    return copied


def _tensors(first, x, y):
    """x as tensors, and its shapes and types in `first`."""
    x = tf.nest.map_structure(lambda t: tf.convert_to_tensor(t, tf.float32 if _is_float64(t) else None), x)
    first[:] = first or [tf.nest.map_structure(lambda t: tf.TensorSpec(t.shape, t.dtype), x)]
    return x, y


def _is_float64(x):
    return getattr(x, "dtype", None) in (np.float64, tf.float64)


def _require_model(model):
    if not isinstance(model, keras.layers.Layer):
        raise TypeError(
            f"`model` must be a Keras model or a PyTorch module. Received: type(model)={type(model)}. Models of other "
            "libraries are not looked at: load the same weights into a Keras model."
        )
    if not model.built:
        raise ValueError(
            "`model` must have weights. Received: a model that was never called. Call it on a batch first."
        )


def _read_optimizer(model, facts):
    """Updates made, what decays, and which variables the optimizer was given."""
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # inside the one that scales the loss
    layers = {path: layer for path, layer in named_layers(model).items()}
    if optimizer is None:
        facts.not_looked_at.append(findings.texts()["report"]["no_optimizer"])
    else:
        facts.iterations = int(optimizer.iterations.numpy())
    given = {id(v) for v in getattr(optimizer, "_trainable_variables", ())}
    mine = any(id(v) in given for v in model.variables)
    for norm in facts.norms:
        layer = layers[norm.path]
        pairs = {name: getattr(layer, name, None) for name in ("gamma", "beta")}
        present = {name: variable for name, variable in pairs.items() if variable is not None}
        decays = getattr(optimizer, "weight_decay", None)
        reached = getattr(optimizer, "_use_weight_decay", lambda variable: True)
        norm.decays = [
            name
            for name, variable in present.items()
            if (decays and norm.trainable and reached(variable))
            or getattr(layer, f"{name}_regularizer", None) is not None
        ]
        if mine and present:
            norm.in_optimizer = any(id(variable) in given for variable in present.values())


def _config(model):
    """Of get_config, what the model's class takes: Keras adds `trainable` and `dtype` where a class knows neither."""
    taken, config = inspect.signature(type(model).__init__).parameters, model.get_config()
    anything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values())
    return {name: value for name, value in config.items() if anything or name in taken}


def _copy(model, first):
    """A model of the same layers, settings and weights, which shares no variable with this one."""
    try:
        functional = isinstance(model, keras.Sequential) or hasattr(model, "operations")
        copied = keras.models.clone_model(model) if functional else type(model).from_config(_config(model))
        if not copied.built:
            copied(first[0])
    except (NotImplementedError, TypeError, ValueError) as error:
        raise TypeError(
            f"`model` must be one that Keras can copy. Received: type(model)={type(model)}. Give its class a "
            "`get_config`, or give a second model the same weights and exact statistics by hand (lesson 05)."
        ) from error
    for layer, original in zip(copied._flatten_layers(), model._flatten_layers(), strict=True):
        layer.trainable = original.trainable
    copied.set_weights(model.get_weights())
    return copied
