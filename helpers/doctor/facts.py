"""What an examination measures: a Norm for each batch normalization, and Facts about the model as a whole.

Nothing here says what is right. `helpers.doctor.findings` does.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Facts", "Norm", "distances", "rms"]


def distances(moving_mean, moving_variance, mean, variance, epsilon):
    """How far a memory is from the data's statistics, for each feature: two arrays (C,).

    The distance of the means in standard deviations, and the logarithm of the ratio of the variances:

        (moving_mean - mean) / sqrt(variance + epsilon),   log((moving_variance + epsilon) / (variance + epsilon))

    Examples
    --------
    >>> [float(d[0].round(3)) for d in distances(np.array([1.0]), np.array([8.0]), np.array([0.0]), np.array([4.0]), 0)]
    [0.5, 0.693]
    """
    spread = variance + epsilon
    return (moving_mean - mean) / np.sqrt(spread), np.log((np.maximum(moving_variance, 0) + epsilon) / spread)


def rms(values):
    """The root mean square of an array."""
    return float(np.sqrt(np.mean(np.square(values))))


@dataclass
class Norm:
    """One batch normalization layer: its settings, its memory, and what arrived at it in training mode."""

    path: str
    kind: str
    axis: int | None = None
    momentum: float | None = None
    """The weight of the old value, as in Keras; PyTorch's momentum is that of the new one."""
    epsilon: float = 1e-3
    trainable: bool = True
    gamma: Any = None
    beta: Any = None
    moving_mean: Any = None
    moving_variance: Any = None
    """Arrays (C,), or None where the layer keeps other statistics than one pair for each feature."""
    memory_dtype: str | None = "float32"
    """None where it keeps no memory, as by PyTorch's `track_running_stats=False`."""
    unusable: int = 0
    """How many of its numbers are NaN, infinite, or a variance below 0."""
    # What the passes saw.
    shape: tuple = ()
    """Of the inputs, the batch's own axis included."""
    mean: Any = None
    variance: Any = None
    """The data's statistics, (C,), of all batches together; None where they could not be taken."""
    error: float = 0.0
    """Sampling error of `mean`, in standard deviations: what chance alone may account for."""
    noise: float | None = None
    """The same for the mean of one batch."""
    by_batch: bool = False
    """Whether training mode normalizes by the batch."""
    moved: bool = False
    """Whether training mode writes to the memory."""
    moved_at_inference: bool = False
    # What the graph says.
    kernel: str | None = None
    """Path of the layer with weights whose output is normalized."""
    kernel_trainable: bool | None = None
    features_axis: int | None = None
    """Where that layer's features are."""
    bias: str | None = None
    """Path of the layer that adds a bias directly before."""
    activated_before: str | None = None
    activated_after: str | None = None
    straight_to: str | None = None
    """Path of the next layer with weights, if no nonlinearity lies between the one before and it."""
    behind_output: bool = False
    # What the optimizer says; None where there is none.
    decays: list | None = None
    """Which of "gamma" and "beta" decay."""
    in_optimizer: bool | None = None

    @property
    def at_start(self):
        """Whether the memory is exactly 0 and 1 everywhere."""
        return self.moving_mean is not None and not self.moving_mean.any() and bool(np.all(self.moving_variance == 1))

    @property
    def known(self):
        """Whether memory and data can be compared, feature by feature."""
        return self.mean is not None and not self.unusable and np.shape(self.mean) == np.shape(self.moving_mean)

    @property
    def distances(self):
        """Two arrays (C,): see `distances`. A variance below a thousandth counts as none, however small epsilon is."""
        epsilon = max(self.epsilon, 1e-3)
        return distances(self.moving_mean, self.moving_variance, self.mean, self.variance, epsilon)

    @property
    def mean_off(self):
        """Root mean square over the features, in standard deviations, less what chance accounts for."""
        return float(np.sqrt(max(0.0, rms(self.distances[0]) ** 2 - self.error**2)))

    @property
    def variance_off(self):
        """Root mean square of the log of the ratio, less what chance accounts for (twice the error of the mean)."""
        return float(np.sqrt(max(0.0, rms(self.distances[1]) ** 2 - 4 * self.error**2)))

    def share_of_start(self):
        """(share, fit): how much of the start, 0 and 1, the memory still holds, and how well that explains it.

        A memory that is only late lies between the data's statistics and the start, at the same share s for each
        feature: memory = (1 - s) * data + s * start. `fit` is the part of the squared distance that s accounts for,
        in the means or in the variances, whichever is less.
        """
        scale = np.array([np.sqrt(self.variance + self.epsilon), self.variance + 1])
        off = np.array([self.moving_mean - self.mean, self.moving_variance - self.variance]) / scale
        way = np.array([-self.mean, 1 - self.variance]) / scale
        share = float(np.sum(off * way) / max(np.sum(way * way), 1e-12))
        unexplained = np.mean((off - share * way) ** 2, axis=1) / np.maximum(np.mean(off**2, axis=1), 0.01)
        return share, float(1 - unexplained.max())


@dataclass
class Facts:
    """What was measured about a model; `right_*` are arrays with a truth value for each image, or None."""

    norms: list
    others: list = field(default_factory=list)
    """(path, kind) of layer and group normalizations, which keep no memory."""
    images: int = 0
    batch_size: int | None = None
    """None where nobody said how large the batches of training are."""
    mates_differ: float | None = None
    """The largest change of an output when an image is given in another batch, relative to the outputs' size."""
    precision: float = 1e-3
    """The change that rounding may account for."""
    output_gap: float | None = None
    """Outputs by the batch's statistics against those by the memory: root mean square over the outputs' spread."""
    right_by_memory: Any = None
    right_by_batch: Any = None
    iterations: int | None = None
    """Updates that the optimizer has made."""
    frozen_whole: bool = False
    not_looked_at: list = field(default_factory=list)
    library: str = "keras"
    """Whose words the report takes: "keras" or "torch"."""
