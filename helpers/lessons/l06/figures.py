"""Lesson 06's own figures: statistics for each position, signals in 19 layers, trainings, residual blocks."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots

SHORTCUTS = {
    "shortcuts alone": {"color": plots.ORANGE, "linestyle": "--"},
    "shortcuts and batch normalization": {"color": plots.BLUE, "linestyle": "-"},
    "shortcuts, batch normalization, last gamma 0": {"color": plots.PURPLE, "linestyle": "-."},
}
"""The look of each kind of network with shortcuts."""
CONV, NORM, RELU, SUM = "conv", "BN", "ReLU", "+"
BLOCKS = {
    "plain": (CONV, RELU, CONV, RELU),
    "residual": (CONV, RELU, CONV, SUM, RELU),
    "residual, with batch normalization": (CONV, NORM, RELU, CONV, NORM, SUM, RELU),
    "pre-activation": (NORM, RELU, CONV, NORM, RELU, CONV, SUM),
}
"""The operations of a block of two convolutions, in order; where there is a sum, a shortcut leads to it."""
FILLS = {CONV: "#DDDDDD", NORM: plots.SKY, RELU: "white", SUM: "white"}
HALF = {CONV: 0.36, NORM: 0.27, RELU: 0.38, SUM: 0.22}
"""Half the width of each operation's box; one step of a chain is 1."""


def rows_of_images(images, rows, limit):
    """Images in a row, as they are, and in further rows what became of them, each scale beside it; returns the figure.

    Parameters
    ----------
    images : (N, height, width)
        From 0 (white) to 1 (black).
    rows : dict of str to (N, height, width)
        Each further row's name and images, all on one scale of grey from -limit (white) to limit (black).
    limit : float
        What is beyond is drawn as white or black.
    """
    fig, axes = plt.subplots(1 + len(rows), len(images), figsize=(7, 0.6 + 1.1 * (1 + len(rows))))
    scales = [{"vmin": 0, "vmax": 1}, *[{"vmin": -limit, "vmax": limit}] * len(rows)]
    for line, (name, x), scale in zip(axes, [("image", images), *rows.items()], scales):
        for ax, image in zip(line, x):
            ax.imshow(image, cmap="gray_r", **scale)
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    fig.colorbar(axes[0, 0].images[0], ax=axes[0], label="ink", aspect=8)
    fig.colorbar(axes[1, 0].images[0], ax=axes[1:], label="standard deviations", extend="both")
    return fig


def trainings(without, with_it):
    """Loss and validation accuracy against batches, for two `helpers.tf.sweep.Result`; returns the figure."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.6))
    for batch_norm, result in ((True, with_it), (False, without)):
        style = plots.line_style(batch_norm)
        plots.spread(left, result.step, result.train_loss, **style)
        plots.spread(right, result.step, result.validation_accuracy, **style)
    left.set(title="training mode", xlabel="batches", ylabel="training loss (nats)", ylim=(0, None))
    right.set(title="inference mode", xlabel="batches", ylabel="validation accuracy", ylim=(0, 1.02))
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


def residual_blocks(blocks=BLOCKS):
    """Each kind of block as a chain of operations, from left to right, with its shortcut; returns the figure.

    Parameters
    ----------
    blocks : dict of str to tuple of str
        Each block's name and operations, as in BLOCKS.
    """
    fig, axes = plt.subplots(len(blocks), 1, figsize=(7, 1.3 * len(blocks)))
    for ax, (name, operations) in zip(axes, blocks.items()):
        ax.set(xlim=(-0.5, 8.5), ylim=(-0.5, 1.2))
        ax.set_title(name, loc="left")
        ax.axis("off")
        ax.text(0, 0, "x", ha="center", va="center")
        end = 0.15
        for place, operation in enumerate(operations, 1):
            _arrow(ax, (end, 0), (place - HALF[operation], 0))
            end = place + HALF[operation]
            shape = "circle" if operation == SUM else "round"
            box = {"boxstyle": f"{shape},pad=0.35", "facecolor": FILLS[operation], "edgecolor": plots.GREY}
            ax.text(place, 0, operation, ha="center", va="center", bbox=box)
        _arrow(ax, (end, 0), (end + 0.3, 0))
        if SUM in operations:
            place = operations.index(SUM) + 1
            ax.plot([0, 0, place], [0.3, 0.85, 0.85], color=plots.VERMILION)
            _arrow(ax, (place, 0.9), (place, 0.25), color=plots.VERMILION, linewidth=2)
            ax.text(place / 2, 0.9, "shortcut", ha="center", va="bottom", color=plots.VERMILION)
    return fig


def _arrow(ax, begin, end, *, color=plots.GREY, linewidth=1.2):
    look = {"arrowstyle": "-|>", "color": color, "linewidth": linewidth, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, begin, arrowprops=look)


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
    fig.legend(handles=axes[0, 0].get_lines(), loc="outside upper center")
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
        blocks = np.arange(1, len(values) + 1)
        ax.plot(blocks, values[:, 0], "s-", color=plots.GREY, label="shortcut")
        ax.plot(blocks, values[:, 1], "o--", color=plots.VERMILION, label="branch")
        ax.set_yscale("symlog", linthresh=1e-4)  # 0 has a place, below a ten-thousandth
        ax.set(title="\n".join(name.replace(" and", ",").split(", ")), xlabel="block", xticks=blocks[::2])
    axes[0, 0].set(ylabel="sd over images", ylim=(-2e-5, 3))
    fig.legend(handles=axes[0, 0].get_lines(), loc="outside upper center", ncols=2)
    return fig
