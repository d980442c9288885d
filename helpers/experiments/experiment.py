"""One experiment: every setting of one network and its training, checked, unchangeable and comparable."""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from helpers._support import validate

ACTIVATIONS = ("relu", "sigmoid", "tanh")
DATASETS = ("digits", "mnist")
PLACEMENTS = ("before", "after")


@dataclass(frozen=True)
class Experiment:
    """A fully connected classifier and how it is trained: plain gradient descent on softmax cross-entropy.

    Without batch normalization a hidden layer is Dense with bias, then the activation. With it: Dense without bias,
    batch normalization, activation (`placement="before"`), or Dense with bias, activation, batch normalization
    (`placement="after"`). The output layer is Dense with bias, never normalized.

    Parameters
    ----------
    batch_norm : bool
    activation : "relu", "sigmoid" or "tanh"
    hidden : tuple of int
        Units of each hidden layer.
    learning_rate : float
    init_scale : float or "he"
        Standard deviation of the initial kernels (normal, mean 0); "he" is sqrt(2 / inputs of the layer).
    batch_size, steps : int
        The last, incomplete batch of an epoch is dropped and the epoch reshuffled. steps=0: the initial network.
    dataset : "digits" or "mnist"
        Seed s trains on split s of `helpers.data.load`.
    placement : "before" or "after"
        Where batch normalization stands: before the activation or after it.
    dropout : float in [0, 1)
        Share of each hidden layer's outputs set to 0 while training; the others are divided by 1 - dropout.
    weight_decay : float
        Adds weight_decay / 2 * sum(kernel²) to the loss, for kernels only: not for biases, gamma or beta.
    noise : float
        Noise as in Santurkar et al. (2018, section 2.1), while training only, right after batch normalization (or after
        the activation, without it): y becomes s * y + m. Each unit draws afresh at every step a centre of m from
        U(-noise, noise) and a centre of s from U(1, 1 + noise / 2), each example m and s near them (± noise / 5).
    output_init_scale : float, "he" or None
        The output layer's own initial scale; None means init_scale.
    momentum : float in [0, 1]
        moving = moving * momentum + batch * (1 - momentum): the weight of the OLD value.
    epsilon : float
        Added to the variance, under the root.
    evaluations : int
        How many times, evenly spread, loss and accuracy are recorded, besides step 0.
    train_size : int or None
        Train on the first train_size training images of the split only.

    Raises
    ------
    TypeError, ValueError
        If a setting has the wrong type or lies outside its range.

    Examples
    --------
    >>> import dataclasses
    >>> base = Experiment(batch_norm=False, activation="relu", learning_rate=1)
    >>> dataclasses.replace(base, batch_norm=True) == base
    False

    Note
    ----
    To compare fairly change one setting: `dataclasses.replace(base, batch_norm=True)`.
    """

    batch_norm: bool
    activation: str
    hidden: tuple = (100, 100, 100)
    learning_rate: float = 0.01
    init_scale: float | str = 0.05
    batch_size: int = 60
    steps: int = 2000
    dataset: str = "digits"
    placement: str = "before"
    dropout: float = 0.0
    weight_decay: float = 0.0
    noise: float = 0.0
    output_init_scale: float | str | None = None
    momentum: float = 0.99
    epsilon: float = 1e-3
    evaluations: int = 20
    train_size: int | None = None

    def __post_init__(self):
        for name, check in CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))
        if self.train_size is not None:
            check_batch_fits(self.batch_size, self.train_size)

    @property
    def normalized(self):
        """Where batch normalization stands, "before" or "after", or None."""
        return self.placement if self.batch_norm else None

    @property
    def evaluation_steps(self):
        """The steps after which loss and accuracy are recorded, as an int array that starts with 0 and ends with
        `steps`."""
        return np.unique(np.linspace(0, self.steps, self.evaluations + 1).round().astype(int))

    @property
    def label(self):
        """A short description, such as "with batch normalization, relu, rate 1, sd 0.05"."""
        scale = "He weights" if self.init_scale == "he" else f"sd {self.init_scale:g}"
        return f"{'with' if self.batch_norm else 'without'}, {self.activation}, rate {self.learning_rate:g}, {scale}"


def check_batch_fits(batch_size, images):
    """Refuse a batch that is larger than the training set."""
    if batch_size > images:
        raise ValueError(
            f"`batch_size` must be at most the number of training images. "
            f"{validate.received(batch_size=batch_size, images=images)} Choose a smaller batch or more images."
        )


def _finite(name, value, advice):
    number = validate.number(name, value, low=0, advice=advice)
    if math.isinf(number):
        raise ValueError(f"`{name}` must be finite. {validate.received(**{name: value})} {advice}")
    return number


def _units(name, value):
    advice = "Pass the number of units of each hidden layer, such as (100, 100, 100)."
    if not isinstance(value, (tuple, list)) or not value:
        raise TypeError(
            f"`{name}` must be a tuple of integers, at least one. {validate.received(**{name: value})} {advice}"
        )
    return validate.integers(name, value, low=1, advice=advice)


def _scale(name, value):
    if isinstance(value, str) and value == "he":
        return value
    return _finite(name, value, 'Pass a standard deviation such as 0.05, or "he".')


def _optional(check):
    return lambda name, value: None if value is None else check(name, value)


CHECKS = {
    "batch_norm": validate.boolean,
    "activation": partial(validate.one_of, choices=ACTIVATIONS),
    "hidden": _units,
    "learning_rate": partial(_finite, advice="Pass a step size such as 0.01."),
    "init_scale": _scale,
    "batch_size": partial(validate.integer, low=1, advice="Pass a number such as 60."),
    "steps": partial(validate.integer, low=0, advice="0 gives the initial network."),
    "dataset": partial(validate.one_of, choices=DATASETS),
    "placement": partial(validate.one_of, choices=PLACEMENTS),
    "dropout": partial(validate.share, advice="It is the share set to 0, such as 0.5."),
    "weight_decay": partial(_finite, advice="Pass a small number such as 0.0001."),
    "noise": partial(_finite, advice="Pass a strength such as 0.5."),
    "output_init_scale": _optional(_scale),
    "momentum": partial(validate.number, low=0, high=1, advice="It is the weight of the old value, such as 0.99."),
    "epsilon": partial(_finite, advice="It is added to the variance; pass a number such as 0.001."),
    "evaluations": partial(validate.integer, low=1, advice="Pass how often to measure while training, such as 20."),
    "train_size": _optional(partial(validate.integer, low=1, advice="Pass a number of images, or None.")),
}
"""How each setting is checked, and brought into the form in which it is used."""
