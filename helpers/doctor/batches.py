"""A reader's data as pairs (inputs, labels): one array, or the batches that the model is trained with."""

import numpy as np

SLICE = 32
"""Images at a time where one array is given."""


def pairs(batches, labels=None):
    """A generator of (inputs, labels or None), and the size of a batch, or None where one array was given.

    batches is an array (N, ...), of which `SLICE` rows at a time are taken, or an iterable of batches: each the inputs,
    or a tuple (inputs, labels) or (inputs, labels, weights), as `model.fit` takes them. Several inputs are a dict, or a
    list inside such a tuple. labels, (N,) or (N, classes), takes the place of those of the batches.
    """
    if hasattr(batches, "shape") and hasattr(batches, "dtype"):
        given, size = (batches[i : i + SLICE] for i in range(0, len(batches), SLICE)), None
    elif isinstance(batches, str | bytes | dict) or not hasattr(batches, "__iter__"):
        raise TypeError(
            f"`batches` must be an array of inputs, or a list of batches. Received: type(batches)={type(batches)}. "
            "Pass the images, or the data set that you give to `fit`."
        )
    else:
        given, size = iter(batches), 0
        first = next(given, None)
        if first is not None:
            size, given = length(_split(first)[0]), _before(first, given)
    return _labelled(given, labels), size


def _before(first, rest):
    yield first
    yield from rest


def _labelled(given, labels):
    at = 0
    for batch in given:
        x, y = _split(batch)
        if labels is not None:
            y = np.asarray(labels[at : at + length(x)])
            at += length(x)
        yield x, y
    if labels is not None and at != len(labels):
        raise ValueError(
            f"`labels` must hold one label for each image. Received: len(labels)={len(labels)}, and {at} images. "
            "Pass the labels of these images, in their order."
        )


def _split(batch):
    if isinstance(batch, tuple):
        return batch[0], batch[1] if len(batch) > 1 else None
    return batch, None


def length(x):
    """How many images a batch of inputs holds."""
    while isinstance(x, dict | list | tuple):
        x = next(iter(x.values())) if isinstance(x, dict) else x[0]
    return len(x)


def each(function, x):
    """The inputs x, in the same form, with every array replaced by function(array)."""
    if isinstance(x, dict):
        return {name: each(function, part) for name, part in x.items()}
    return [each(function, part) for part in x] if isinstance(x, list | tuple) else function(x)
