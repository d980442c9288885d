"""One experiment: every setting of one network and its training, checked, unchangeable and comparable."""

import math
from dataclasses import dataclass

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
        checked = {
            "batch_norm": validate.boolean("batch_norm", self.batch_norm),
            "activation": validate.one_of("activation", self.activation, ACTIVATIONS),
            "hidden": _units(self.hidden),
            "learning_rate": _finite("learning_rate", self.learning_rate, "Pass a step size such as 0.01."),
            "init_scale": _scale("init_scale", self.init_scale),
            "batch_size": validate.integer("batch_size", self.batch_size, low=1, advice="Pass a number such as 60."),
            "steps": validate.integer("steps", self.steps, low=0, advice="0 gives the initial network."),
            "dataset": validate.one_of("dataset", self.dataset, DATASETS),
            "placement": validate.one_of("placement", self.placement, PLACEMENTS),
            "dropout": _dropout(self.dropout),
            "weight_decay": _finite("weight_decay", self.weight_decay, "Pass a small number such as 0.0001."),
            "noise": _finite("noise", self.noise, "Pass a strength such as 0.5."),
            "momentum": validate.number(
                "momentum", self.momentum, low=0, high=1, advice="It is the weight of the old value, such as 0.99."
            ),
            "epsilon": _finite("epsilon", self.epsilon, "It is added to the variance; pass a number such as 0.001."),
            "evaluations": validate.integer(
                "evaluations", self.evaluations, low=1, advice="Pass how often to measure while training, such as 20."
            ),
        }
        if self.output_init_scale is not None:
            checked["output_init_scale"] = _scale("output_init_scale", self.output_init_scale)
        if self.train_size is not None:
            checked["train_size"] = validate.integer(
                "train_size", self.train_size, low=1, advice="Pass a number of images, or None."
            )
            check_batch_fits(checked["batch_size"], checked["train_size"])
        for name, value in checked.items():
            object.__setattr__(self, name, value)

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


def _units(value):
    advice = "Pass the number of units of each hidden layer, such as (100, 100, 100)."
    if not isinstance(value, (tuple, list)) or not value:
        raise TypeError(
            f"`hidden` must be a tuple of integers, at least one. {validate.received(hidden=value)} {advice}"
        )
    return tuple(validate.integer("hidden", units, low=1, advice=advice) for units in value)


def _scale(name, value):
    if isinstance(value, str) and value == "he":
        return value
    return _finite(name, value, 'Pass a standard deviation such as 0.05, or "he".')


def _dropout(value):
    advice = "It is the share set to 0, such as 0.5."
    number = validate.number("dropout", value, low=0, high=1, advice=advice)
    if number == 1:
        raise ValueError(f"`dropout` must be below 1. {validate.received(dropout=value)} {advice}")
    return number
