"""Lesson 08's own figures: rows of generated images, distances while training, which digits came out, single runs."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from helpers.figures import plots
from helpers.lessons.l08 import gan_scores

CURVES = {
    "with batch normalization": {"color": plots.BLUE, "linestyle": "-"},
    "without": {"color": plots.ORANGE, "linestyle": "--"},
    "without, ten times the rate": {"color": plots.VERMILION, "linestyle": ":"},
    "spectral normalization instead": {"color": plots.PURPLE, "linestyle": "-."},
    "its control": {"color": plots.GREEN, "linestyle": "-", "marker": "o"},
}
"""The look of each kind of training."""
DISTANCE = "Fréchet distance (pixels 0 to 1)"


def rows_of_images(rows):
    """Images in rows, 0 white and 1 black, each row with its name at the left; returns the figure.

    Parameters
    ----------
    rows : dict of str to (N, height, width)
        All of one N.
    """
    count = len(next(iter(rows.values())))
    fig, axes = plt.subplots(len(rows), count, figsize=(1.6 + 0.55 * count, 0.6 * len(rows)), squeeze=False)
    for line, (name, images) in zip(axes, rows.items()):
        for ax, image in zip(line, images):
            ax.imshow(image, vmin=0, vmax=1, cmap="gray_r")
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            ax.spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return fig


def distances(update, kinds, real):
    """Fréchet distance against updates, on a logarithmic scale; returns the figure.

    Parameters
    ----------
    update : (K,)
    kinds : dict of str to (S, K)
        Keys of CURVES, and for each a row for each seed.
    real : float
        The distance of real digits that no network has seen, drawn as a line.
    """
    fig, ax = plt.subplots(figsize=(7, 3.8))
    for name, values in kinds.items():
        plots.spread(ax, update, values, label=name, **CURVES[name])
    ax.axhline(real, color=plots.GREY, linewidth=1)
    ax.text(update[0], 1.15 * real, "real digits, unseen", color=plots.GREY)
    ax.set(xlabel="updates of both networks", ylabel=DISTANCE, yscale="log")
    fig.legend(handles=ax.get_lines()[: len(kinds)], loc="outside upper center", ncols=2)
    return fig


def which_digits(kinds):
    """The share of each digit among the images of each seed, as squares from white (none) to black; returns the figure.

    Parameters
    ----------
    kinds : dict of str to (S, 10)
        For each kind of training a panel, with a row for each seed; each row sums to 1.
    """
    fig, axes = plt.subplots(1, len(kinds), figsize=(7.5, 2.6), sharey=True, squeeze=False)
    for ax, (name, values) in zip(axes[0], kinds.items()):
        picture = ax.imshow(values, vmin=0, vmax=0.5, cmap="gray_r", aspect="auto")
        rows, digits = np.nonzero(np.asarray(values) < gan_scores.SHARE)
        ax.plot(digits, rows, "x", color=plots.VERMILION, markersize=6)
        ax.set(title=name, xlabel="digit", xticks=range(10), yticks=range(len(values)))
        ax.grid(False)
    axes[0][0].set_ylabel("seed")
    fig.colorbar(picture, ax=axes, label="share of the images", extend="max")
    return fig


def single_runs(groups, real):
    """The distance of each run as a mark, a row for each kind, on a logarithmic scale; returns the figure.

    Parameters
    ----------
    groups : dict of str to (S,)
        For each kind its runs; the first is drawn in the colour of batch normalization, as what others are changes of.
    real : float
        As for `distances`.
    """
    fig, ax = plt.subplots(figsize=(7, 0.9 + 0.42 * len(groups)))
    for row, values in enumerate(groups.values()):
        style = ("o", plots.VERMILION) if row else ("s", plots.BLUE)
        ax.plot(values, np.full(len(values), row), style[0], color=style[1], alpha=0.7)
    ax.axvline(real, color=plots.GREY, linewidth=1)
    ax.annotate(
        "real digits, unseen", (real, 1), xycoords=ax.get_xaxis_transform(), color=plots.GREY, va="bottom", ha="center"
    )
    ax.set(xlabel=DISTANCE, xscale="log", yticks=range(len(groups)), ylim=(len(groups) - 0.5, -0.5))
    ax.set_yticklabels(groups)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())
    return fig


def before_tanh(kinds, white):
    """What the tanh of each kind of generator is given, as histograms on one axis; returns the figure.

    Parameters
    ----------
    kinds : dict of str to array
    white : float
        What it must be given for a white pixel, marked by a line.
    """
    fig, axes = plt.subplots(len(kinds), 1, figsize=(7, 1.2 + 1.3 * len(kinds)), sharex=True, squeeze=False)
    bins = np.linspace(-6, 6, 97)
    for ax, (name, values), color in zip(axes[:, 0], kinds.items(), (plots.BLUE, plots.VERMILION)):
        shown = np.clip(np.ravel(values), bins[0], bins[-1])
        ax.hist(shown, bins, weights=np.full(shown.size, 1 / shown.size), color=color)
        ax.axvline(white, color="black", linestyle="--", linewidth=1.5, label=f"white from {white:.1f} down")
        ax.set(title=name, ylabel="share of pixels")
    axes[0, 0].legend(loc="upper right")
    axes[-1, 0].set_xlabel("before the tanh (what lies outside is drawn at the edge)")
    return fig
