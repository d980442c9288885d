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


UNITS = "Pass the number of units of each hidden layer, such as (100, 100, 100)."
SCALE = 'Pass a standard deviation such as 0.05, or "he".'
MOMENTUM = "It is the weight of the old value, such as 0.99."
EPSILON = "It is added to the variance; pass a number such as 0.001."
REFUSED = [
    ({"batch_norm": 1}, "`batch_norm` must be True or False. Received: batch_norm=1. Choose one of them."),
    (
        {"activation": "selu"},
        "`activation` must be one of 'relu', 'sigmoid', 'tanh'. Received: activation='selu'. Choose one of them.",
    ),
    (
        {"dataset": "cifar"},
        "`dataset` must be one of 'digits', 'mnist'. Received: dataset='cifar'. Choose one of them.",
    ),
    (
        {"placement": "inside"},
        "`placement` must be one of 'before', 'after'. Received: placement='inside'. Choose one of them.",
    ),
    ({"hidden": (100, 0)}, f"`hidden` must be at least 1. Received: hidden=0. {UNITS}"),
    ({"hidden": (100, 2.5)}, f"`hidden` must be an integer. Received: hidden=2.5. {UNITS}"),
    ({"hidden": ()}, f"`hidden` must be a tuple of integers, at least one. Received: hidden=(). {UNITS}"),
    ({"hidden": 100}, f"`hidden` must be a tuple of integers, at least one. Received: hidden=100. {UNITS}"),
    (
        {"learning_rate": -0.1},
        "`learning_rate` must be at least 0. Received: learning_rate=-0.1. Pass a step size such as 0.01.",
    ),
    (
        {"learning_rate": float("nan")},
        "`learning_rate` must be at least 0. Received: learning_rate=nan. Pass a step size such as 0.01.",
    ),
    (
        {"learning_rate": float("inf")},
        "`learning_rate` must be finite. Received: learning_rate=inf. Pass a step size such as 0.01.",
    ),
    (
        {"learning_rate": "fast"},
        "`learning_rate` must be a number. Received: learning_rate='fast'. Pass a step size such as 0.01.",
    ),
    ({"init_scale": -1}, f"`init_scale` must be at least 0. Received: init_scale=-1. {SCALE}"),
    ({"init_scale": "xavier"}, f"`init_scale` must be a number. Received: init_scale='xavier'. {SCALE}"),
    ({"output_init_scale": -1}, f"`output_init_scale` must be at least 0. Received: output_init_scale=-1. {SCALE}"),
    ({"batch_size": 0}, "`batch_size` must be at least 1. Received: batch_size=0. Pass a number such as 60."),
    ({"batch_size": 6.0}, "`batch_size` must be an integer. Received: batch_size=6.0. Pass a number such as 60."),
    ({"steps": -1}, "`steps` must be at least 0. Received: steps=-1. 0 gives the initial network."),
    ({"dropout": 1}, "`dropout` must be below 1. Received: dropout=1. It is the share set to 0, such as 0.5."),
    (
        {"dropout": -0.1},
        "`dropout` must be between 0 and 1. Received: dropout=-0.1. It is the share set to 0, such as 0.5.",
    ),
    (
        {"weight_decay": -1},
        "`weight_decay` must be at least 0. Received: weight_decay=-1. Pass a small number such as 0.0001.",
    ),
    ({"noise": -1}, "`noise` must be at least 0. Received: noise=-1. Pass a strength such as 0.5."),
    ({"momentum": 1.5}, f"`momentum` must be between 0 and 1. Received: momentum=1.5. {MOMENTUM}"),
    ({"momentum": -0.1}, f"`momentum` must be between 0 and 1. Received: momentum=-0.1. {MOMENTUM}"),
    ({"epsilon": -1e-3}, f"`epsilon` must be at least 0. Received: epsilon=-0.001. {EPSILON}"),
    (
        {"evaluations": 0},
        "`evaluations` must be at least 1. Received: evaluations=0. Pass how often to measure while training, "
        "such as 20.",
    ),
    ({"train_size": 0}, "`train_size` must be at least 1. Received: train_size=0. Pass a number of images, or None."),
    (
        {"train_size": 59},
        "`batch_size` must be at most the number of training images. Received: batch_size=60, images=59. "
        "Choose a smaller batch or more images.",
    ),
]


@pytest.mark.parametrize(("setting", "message"), REFUSED, ids=[str(setting) for setting, _ in REFUSED])
def test_what_is_refused(setting, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        dataclasses.replace(BASE, **setting)
    assert str(caught.value) == message
