"""The figures of lesson 07: three LSTMs race, gradients travel back in time, and one mark stands for each seed."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots

KINDS = {
    "none": {"color": plots.ORANGE, "linestyle": "--", "marker": "o", "label": "LSTM"},
    "batch": {"color": plots.BLUE, "linestyle": "-", "marker": "s", "label": "batch-normalized"},
    "layer": {"color": plots.GREEN, "linestyle": "-.", "marker": "^", "label": "layer-normalized"},
}
LINES = (
    {"color": plots.BLUE, "linestyle": "-", "marker": "s"},
    {"color": plots.VERMILION, "linestyle": ":", "marker": "D"},
    {"color": plots.ORANGE, "linestyle": "--", "marker": "o"},
    {"color": plots.PURPLE, "linestyle": "-.", "marker": "^"},
)


def race(runs):
    """Validation accuracy while three kinds of network train at one rate; returns the figure.

    Parameters
    ----------
    runs : mapping of "none", "batch" or "layer" to helpers.tf.sweep.Result
    """
    fig, ax = plt.subplots(figsize=(7, 3.6))
    for kind, run in runs.items():
        plots.spread(ax, run.step, run.validation_accuracy, **KINDS[kind])
    ax.set(xlabel="training steps", ylabel="validation accuracy", ylim=(0, 1.03))
    ax.legend(loc="lower right")
    return fig


def rates(runs, chosen):
    """Test accuracy against the learning rate, a line for each kind, a ring at the rate that it chose; the figure.

    Parameters
    ----------
    runs : mapping of (kind, rate) to helpers.tf.sweep.Result
    chosen : mapping of kind to rate
    """
    fig, ax = plt.subplots(figsize=(7, 3.8))
    for kind in dict.fromkeys(kind for kind, _ in runs):
        accuracy = {rate: run.test_accuracy for (name, rate), run in runs.items() if name == kind}
        plots.spread(ax, list(accuracy), np.transpose(list(accuracy.values())), **KINDS[kind])
        best = chosen[kind]
        height = np.nanmedian(accuracy[best])
        ax.plot(best, height, "o", markersize=15, markerfacecolor="none", markeredgecolor=KINDS[kind]["color"])
    ax.set(xscale="log", xlabel="learning rate (logarithmic)", ylabel="test accuracy", ylim=(0.5, 1.01))
    ax.set_xticks(list(accuracy), [f"{rate:g}" for rate in accuracy])
    ax.minorticks_off()
    fig.legend(loc="outside upper center", ncols=3)
    return fig


def spreads_and_shifts(spreads, shifts):
    """How far values spread at each step, and how far each step's mean lies from that of all steps; the figure.

    Parameters
    ----------
    spreads, shifts : mapping of str to (S, T)
        A row for each seed, the same names in both.
    """
    fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.6), sharey=True)
    for ax, lines, title in zip(axes, (spreads, shifts), ("spread over the images", "mean, from that of all steps")):
        for (name, values), style in zip(lines.items(), LINES):
            steps = np.arange(1, np.shape(values)[1] + 1)
            plots.spread(ax, steps, values, **style, label=name, markersize=5)
        ax.set(title=title, xlabel="time step", ylim=(0, None))
    axes[0].legend()
    return fig


def through_time(lines, ylabel, *, logarithmic=False, blank=0):
    """A quantity against the time step, a line for each name; the first `blank` steps are shaded; the figure.

    Parameters
    ----------
    lines : mapping of str to (S, T)
        A row for each seed; up to four lines.
    ylabel : str
    logarithmic : bool
        Of the vertical axis.
    blank : int
    """
    fig, ax = plt.subplots(figsize=(7, 3.6))
    for (name, values), style in zip(lines.items(), LINES):
        steps = np.arange(1, np.shape(values)[1] + 1)
        plots.spread(
            ax, steps, values, **style | {"label": name, "markersize": 5, "markevery": max(1, len(steps) // 8)}
        )
    if blank:
        ax.axvspan(0.5, blank + 0.5, color=plots.GREY, alpha=0.15, linewidth=0, label="blank steps")
    ax.set(xlabel="time step", ylabel=ylabel)
    if logarithmic:
        ax.set_yscale("log")
    else:
        ax.set_ylim(0, None)
    ax.legend()
    return fig


def each_seed(groups, ylabel="test accuracy"):
    """One mark for each seed in each group, the marks of one seed joined by a thin line; the figure.

    Parameters
    ----------
    groups : mapping of str to (S,)
        The same seeds in the same order.
    ylabel : str
    """
    values = np.array(list(groups.values()), dtype=float)
    fig, ax = plt.subplots(figsize=(7, 3.4))
    places = np.arange(len(values))
    ax.plot(places, values, color=plots.GREY, linewidth=0.8, linestyle="-", alpha=0.6)
    for place, of_group in zip(places, values):
        ax.plot(np.full(len(of_group), place), of_group, "o", color=plots.BLUE, alpha=0.6)
        ax.plot([place - 0.12, place + 0.12], [np.nanmedian(of_group)] * 2, color="black", linestyle="-")
    ax.set_xticks(places, groups)
    ax.set(xlim=(-0.5, len(values) - 0.5), ylabel=ylabel)
    return fig


def epsilons(lines, epsilons):
    """Test accuracy against epsilon, a line for each name; the figure.

    Parameters
    ----------
    lines : mapping of str to (S, K)
    epsilons : (K,)
    """
    fig, ax = plt.subplots(figsize=(7, 3.6))
    for (name, values), style in zip(lines.items(), LINES):
        plots.spread(ax, epsilons, values, **style, label=name)
    ax.set(xscale="log", xlabel="epsilon at inference (logarithmic)", ylabel="test accuracy", ylim=(0, 1.05))
    ax.legend(loc="lower right")
    return fig
