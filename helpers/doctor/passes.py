"""What an examination does with a model of any library: four passes of each batch, and what is kept of them.

Each batch passes the model (1) in inference mode; (2) in training mode, where the moments of what arrives at each
normalization are taken at once, so that no activation is kept; (3) with dropout off and the normalizations alone in
training mode; (4) without a word about the mode, in two halves, so that each image has other batch-mates.
"""

import contextlib

import numpy as np

from helpers.batchnorm import combine_moments
from helpers.doctor import batches as data


def measure(run, batches, watched, facts, refusals):
    """Fill in what the batches, pairs (inputs, labels or None), say about the Norms of `watched`, {key: Watched}.

    `run(x, training, watched={}, forced=())` lets a batch pass, in the mode of training, in that of inference, or, if
    training is None, without a word about it. It measures what the layers `watched` get, and the layers `forced`, a set
    of keys, normalize by the batch. It gives the first output, (N, ...), and {key: new value} of what it wrote to
    memories and put back. `refusals` are the errors of a model that takes no half of a batch.
    """
    outputs = Outputs()
    for x, y in batches:
        size = data.length(x)
        facts.images += size
        by_memory, written = run(x, False)
        for one in watched.values():
            one.norm.moved_at_inference |= one.wrote(written)
            one.by_batch_now = False
        _, written = run(x, True, watched)
        for one in watched.values():
            one.norm.moved |= one.wrote(written)
            one.learn_momentum(written)
        forced = {key for key, one in watched.items() if one.by_batch_now}
        by_batch = run(x, False, forced=forced)[0] if forced else by_memory
        outputs.add(by_memory, by_batch, y)
        del by_batch  # outputs may be as large as the model
        scale = by_memory.std() + np.abs(by_memory).mean() + 1e-12
        for i in (0, 1) if size > 1 else ():
            with contextlib.suppress(*refusals):
                half, _ = run(data.each(lambda array, i=i: array[i::2], x), None)
                outputs.mates.append(np.abs(half - by_memory[i::2]).max() / scale)
    if not facts.images:
        raise ValueError("`batches` must hold at least one batch. Received: none. Pass an array, or a list of batches.")
    outputs.conclude(facts)
    for one in watched.values():
        one.conclude(facts)


class Watched:
    """The Norm of one layer, the keys of its memory, and the moments of each batch that reached it."""

    def __init__(self, norm, memory, half):
        self.norm, self.memory, self.half = norm, memory, half
        self.by_batch_now, self.batches, self.images = False, [], []

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

    def take(self, seen, images, out):
        """Keep what arrived in one call, and its images' means: (mean, variance, count). `out` is of the outputs."""
        self.batches.append(seen)
        self.images.append(images)
        # By the batch, the mean of each output is beta, whatever arrived.
        mean, variance, _ = out
        centre = self.norm.beta if np.shape(self.norm.beta) == mean.shape else 0.0
        off = np.max(np.abs(mean - centre) / (np.sqrt(variance) + 1e-3))
        self.by_batch_now = bool(off < (0.02 if self.half else 5e-3))
        self.norm.by_batch |= self.by_batch_now

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

    def add(self, by_memory, by_batch, labels):
        self.outputs.append((by_memory.sum(dtype=np.float64), _squares(by_memory), by_memory.size))
        self.squares.append(_squares(by_batch - by_memory))
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
