"""Pictures of the idea for lesson 01: a batch as a table with one column shaded, and the layer's place in a network."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from helpers.figures import plots

TRAINING, INFERENCE = plots.BLUE, plots.PURPLE


def shaded_table(x, column=0, names=None):
    """A batch (N, D) as a table, one column shaded: its values are normalized together.

    Parameters
    ----------
    x : (N, D) array
    column : int
        The shaded column.
    names : D strings, or None for a, b, c, ...
    """
    rows, columns = x.shape
    names = [chr(ord("a") + i) for i in range(columns)] if names is None else names
    fig, ax = plt.subplots(figsize=(7, 0.55 * rows + 1.6))
    for j in range(columns):
        ax.text(j + 0.5, rows + 0.45, f"feature {names[j]}", ha="center", va="center", fontsize="small")
        for i in range(rows):
            shade = plots.SKY if j == column else "white"
            ax.add_patch(Rectangle((j, rows - 1 - i), 1, 1, facecolor=shade, edgecolor=plots.GREY))
            ax.text(j + 0.5, rows - 0.5 - i, f"{x[i, j]:,g}", ha="center", va="center")
    for i in range(rows):
        ax.text(-0.08, rows - 0.5 - i, f"example {i + 1}", ha="right", va="center", fontsize="small")
    arrow = {"arrowstyle": "-|>", "color": "black", "mutation_scale": 14}
    ax.add_patch(FancyArrowPatch((column + 0.5, -0.05), (column + 0.5, -0.6), **arrow))
    words = f"one mean and one variance\nfor feature {names[column]}, over {rows} examples"
    ax.text(column + 0.5, -0.65, words, ha="center", va="top")
    ax.set(xlim=(-1, columns + 0.1), ylim=(-1.6, rows + 0.8))
    ax.axis("off")
    return fig


def block_diagram():
    """Dense, batch normalization, activation as blocks; where the statistics come from in training and inference."""
    fig, ax = plt.subplots(figsize=(7.5, 3.6))
    for x, words in ((1.2, "Dense\nx W"), (4.5, "batch\nnormalization"), (7.8, "activation\nReLU, sigmoid")):
        _box(ax, x, 2.2, words, "black", width=2.1)
    for start, end in ((-0.5, 0.15), (2.25, 3.45), (5.55, 6.75), (8.85, 9.5)):
        _arrow(ax, (start, 2.2), (end, 2.2), "black")
    _box(ax, 1.9, 0.3, "mean, variance\nof this batch", TRAINING, width=2.5)
    _box(ax, 7.1, 0.3, "moving_mean,\nmoving_variance", INFERENCE, width=2.5, dashed=True)
    _arrow(ax, (2.6, 0.85), (3.9, 1.65), TRAINING)
    _arrow(ax, (6.4, 0.85), (5.1, 1.65), INFERENCE, dashed=True)
    _arrow(ax, (3.15, 0.3), (5.85, 0.3), TRAINING)
    ax.text(2.5, 1.33, "training", ha="center", fontweight="bold")
    ax.text(6.6, 1.33, "inference", ha="center", fontweight="bold")
    ax.text(4.5, 0.4, "moves the\nmemory a little", ha="center", va="bottom")
    ax.text(4.5, 3.05, "gamma, beta: learned", ha="center", va="center")
    ax.set(xlim=(-0.6, 9.6), ylim=(-0.4, 3.3))
    ax.axis("off")
    return fig


def _box(ax, x, y, words, color, width, dashed=False):
    corner, style = (x - width / 2, y - 0.55), "--" if dashed else "-"
    look = {"boxstyle": "round,pad=0,rounding_size=0.12", "facecolor": "white", "linewidth": 2, "linestyle": style}
    ax.add_patch(FancyBboxPatch(corner, width, 1.1, edgecolor=color, **look))
    ax.text(x, y, words, ha="center", va="center")


def _arrow(ax, start, end, color, dashed=False):
    look = {"arrowstyle": "-|>", "mutation_scale": 15, "linewidth": 2, "color": color}
    ax.add_patch(FancyArrowPatch(start, end, linestyle="--" if dashed else "-", **look))
