"""The figures of lesson 03: what a reader sees in each."""

from types import SimpleNamespace

import numpy as np

from helpers.experiments import Experiment
from helpers.lessons.l03 import figures


def history(steps, height):
    """As much of helpers.tf.fit.History as the figure reads, without TensorFlow."""
    values = np.full(steps, float(height))
    names = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
    return SimpleNamespace(step=21 * np.arange(1, steps + 1), **{name: values + i for i, name in enumerate(names)})


def test_magnitudes_have_a_row_a_group_and_a_line_at_its_median():
    fig = figures.magnitudes({"dust": np.array([0, 1e-9, -1e-8]), "others": np.array([0.1])}, xlabel="magnitude")
    (ax,) = fig.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["dust", "others"]
    assert [line.get_xdata()[0] for line in ax.lines] == [1e-9, 0.1]
    assert ax.get_xlabel() == "magnitude"


def test_magnitudes_that_are_zero_stand_at_the_left_edge():
    fig = figures.magnitudes({"dust": np.array([0, 1e-20, 1e-3])}, xlabel="")
    assert sorted(fig.axes[0].collections[0].get_offsets()[:, 0]) == [1e-12, 1e-12, 1e-3]


def test_placements_have_a_panel_an_activation_and_a_line_a_placement():
    found = {}
    for activation in ("relu", "sigmoid"):
        for placement in ("before", "after"):
            for rate in (0.1, 1):
                settings = {"activation": activation, "placement": placement, "learning_rate": rate}
                accuracy = np.array([0.8, 0.9, 1.0]) * (placement == "before" or rate < 1)
                found[Experiment(batch_norm=True, **settings)] = SimpleNamespace(test_accuracy=accuracy)
    fig = figures.placements(found)
    assert [ax.get_title() for ax in fig.axes] == ["ReLU", "sigmoid"]
    before, after = fig.axes[1].lines
    assert list(before.get_ydata()) == [0.9, 0.9]
    assert list(after.get_ydata()) == [0.9, 0]
    words = [text.get_text() for text in fig.axes[0].get_legend().get_texts()]
    assert words == ["before the activation", "after the activation"]


def test_lag_draws_training_once_and_each_memory_over_its_own_steps():
    fig = figures.lag({"momentum 0.99": [history(4, 0), history(4, 2)], "momentum 0.9": [history(2, 0)]})
    left, right = fig.axes
    assert [list(line.get_xdata()) for line in left.lines] == [[21, 42, 63, 84], [21, 42, 63, 84], [21, 42]]
    assert [line.get_ydata()[0] for line in left.lines] == [1, 3, 2]
    assert [line.get_ydata()[0] for line in right.lines] == [2, 4, 3]
    words = [text.get_text() for text in fig.legends[0].get_texts()]
    assert words == ["training, in training mode", "validation, momentum 0.99", "validation, momentum 0.9"]
    assert (left.get_ylabel(), right.get_ylabel()) == ("loss (cross-entropy, nats)", "accuracy")
