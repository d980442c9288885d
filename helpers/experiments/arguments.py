"""The arguments of `train` and `sweep`, checked before anything is computed."""

from helpers import data
from helpers._support import validate
from helpers.experiments.experiment import Experiment, check_batch_fits

seeds = validate.seeds


def check_experiment(name, value):
    """Refuse anything but an Experiment."""
    if not isinstance(value, Experiment):
        raise TypeError(
            f"`{name}` must be an Experiment. {validate.received(**{name: value})} "
            "Make one: Experiment(batch_norm=True, activation='relu')."
        )


def experiments(values):
    """A list of different Experiments, at least one."""
    if isinstance(values, (Experiment, str)) or not hasattr(values, "__iter__"):
        raise TypeError(
            f"`experiments` must be a sequence of Experiments. {validate.received(experiments=values)} "
            "Pass a list; for one experiment alone call train."
        )
    values = validate.items("experiments", values, advice="Pass a list of Experiments.")
    for i, value in enumerate(values):
        check_experiment(f"experiments[{i}]", value)
    if not values or len(set(values)) < len(values):
        raise ValueError(
            f"`experiments` must be at least one, each different. Received: {len(values)} experiments, "
            f"{len(set(values))} different. To repeat one, pass more seeds."
        )
    return values


def check_fits(experiment, seed):
    """Refuse an experiment whose batch, or whose train_size, is larger than the training set (equal for all seeds)."""
    images = len(data.divide(experiment.dataset, split=seed).train)
    if experiment.train_size is not None and experiment.train_size > images:
        raise ValueError(
            f"`train_size` must be at most the number of training images. "
            f"{validate.received(train_size=experiment.train_size, images=images)} Choose fewer, or None for all."
        )
    check_batch_fits(experiment.batch_size, images)
