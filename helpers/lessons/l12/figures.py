"""The figures of lesson 12: each takes what the lesson's cells computed, and returns a matplotlib figure."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots


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

    surveyed : dict of title to (without, with_), each a `helpers.lessons.l12.landscape.Survey`
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
    """Effective rate of a unit (rate / |w|²) before and after training against the sd of the initial kernels.

    scales : (K,); before : (K,); after : (S, K)
    """
    fig, ax = plt.subplots()
    ax.plot(scales, before, color=plots.GREY, linestyle="--", marker="s", markersize=4, label="before the first step")
    plots.spread(ax, scales, after, color=plots.BLUE, marker="o", label="after training")
    ax.set(
        xscale="log", yscale="log", xlabel="standard deviation of the initial kernels", ylabel="rate / |w|² of a unit"
    )
    ax.legend()
    return fig
