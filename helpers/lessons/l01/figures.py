"""The figures of lesson 01: each takes what the lesson's cells computed, and returns a matplotlib figure."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots


def descents(inputs, target, paths):
    """The loss of a linear model with two weights as contour lines, a panel for each scaling, and the path over it.

    Parameters
    ----------
    inputs : dict of title to (N, 2) array
    target : (N,)
    paths : dict of the same titles to (steps + 1, 2) array
        The weights after each step.
    """
    fig, axes = plt.subplots(1, len(inputs), figsize=(8, 3.6))
    for ax, (title, x) in zip(axes, inputs.items()):
        path = paths[title]
        best = path[-1]
        reach = 1.0 * np.abs(best - path[0]).max()
        middle = (path[0] + best) / 2
        grids = np.meshgrid(*(np.linspace(m - reach, m + reach, 161) for m in middle))
        weights = np.stack(grids, axis=-1)
        loss = np.square(weights @ x.T - target).mean(axis=-1)
        low = np.square(x @ best - target).mean()
        start = np.square(x @ path[0] - target).mean() - low
        levels = start * np.array([0.01, 0.1, 0.4, 1, 3, 10, 30, 100])
        ax.contour(*grids, loss - low, levels=levels, colors=plots.GREY, linewidths=0.8)
        ax.plot(*path.T, color=plots.VERMILION, marker="o", markersize=3.5, linewidth=1.2)
        ax.plot(*best, marker="*", color="black", markersize=13, linestyle="none")
        ax.set(title=title, xlabel="weight of colour intensity", ylabel="weight of magnesium")
        ax.grid(visible=False)
    return fig


def layer_spreads(spreads):
    """The standard deviation of what each layer's activation receives, on a logarithmic scale.

    spreads : dict of (batch_norm, initial sd in words) to (S, layers) array, a row for each of S draws
    """
    fig, ax = plt.subplots()
    for (batch_norm, scale), sd in spreads.items():
        style = plots.line_style(batch_norm)
        layers = np.arange(1, sd.shape[1] + 1)
        plots.spread(ax, layers, sd, color=style["color"], linestyle=style["linestyle"], marker="o", markersize=4)
        if not batch_norm:
            end = (layers[-1], np.median(sd[:, -1]))
            ax.annotate(f"without, {scale}", end, (6, -4), textcoords="offset points", va="center")
    ax.annotate("with, all three", (layers[-1], 1), (6, 6), textcoords="offset points", va="center", color=plots.BLUE)
    ax.set(yscale="log", xlabel="hidden layer", ylabel="standard deviation", xticks=layers, xlim=(0.7, layers[-1] + 3))
    return fig


def transform(x, x_hat, y, names):
    """Each feature's values before, normalized, and scaled and shifted: a row of the figure for each, dots on lines.

    x, x_hat, y : (N, D); names : D titles
    """
    stages = {"x": x, "x_hat": x_hat, "y": y}
    fig, axes = plt.subplots(len(stages), x.shape[1], figsize=(8.5, 4), squeeze=False)
    for row, (stage, values) in zip(axes, stages.items()):
        limits = np.abs(y).max() * 1.15
        for ax, column, name in zip(row, values.T, names):
            ax.axhline(0, color=plots.GREY, linewidth=0.8)
            heights = np.array([0.16 * np.sum(column[:i] == value) for i, value in enumerate(column)])
            ax.plot(column, heights, "o", color=plots.BLUE, markersize=9)
            ax.plot(column.mean(), 0, "^", color=plots.VERMILION, markersize=9, clip_on=False)
            ax.set(yticks=[], ylim=(-0.25, 0.5))
            ax.spines["left"].set_visible(False)
            ax.grid(visible=False)
            if stage == "x":
                middle, reach = column.mean(), np.ptp(column)
                ax.set(title=name, xlim=(middle - reach, middle + reach))
            else:
                ax.set_xlim(-limits, limits)
        row[0].set_ylabel(stage, rotation=0, ha="right", va="center", fontsize="large", family="monospace")
    return fig


def learned(gammas, betas):
    """One dot for each unit: learned gamma against learned beta, a panel for each hidden layer, starting point marked.

    gammas, betas : lists of (units,) arrays, one for each layer
    """
    fig, axes = plt.subplots(1, len(gammas), figsize=(8.5, 3), sharex=True, sharey=True, squeeze=False)
    for layer, (ax, gamma, beta) in enumerate(zip(axes[0], gammas, betas), start=1):
        ax.plot(beta, gamma, "o", color=plots.BLUE, markersize=4, alpha=0.6)
        ax.plot(0, 1, "X", color=plots.VERMILION, markeredgecolor="black", markersize=11)
        ax.set(title=f"hidden layer {layer}", xlabel="beta")
    axes[0, 0].set_ylabel("gamma")
    return fig


def percentiles(steps, without, with_):
    """The 15th, 50th and 85th percentile of one unit's input in each hidden layer, from step to step.

    steps : (T,); without, with_ : (T, layers, 3)
    """
    layers = without.shape[1]
    fig, axes = plt.subplots(2, layers, figsize=(7.5, 5), sharex=True, sharey=True)
    places = np.arange(len(steps))
    for row, batch_norm, values in zip(axes, (False, True), (without, with_)):
        style = plots.line_style(batch_norm)
        for layer, ax in enumerate(row):
            low, middle, high = values[:, layer].T
            ax.fill_between(places, low, high, color=style["color"], alpha=0.35, linewidth=0)
            ax.plot(places, middle, color=style["color"], linestyle=style["linestyle"])
            for edge in (low, high):
                ax.plot(places, edge, color=style["color"], linestyle="-", linewidth=1)
            ax.set_xticks(places[1::2], steps[1::2])
        row[0].set_ylabel(style["label"].replace(" batch ", "\nbatch ") + "\ninput of the sigmoid")
    for layer, ax in enumerate(axes[0], start=1):
        ax.set_title(f"hidden layer {layer}")
    fig.supxlabel("training step", fontsize="medium")
    return fig
