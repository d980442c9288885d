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


def orders(terms):
    """Bars of the terms of one step by their order in the learning rate, as shares of the first, a panel a chain.

    terms : dict of title to (L + 1,) array, the term of order 0 first
    """
    fig, axes = plt.subplots(1, len(terms), figsize=(8, 3), sharey=True)
    for ax, (title, values) in zip(axes, terms.items()):
        share = values[1:] / abs(values[1])
        order = np.arange(1, len(share) + 1)
        colors = [plots.BLUE if k == 1 else plots.ORANGE for k in order]
        ax.bar(order, share, color=colors, edgecolor="black", hatch=["" if k == 1 else "///" for k in order])
        ax.axhline(0, color="black", linewidth=0.8)
        ax.set(title=title, xlabel="order of the term", xticks=order)
    axes[0].set_ylabel("size, first order = −1")
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


def sigmoid_inputs(gammas):
    """The sigmoid, and over it how normalized inputs lie on it for each gamma (central 95%: ± 2 gamma)."""
    fig, axes = plt.subplots(1, len(gammas), figsize=(8.5, 3), sharey=True)
    z = np.linspace(-9, 9, 361)
    for ax, gamma in zip(axes, gammas):
        density = np.exp(-0.5 * np.square(z / gamma))
        ax.fill_between(z, 0, density, color=plots.SKY, alpha=0.5, linewidth=0)
        ax.plot(z, 1 / (1 + np.exp(-z)), color="black", linestyle="-", linewidth=1.2)
        inside = z[np.abs(z) <= 2 * gamma]
        ax.plot(inside, 1 / (1 + np.exp(-inside)), color=plots.VERMILION, linestyle="-", linewidth=4)
        ax.set(title=f"gamma = {gamma:g}", xlabel="input of the sigmoid")
    axes[0].set_ylabel("output of the sigmoid")
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
    fig, axes = plt.subplots(2, layers, figsize=(8.5, 4.6), sharex=True, sharey=True)
    places = np.arange(len(steps))
    for row, batch_norm, values in zip(axes, (False, True), (without, with_)):
        style = plots.line_style(batch_norm)
        for layer, ax in enumerate(row):
            low, middle, high = values[:, layer].T
            ax.fill_between(places, low, high, color=style["color"], alpha=0.35, linewidth=0)
            ax.plot(places, middle, color=style["color"], linestyle=style["linestyle"])
            for edge in (low, high):
                ax.plot(places, edge, color=style["color"], linestyle="-", linewidth=1)
            ax.set_xticks(places, steps, fontsize=8)
        row[0].set_ylabel(style["label"].replace(" batch ", "\nbatch ") + "\ninput of the sigmoid", fontsize=9)
    for layer, ax in enumerate(axes[0], start=1):
        ax.set_title(f"hidden layer {layer}")
    fig.supxlabel("training step", fontsize="medium")
    return fig


def noise_races(results, titles):
    """Validation accuracy against steps, a panel for each title: without, with, and with noise after it.

    results : list of lists of Result, a list for each panel
    """
    fig, axes = plt.subplots(1, len(results), figsize=(8.5, 3.6), sharey=True, squeeze=False)
    for ax, title, panel in zip(axes[0], titles, results):
        for result in panel:
            style = plots.line_style(result.experiment.batch_norm)
            if result.experiment.noise:
                style = {"color": plots.GREEN, "linestyle": ":", "label": "with, and noise after it"}
            plots.spread(ax, result.step, result.validation_accuracy, **style)
        ax.set(title=title, xlabel="training step", ylim=(0, 1.02))
    axes[0, 0].set_ylabel("validation accuracy")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return fig


def surveys(surveyed, multiples, rate):
    """What one step does, a column for each depth: drift of the means, promise kept, change of the gradients.

    surveyed : dict of title to (without, with_), each a `helpers.lessons.l01.landscape.Survey`
    """
    fig, axes = plt.subplots(3, len(surveyed), figsize=(8.5, 8), sharey="row", squeeze=False)
    for (top, middle, bottom), (title, pair) in zip(axes.T, surveyed.items()):
        for batch_norm, found in zip((False, True), pair):
            style = plots.line_style(batch_norm)
            layers = np.arange(1, found.drifts.shape[1] + 1)
            plots.spread(top, layers, found.drifts, **style)
            plots.spread(middle, rate * np.array(multiples), found.kept, **style)
            plots.spread(bottom, layers + 1, found.changes, **style)
        top.set(title=title, yscale="log", xlabel="layer")
        middle.axvline(rate, color=plots.GREY, linewidth=1, linestyle=":")
        middle.axhline(0, color="black", linewidth=0.8)
        middle.set(xscale="log", xlabel="learning rate of the step", ylim=(-1.5, 1.05))
        middle.set_xticks(rate * np.array(multiples), [f"{rate * m:g}" for m in multiples], minor=False)
        middle.minorticks_off()
        bottom.set(xlabel="layer", ylim=(0, 2.5))
        for ax in (top, bottom):
            ax.xaxis.get_major_locator().set_params(integer=True)
    names = (
        "drift of the means\n(standard deviations)",
        "share of the\npromise kept",
        "change of the\nlayer's gradient",
    )
    for ax, name in zip(axes[:, 0], names):
        ax.set_ylabel(name)
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig


def effective_rates(scales, before, after):
    """Effective rate (rate / |W|²) before and after training against the standard deviation of the initial kernels.

    scales : (K,); before : (K,); after : (S, K)
    """
    fig, ax = plt.subplots()
    ax.plot(scales, before, color=plots.GREY, linestyle="--", marker="s", markersize=4, label="before the first step")
    plots.spread(ax, scales, after, color=plots.BLUE, marker="o", label="after training")
    ax.set(xscale="log", yscale="log", xlabel="standard deviation of the initial kernels", ylabel="rate / |W|²")
    ax.legend()
    return fig
