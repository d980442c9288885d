"""Measure a Keras model with batch normalization on a reader's batches: four passes, nothing changed."""

import contextlib
import inspect

import numpy as np

from helpers.doctor import passes
from helpers.doctor.facts import Facts, Norm
from helpers.doctor.tf_layers import (
    changed,
    eagerly,
    intercepted,
    is_norm,
    moving_statistics,
    named_layers,
    put_back,
    thawed,
)
from helpers.tf.moments import masked_moments, moments
from helpers.tf.quiet import keras, tf

HALF = ("float16", "bfloat16")
OTHERS = (keras.layers.LayerNormalization, keras.layers.GroupNormalization, keras.layers.RMSNormalization)


def measure(model, batches, *, batch_size=None):
    """The Facts about a model that is built; batches gives pairs (inputs, labels or None)."""
    layers = named_layers(model)
    watched = {id(layer): LayerWatched(path, layer) for path, layer in layers.items() if is_norm(layer)}
    facts = Facts([one.norm for one in watched.values()], batch_size=batch_size)
    facts.others = [(path, type(layer).__name__) for path, layer in layers.items() if isinstance(layer, OTHERS)]
    facts.frozen_whole = bool(model.variables) and not model.trainable_variables
    half = any(getattr(layer, "compute_dtype", "") in HALF for layer in layers.values())
    facts.precision = 3e-2 if half else 1e-3
    with put_back(_forgettable(model)) as before:

        def run(x, training, watched=(), forced=()):
            with _looking(watched, forced), eagerly():
                result = tf.cast(tf.nest.flatten(model(x, training=training))[0], tf.float32).numpy()
            written = {}
            for variable, value in changed(before):
                if not np.array_equal(variable.numpy(), value, equal_nan=True):
                    written[id(variable)] = variable.numpy()
                variable.assign(value)
            return result, written

        passes.measure(run, batches, watched, facts, (ValueError, tf.errors.InvalidArgumentError))
    return facts


def exact_statistics(model, batches):
    """{path: (mean, variance)} of what arrives at the normalizations, with dropout off; one pass."""
    watched = {id(layer): LayerWatched(path, layer) for path, layer in named_layers(model).items() if is_norm(layer)}
    with put_back(_forgettable(model)), thawed(named_layers(model).values()):
        for x, _ in batches:
            with _looking(watched, forced=set(watched)), eagerly():
                model(x, training=False)
    return {one.norm.path: one.pooled() for one in watched.values() if one.batches}


def _forgettable(model):
    """What a forward pass may write to: all variables but those that only an optimizer changes, which are the large."""
    layers = model._flatten_layers()
    trained = {id(v) for layer in layers for v in getattr(layer, "_trainable_variables", ()) if len(v.shape) > 1}
    return [variable for variable in model.variables if id(variable) not in trained]


@contextlib.contextmanager
def _looking(watched, forced):
    """Calls of `watched` layers are measured; those of `forced` ones run in training mode, whatever the model does."""

    def around(layer, call, *args, **kwargs):
        if id(layer) in forced and "training" in inspect.signature(layer.call).parameters:
            kwargs["training"] = True
        y = call(*args, **kwargs)
        if id(layer) in watched:
            watched[id(layer)].look(args[0] if args else next(iter(kwargs.values())), y, kwargs.get("mask"))
        return y

    with intercepted(around):
        yield


class LayerWatched(passes.Watched):
    """Watched, from a layer of Keras."""

    def __init__(self, path, layer):
        memory = moving_statistics(layer)
        plain = len(memory) == 2 and all(len(variable.shape) == 1 for variable in memory)
        values = [np.asarray(variable.numpy(), np.float64) for variable in memory]
        axis = getattr(layer, "axis", -1 if plain else None)
        norm = Norm(
            path,
            type(layer).__name__,
            axis=axis if isinstance(axis, int) else None,
            momentum=_number(getattr(layer, "momentum", None)),
            epsilon=_number(getattr(layer, "epsilon", None)) or 1e-3,
            trainable=layer.trainable,
            gamma=_array(getattr(layer, "gamma", None)),
            beta=_array(getattr(layer, "beta", None)),
            moving_mean=values[0] if plain else None,
            moving_variance=values[1] if plain else None,
            memory_dtype=str(memory[0].dtype),
            unusable=sum(int(np.sum(~np.isfinite(value))) for value in values) + int(plain and np.sum(values[1] < 0)),
        )
        super().__init__(norm, [id(variable) for variable in memory], getattr(layer, "compute_dtype", "") in HALF)

    def look(self, x, y, mask):
        """Take the moments of one call."""
        norm = self.norm
        if not isinstance(x, tf.__internal__.EagerTensor) or norm.axis is None:
            return  # inside a loop that TensorFlow has compiled, or another kind of statistics
        mask = mask if mask is not None else getattr(x, "_keras_mask", None)
        norm.shape, axis = tuple(x.shape), norm.axis % len(x.shape)
        axes = [i for i in range(len(x.shape)) if i != axis]
        x, y = tf.cast(x, tf.float32), tf.cast(y, tf.float32)
        seen = self._statistics(x, axes, mask)
        if not seen[2]:
            return
        images = tf.reduce_mean(x, axes[1:]) if mask is None else masked_moments(x, axes[1:], mask)[0]
        self.take(seen, self._statistics(images, [0], None), self._statistics(y, axes, mask))

    def _statistics(self, x, axes, mask):
        """Mean (C,), variance (C,), and the number of values that they are of."""
        if mask is None:
            mean, variance = moments(x, axes)
            count = int(tf.size(x)) // len(mean)
        else:
            mean, variance, counts = masked_moments(x, axes, mask)
            count = int(tf.reduce_max(counts))
        return mean.numpy().astype(np.float64), variance.numpy().astype(np.float64), count


def _array(variable):
    return None if variable is None else np.asarray(variable.numpy(), np.float64)


def _number(value):
    return float(value) if isinstance(value, int | float) else None
