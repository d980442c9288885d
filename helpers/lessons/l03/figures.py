"""The figures of lesson 03: gradients as clouds of dots, two placements compared, and a memory that lags."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots

SMALLEST = 1e-12
PLACEMENTS = {
    "before": {"color": plots.BLUE, "linestyle": "-", "marker": "o", "label": "before the activation"},
    "after": {"color": plots.VERMILION, "linestyle": "--", "marker": "s", "label": "after the activation"},
}
MEMORIES = (
    {"color": plots.VERMILION, "linestyle": "--", "marker": "o"},
    {"color": plots.GREEN, "linestyle": "-.", "marker": "^"},
    {"color": plots.BLUE, "linestyle": ":", "marker": "s"},
)


def magnitudes(groups, xlabel):
    """Draw each number's magnitude as a dot on a logarithmic axis, a row for each group; returns the figure.

    Parameters
    ----------
    groups : mapping of str to array
        Numbers below 1e-12, zeros too, are drawn there.
    xlabel : str
    """
    fig, ax = plt.subplots(figsize=(7, 0.9 + 0.7 * len(groups)))
    heights = np.random.default_rng(0)
    for row, numbers in enumerate(groups.values()):
        x = np.maximum(np.abs(numbers), SMALLEST)
        ax.scatter(x, row + heights.uniform(-0.28, 0.28, x.shape), s=7, alpha=0.6, color=plots.BLUE, linewidths=0)
        median = np.median(x)
        ax.plot([median, median], [row - 0.36, row + 0.36], color="black", linestyle="-")
    ax.set(xscale="log", xlabel=xlabel, yticks=range(len(groups)), yticklabels=groups, xlim=(SMALLEST / 2, 1))
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    return fig


def placements(results, title=plots.ACTIVATION_NAMES.get):
    """Test accuracy against the learning rate, a panel for each activation, a line for each placement; the figure.

    Parameters
    ----------
    results : mapping of Experiment to Result
        Experiments that differ in activation, placement and learning rate.
    title : function of an activation's name
    """
    activations = list(dict.fromkeys(experiment.activation for experiment in results))
    size = (1 + 3.6 * len(activations), 3.6)
    fig, axes = plt.subplots(1, len(activations), figsize=size, sharey=True, squeeze=False)
    for activation, ax in zip(activations, axes[0]):
        for placement, style in PLACEMENTS.items():
            found = {
                e.learning_rate: r.test_accuracy
                for e, r in results.items()
                if (e.activation, e.placement) == (activation, placement)
            }
            plots.spread(ax, list(found), np.transpose(list(found.values())), **style)
        ax.set(title=title(activation), xscale="log", xlabel="learning rate", ylim=(0, 1.03))
        ax.set_xticks(list(found), [f"{rate:g}" for rate in found])
        ax.minorticks_off()
    axes[0, 0].set_ylabel("test accuracy")
    axes[0, 0].legend(loc="lower left")
    return fig


def lag(runs):
    """Training and validation loss, and validation accuracy, while the memory lags; the figure.

    Parameters
    ----------
    runs : mapping of str to sequence of helpers.tf.fit.History
        A History for each seed, for each way to keep the memory; up to three ways, which may end at different steps.
        Their training losses are the same: drawn once, from the first way.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    histories = next(iter(runs.values()))
    training = {"color": "black", "linestyle": "-", "label": "training, in training mode"}
    plots.spread(left, histories[0].step, np.array([h.train_loss for h in histories]), **training)
    plots.spread(right, histories[0].step, np.array([h.train_accuracy for h in histories]), **training)
    for (name, histories), style in zip(runs.items(), MEMORIES):
        style, step = style | {"markersize": 4, "label": f"validation, {name}"}, histories[0].step
        plots.spread(left, step, np.array([h.validation_loss for h in histories]), **style)
        plots.spread(right, step, np.array([h.validation_accuracy for h in histories]), **style)
    left.set(xlabel="training step", ylabel="loss (cross-entropy, nats)", ylim=(0, None))
    right.set(xlabel="training step", ylabel="accuracy", ylim=(0, 1.03))
    fig.legend(handles=right.get_lines(), loc="outside upper center", ncols=2)
    return fig
