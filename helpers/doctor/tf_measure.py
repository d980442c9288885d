"""Measure a Keras model with batch normalization on a reader's batches: at most four passes, nothing changed.

Each batch passes the model (1) in inference mode; (2) in training mode, where the moments of what arrives at each
normalization are taken at once, so that no activation is kept; (3) with dropout off and the normalizations alone in
training mode; (4) without a word about the mode, in two halves, so that each
image has other batch-mates.
"""

import contextlib
import inspect

import numpy as np

from helpers.batchnorm import combine_moments
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
    watched = {id(layer): Watched(path, layer) for path, layer in layers.items() if is_norm(layer)}
    facts = Facts([one.norm for one in watched.values()], batch_size=batch_size)
    facts.others = [(path, type(layer).__name__) for path, layer in layers.items() if isinstance(layer, OTHERS)]
    facts.frozen_whole = bool(model.variables) and not model.trainable_variables
    half = any(getattr(layer, "compute_dtype", "") in HALF for layer in layers.values())
    facts.precision = 3e-2 if half else 1e-3
    outputs = Outputs()
    with put_back(_forgettable(model)) as before:
        for x, y in batches:
            _measure_batch(model, x, y, watched, before, facts, outputs)
    if not facts.images:
        raise ValueError("`batches` must hold at least one batch. Received: none. Pass an array, or a list of batches.")
    outputs.conclude(facts)
    for one in watched.values():
        one.conclude(facts)
    return facts


def exact_statistics(model, batches):
    """{path: (mean, variance)} of what arrives at the normalizations, with dropout off; one pass."""
    watched = {id(layer): Watched(path, layer) for path, layer in named_layers(model).items() if is_norm(layer)}
    with put_back(_forgettable(model)), thawed(named_layers(model).values()):
        for x, _ in batches:
            with _looking(watched, forced=set(watched)), eagerly():
                model(x, training=False)
    return {one.norm.path: one.pooled() for one in watched.values() if one.batches}


def _measure_batch(model, x, y, watched, before, facts, outputs):
    size = len(tf.nest.flatten(x)[0])
    facts.images += size

    def run(inputs, training, looking=None):
        with looking or contextlib.nullcontext(), eagerly():
            result = tf.cast(tf.nest.flatten(model(inputs, training=training))[0], tf.float32).numpy()
        written = {}
        for variable, value in changed(before):
            if not np.array_equal(variable.numpy(), value, equal_nan=True):
                written[id(variable)] = variable.numpy()
            variable.assign(value)
        return result, written

    by_memory, written = run(x, False)
    for one in watched.values():
        one.norm.moved_at_inference |= one.wrote(written)
        one.by_batch_now = False
    _, written = run(x, True, _looking(watched))
    for one in watched.values():
        one.norm.moved |= one.wrote(written)
        one.learn_momentum(written)
    forced = {key for key, one in watched.items() if one.by_batch_now}
    by_batch = run(x, False, _looking({}, forced))[0] if forced else by_memory
    halves = None
    if size > 1:
        with contextlib.suppress(ValueError, tf.errors.InvalidArgumentError):  # a model for batches of one size
            parts = [run(tf.nest.map_structure(lambda t, i=i: t[i::2], x), None)[0] for i in (0, 1)]
            halves = np.empty_like(by_memory)
            halves[0::2], halves[1::2] = parts
    outputs.add(by_memory, by_batch, halves, y)


def _forgettable(model):
    """What a forward pass may write to: all variables but those that only an optimizer changes, which are the large."""
    layers = model._flatten_layers()
    trained = {id(v) for layer in layers for v in getattr(layer, "_trainable_variables", ()) if len(v.shape) > 1}
    return [variable for variable in model.variables if id(variable) not in trained]


@contextlib.contextmanager
def _looking(watched, forced=frozenset()):
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


class Watched:
    """The Norm of one layer, and the moments of each batch that reached it."""

    def __init__(self, path, layer):
        memory = moving_statistics(layer)
        self.memory = [id(variable) for variable in memory]
        self.half = getattr(layer, "compute_dtype", "") in HALF
        plain = len(memory) == 2 and all(len(variable.shape) == 1 for variable in memory)
        values = [np.asarray(variable.numpy(), np.float64) for variable in memory]
        self.by_batch_now, self.batches, self.images = False, [], []
        axis = getattr(layer, "axis", -1 if plain else None)
        self.norm = Norm(
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

    def wrote(self, written):
        """Whether the memory is among the variables {id: new value} that were written to."""
        return any(key in written for key in self.memory)

    def learn_momentum(self, written):
        """The weight of the old value, from one update: the memory goes (1 - momentum) of the way to the batch."""
        if self.norm.moving_mean is None or not self.wrote(written) or len(self.batches) != 1 or self.norm.unusable:
            return
        way = self.batches[0][0] - self.norm.moving_mean
        moved = written.get(self.memory[0], self.norm.moving_mean) - self.norm.moving_mean
        if np.abs(way).max() > 1e-3 and np.isfinite(moved).all():
            measured = 1 - float(moved @ way / (way @ way))
            if self.norm.momentum is None or abs(measured - self.norm.momentum) > 0.1:
                self.norm.momentum = measured

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
        self.batches.append(seen)
        images = tf.reduce_mean(x, axes[1:]) if mask is None else masked_moments(x, axes[1:], mask)[0]
        self.images.append((*(s.numpy().astype(np.float64) for s in moments(images, [0])), len(images)))
        # By the batch, the mean of each output is beta, whatever arrived.
        mean, variance, _ = self._statistics(y, axes, mask)
        centre = norm.beta if np.shape(norm.beta) == mean.shape else 0.0
        off = np.max(np.abs(mean - centre) / (np.sqrt(variance) + 1e-3))
        self.by_batch_now = bool(off < (0.02 if self.half else 5e-3))
        norm.by_batch |= self.by_batch_now

    def _statistics(self, x, axes, mask):
        """Mean (C,), variance (C,), and the number of values that they are of."""
        if mask is None:
            mean, variance = moments(x, axes)
            count = int(tf.size(x)) // len(mean)
        else:
            mean, variance, counts = masked_moments(x, axes, mask)
            count = int(tf.reduce_max(counts))
        return mean.numpy().astype(np.float64), variance.numpy().astype(np.float64), count

    def pooled(self):
        """Mean and variance (C,) of all that was seen."""
        return combine_moments(*zip(*self.batches))

    def conclude(self, facts):
        """Fill in the Norm what all batches together say."""
        norm = self.norm
        if not self.batches or not np.isfinite([batch[:2] for batch in self.batches]).all():
            facts.not_looked_at.append(f"{norm.path}: what arrives at it could not be measured")
            return
        norm.mean, norm.variance = self.pooled()
        count = sum(images for *_, images in self.images)
        of_images = combine_moments(*zip(*self.images))[1] * count / max(count - 1, 1)
        alike = np.mean(of_images / (norm.variance + norm.epsilon))
        norm.error = float(np.sqrt(alike / count))
        norm.noise = float(np.sqrt(alike / facts.batch_size)) if facts.batch_size else None


class Outputs:
    """The outputs of all batches, as far as they are compared."""

    def __init__(self):
        self.squares, self.outputs, self.mates, self.right = [], [], [], []

    def add(self, by_memory, by_batch, halves, labels):
        self.outputs.append((by_memory.sum(dtype=np.float64), _squares(by_memory), by_memory.size))
        self.squares.append(_squares(by_batch - by_memory))
        if halves is not None:
            self.mates.append(np.abs(halves - by_memory).max() / (by_memory.std() + np.abs(by_memory).mean() + 1e-12))
        pair = None if labels is None else [_right(y, labels) for y in (by_memory, by_batch)]
        if labels is not None and pair[0] is not None:
            self.right.append(pair)

    def conclude(self, facts):
        total, squares, size = np.sum(self.outputs, axis=0)
        spread = np.sqrt(max(squares / size - (total / size) ** 2, 1e-12))
        facts.output_gap = float(np.sqrt(np.sum(self.squares) / size) / spread)
        if self.mates:
            facts.mates_differ = float(np.max(self.mates))
        else:
            facts.not_looked_at.append("dependence on batch-mates: it takes batches of two images or more")
        if self.right:
            facts.right_by_memory, facts.right_by_batch = (np.concatenate(part) for part in zip(*self.right))
        else:
            facts.not_looked_at.append("accuracy: it takes class labels, one for each image, and one output")


def _squares(values):
    """The sum of their squares in float64, without a copy in float64: outputs may be as large as the model."""
    return float(np.einsum("i,i->", values.ravel(), values.ravel(), dtype=np.float64))


def _right(outputs, labels):
    """Which images the model gets right, or None where outputs and labels are no classes."""
    labels = np.asarray(labels)
    if labels.shape == outputs.shape and labels.ndim == 2 and labels.shape[1] > 1:
        labels = labels.argmax(axis=1)
    labels = labels.reshape(-1) if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.shape != outputs.shape[:1] or outputs.ndim != 2 or not np.array_equal(labels, np.round(labels)):
        return None
    if outputs.shape[1] > 1:
        return outputs.argmax(axis=1) == labels
    middle = 0.5 if outputs.min() >= 0 and outputs.max() <= 1 else 0.0
    return (outputs[:, 0] > middle) == (labels > 0.5)


def _array(variable):
    return None if variable is None else np.asarray(variable.numpy(), np.float64)


def _number(value):
    return float(value) if isinstance(value, int | float) else None
