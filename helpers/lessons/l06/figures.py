"""Lesson 06's own figures: what per-position statistics do, training curves, signals through 19 layers, shortcuts."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots

SHORTCUTS = {
    "shortcuts alone": {"color": plots.ORANGE, "linestyle": "--"},
    "shortcuts and batch normalization": {"color": plots.BLUE, "linestyle": "-"},
    "the same, last gamma 0": {"color": plots.PURPLE, "linestyle": "-."},
}
"""The look of each kind of network with shortcuts."""


def rows_of_images(rows, limit):
    """Images in rows, all on one scale of grey from -limit (white) to limit (black); returns the figure.

    Parameters
    ----------
    rows : dict of str to (N, height, width)
        Each row's name and its images.
    limit : float
        What is beyond is drawn as white or black.
    """
    count = len(next(iter(rows.values())))
    fig, axes = plt.subplots(len(rows), count, figsize=(7, 0.4 + 1.1 * len(rows)))
    for line, (name, images) in zip(axes, rows.items()):
        for ax, image in zip(line, images):
            picture = ax.imshow(image, vmin=-limit, vmax=limit, cmap="gray_r")
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    fig.colorbar(picture, ax=axes, label="standard deviations", extend="both")
    return fig


def trainings(without, with_it):
    """Loss and validation accuracy against batches, for two `helpers.tf.sweep.Result`; returns the figure."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.6))
    for batch_norm, result in ((True, with_it), (False, without)):
        style = plots.line_style(batch_norm)
        plots.spread(left, result.step, result.train_loss, **style)
        plots.spread(right, result.step, result.validation_accuracy, **style)
    left.set(xlabel="batches", ylabel="training loss (nats), training mode", ylim=(0, None))
    right.set(xlabel="batches", ylabel="validation accuracy, inference mode", ylim=(0, 1.02))
    fig.legend(handles=right.get_lines(), loc="outside upper center", ncols=2)
    return fig


def signals(spreads):
    """How far images differ after each layer, on a logarithmic scale; returns the figure.

    Parameters
    ----------
    spreads : dict of bool to (S, L)
        With (True) and without batch normalization: a row for each seed, a column for each layer.
    """
    fig, ax = plt.subplots(figsize=(7, 3.6))
    for batch_norm, values in spreads.items():
        layers = np.arange(1, np.shape(values)[1] + 1)
        plots.spread(ax, layers, values, **plots.line_style(batch_norm))
    ax.axvline(9, color=plots.GREY, linestyle=":", linewidth=1)
    ax.text(9.2, 3e-9, "from here on 1 x 1 maps", color=plots.GREY)
    ax.set(xlabel="layer (convolution)", ylabel="sd over images", yscale="log", xticks=range(1, 20, 3))
    fig.legend(handles=ax.get_lines()[:2], loc="outside upper center", ncols=2)
    return fig


def shortcuts(races):
    """Validation accuracy of networks with shortcuts, a panel for each learning rate; returns the figure.

    Parameters
    ----------
    races : dict of (str, float) to Result
        What `helpers.tf.sweep.sweep` returned for the kinds of SHORTCUTS.
    """
    rates = list(dict.fromkeys(rate for _, rate in races))
    fig, axes = plt.subplots(1, len(rates), figsize=(3.75 * len(rates), 3.8), sharey=True, squeeze=False)
    panels = dict(zip(rates, axes[0]))
    for (name, rate), race in races.items():
        plots.spread(panels[rate], race.step, race.validation_accuracy, label=name, **SHORTCUTS[name])
        panels[rate].set(title=f"learning rate {rate:g}", xlabel="batches", ylim=(0, 1.02))
    axes[0, 0].set_ylabel("validation accuracy")
    fig.legend(handles=axes[0, 0].get_lines(), loc="outside upper center", ncols=2)
    return fig


def sums(parts):
    """The spread of both summands of each shortcut, and of their sum, a panel for each network; returns the figure.

    Parameters
    ----------
    parts : dict of str to (B, 2)
        For each kind of network: a row for each shortcut, the spread of what came along it and of the branch.
    """
    fig, axes = plt.subplots(1, len(parts), figsize=(8, 3.2), sharey=True, squeeze=False)
    for ax, (name, values) in zip(axes[0], parts.items()):
        blocks, values = np.arange(1, len(values) + 1), np.maximum(values, 1e-4)
        ax.plot(blocks, values[:, 0], "s-", color=plots.GREY, label="shortcut")
        ax.plot(blocks, values[:, 1], "o--", color=plots.VERMILION, label="branch")
        ax.set(title=name.replace(" and ", "\nand "), xlabel="block", yscale="log", xticks=blocks[::2])
    axes[0, 0].set_ylabel("sd over images")
    fig.legend(handles=axes[0, 0].get_lines(), loc="outside upper center", ncols=2)
    return fig
