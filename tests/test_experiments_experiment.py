"""Experiment: frozen, comparable, and checked; each refusal's whole message."""

import dataclasses

import numpy as np
import pytest

from helpers.experiments import Experiment

BASE = Experiment(batch_norm=True, activation="relu")


def test_the_defaults_are_the_published_networks():
    assert (BASE.hidden, BASE.batch_size, BASE.learning_rate, BASE.init_scale) == ((100, 100, 100), 60, 0.01, 0.05)
    assert (BASE.steps, BASE.dataset, BASE.momentum, BASE.epsilon) == (2000, "digits", 0.99, 1e-3)


def test_equal_settings_make_equal_experiments_that_serve_as_keys():
    other = Experiment(np.bool_(True), "relu", hidden=[100, 100, 100], learning_rate=np.float64(0.01))
    assert other == BASE
    assert {BASE: 1}[other] == 1
    assert dataclasses.replace(BASE, learning_rate=1) == dataclasses.replace(BASE, learning_rate=1.0)


def test_an_experiment_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        BASE.steps = 5


def test_replace_changes_one_setting():
    without = dataclasses.replace(BASE, batch_norm=False)
    assert {name for name in vars(BASE) if getattr(BASE, name) != getattr(without, name)} == {"batch_norm"}


def test_replace_checks_the_new_setting():
    with pytest.raises(ValueError, match="`steps` must be at least 0"):
        dataclasses.replace(BASE, steps=-1)


@pytest.mark.parametrize(
    ("steps", "evaluations", "expected"),
    [(0, 20, [0]), (10, 2, [0, 5, 10]), (3, 20, [0, 1, 2, 3]), (7, 2, [0, 4, 7]), (2000, 1, [0, 2000])],
)
def test_evaluation_steps(steps, evaluations, expected):
    experiment = dataclasses.replace(BASE, steps=steps, evaluations=evaluations)
    assert experiment.evaluation_steps.tolist() == expected


@pytest.mark.parametrize(
    ("batch_norm", "placement", "expected"),
    [(True, "before", "before"), (True, "after", "after"), (False, "before", None), (False, "after", None)],
)
def test_normalized_says_where(batch_norm, placement, expected):
    assert dataclasses.replace(BASE, batch_norm=batch_norm, placement=placement).normalized == expected


def test_label():
    assert BASE.label == "with, relu, rate 0.01, sd 0.05"
    assert Experiment(False, "tanh", init_scale="he", learning_rate=2).label == "without, tanh, rate 2, He weights"


ADVICE = {
    **dict.fromkeys(("batch_norm", "activation", "dataset", "placement"), "Choose one of them."),
    "hidden": "Pass the number of units of each hidden layer, such as (100, 100, 100).",
    "learning_rate": "Pass a step size such as 0.01.",
    **dict.fromkeys(("init_scale", "output_init_scale"), 'Pass a standard deviation such as 0.05, or "he".'),
    "batch_size": "Pass a number such as 60.",
    "steps": "0 gives the initial network.",
    "dropout": "It is the share set to 0, such as 0.5.",
    "weight_decay": "Pass a small number such as 0.0001.",
    "noise": "Pass a strength such as 0.5.",
    "momentum": "It is the weight of the old value, such as 0.99.",
    "epsilon": "It is added to the variance; pass a number such as 0.001.",
    "evaluations": "Pass how often to measure while training, such as 20.",
    "train_size": "Pass a number of images, or None.",
}
REFUSED = [
    ("batch_norm", 1, "True or False"),
    ("activation", "selu", "one of 'relu', 'sigmoid', 'tanh'"),
    ("dataset", "cifar", "one of 'digits', 'mnist'"),
    ("placement", "inside", "one of 'before', 'after'"),
    *[("hidden", value, "hold integers, each at least 1") for value in ((100, 0), (100, 2.5))],
    *[("hidden", value, "a tuple of integers, at least one") for value in ((), 100)],
    *[("learning_rate", value, "at least 0") for value in (-0.1, float("nan"))],
    ("learning_rate", float("inf"), "finite"),
    *[(name, word, "a number") for name, word in (("learning_rate", "fast"), ("init_scale", "xavier"))],
    *[(name, -1, "at least 0") for name in ("init_scale", "output_init_scale", "steps", "weight_decay", "noise")],
    ("batch_size", 6.0, "an integer"),
    *[(name, 0, "at least 1") for name in ("batch_size", "evaluations", "train_size")],
    ("dropout", 1, "below 1"),
    *[(name, value, "between 0 and 1") for name, value in (("dropout", -0.1), ("momentum", 1.5), ("momentum", -0.1))],
    ("epsilon", -1e-3, "at least 0"),
]


@pytest.mark.parametrize(("name", "value", "need"), REFUSED)
def test_what_is_refused(name, value, need):
    with pytest.raises((TypeError, ValueError)) as caught:
        dataclasses.replace(BASE, **{name: value})
    need = need if need.startswith("hold") else f"be {need}"
    assert str(caught.value) == f"`{name}` must {need}. Received: {name}={value!r}. {ADVICE[name]}"


def test_a_batch_larger_than_the_training_images_is_refused():
    with pytest.raises(ValueError, match=r"^`batch_size` must be at most the number of training images\. ") as caught:
        dataclasses.replace(BASE, train_size=59)
    assert str(caught.value).endswith("Received: batch_size=60, images=59. Choose a smaller batch or more images.")
