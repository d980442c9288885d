"""The figures of lesson 09: accuracy against batch size, kernels that shrink, and branches along a deep network."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots

STYLES = {
    "moving": {"color": plots.BLUE, "linestyle": "-", "marker": "o"},
    "frozen": {"color": plots.VERMILION, "linestyle": "--", "marker": "s"},
    "calibrated, frozen": {"color": plots.GREEN, "linestyle": ":", "marker": "^"},
    "batch": {"color": plots.BLUE, "linestyle": "-", "marker": "o"},
    "group": {"color": plots.GREEN, "linestyle": "-.", "marker": "^"},
    "layer": {"color": plots.PURPLE, "linestyle": ":", "marker": "s"},
}
GAMMAS = {1.0: {"color": plots.BLUE, "linestyle": "-"}, 0.0: {"color": plots.VERMILION, "linestyle": "--"}}
DECAYS = ({"linestyle": "-"}, {"linestyle": "--"}, {"linestyle": ":"})


def accuracies(panels, sizes):
    """Test accuracy against the batch size, medians and bands over seeds; returns the figure.

    Parameters
    ----------
    panels : dict of str to dict of str to (S, K)
        For each panel's title the lines, whose names are keys of STYLES: a row for each seed, a column for each size.
    sizes : sequence of K int
    """
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    size = (max(6.5, 2.8 * columns), 3.6 if rows == 1 else 2.7 * rows)
    fig, axes = plt.subplots(rows, columns, figsize=size, sharey=True, squeeze=False)
    for ax in axes.flat[len(panels) :]:
        ax.remove()
    for ax, (title, lines) in zip(axes.flat, panels.items()):
        for name, values in lines.items():
            plots.spread(ax, sizes, values, label=name, **STYLES[name])
        ax.set(title=title, xscale="log", xlabel="batch size (log scale)", ylim=(0, 1.02))
        ax.set_xticks(sizes, sizes)
        ax.minorticks_off()
    for ax in axes[:, 0]:
        ax.set_ylabel("test accuracy")
    fig.legend(handles=axes[0, 0].get_lines(), loc="outside upper center", ncols=len(lines))
    return fig


def decays(squares, rate):
    """Squared lengths of kernels, and the effective rate that follows from them, while they train; returns the figure.

    Parameters
    ----------
    squares : dict of float to (S, T)
        For each weight decay the squared length after each of T steps, a row for each seed; up to three.
    rate : float
        The learning rate.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6))
    colours = (plots.BLUE, plots.VERMILION, plots.GREEN)
    for (decay, values), style, colour in zip(squares.items(), DECAYS, colours):
        steps, look = np.arange(1, np.shape(values)[1] + 1), {"color": colour, "label": f"decay {decay:g}"} | style
        plots.spread(left, steps, values, **look)
        plots.spread(right, steps, rate / np.asarray(values), **look)
    left.set(xlabel="training step", ylabel="|w|², first layer's units", yscale="log")
    right.set(xlabel="training step", ylabel="effective rate: rate / |w|²", yscale="log")
    fig.legend(handles=left.get_lines(), loc="outside upper center", ncols=3)
    return fig


def branches(spreads, losses, rates):
    """How much each block adds at the start, and the first training losses at each rate, for both last gammas.

    Parameters
    ----------
    spreads : dict of float to (inputs, branches)
        For each last gamma the sd of each block's input and of its branch, (blocks, S) each.
    losses : dict of float to (T, S, Q)
        For each last gamma the training loss at each step, for each seed and rate.
    rates : sequence of Q float

    Returns
    -------
    matplotlib Figure
    """
    fig, axes = plt.subplots(1, 1 + len(rates), figsize=(2.9 * (1 + len(rates)), 3.4))
    for gamma, (inputs, branch) in spreads.items():
        blocks, share = np.arange(1, len(inputs) + 1), (branch / inputs).T
        plots.spread(axes[0], blocks, share, label=f"last gamma {gamma:g}", **GAMMAS[gamma])
    axes[0].set(title="before training", xlabel="block", ylabel="sd of branch / sd of its input", ylim=(-0.1, None))
    for place, (ax, rate) in enumerate(zip(axes[1:], rates)):
        for gamma, values in losses.items():
            run = np.asarray(values)[:, :, place].T
            plots.spread(ax, np.arange(1, run.shape[1] + 1), run, **GAMMAS[gamma])
        ax.set(title=f"rate {rate:g}", xlabel="training step", yscale="log", ylim=(0.03, 20))
    axes[1].set_ylabel("training loss (nats)")
    fig.legend(handles=axes[0].get_lines(), loc="outside upper center", ncols=2)
    return fig
