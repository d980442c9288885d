"""The figures of lesson 02: each takes a claim after its experiment, and returns a matplotlib figure."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.experiments import stats
from helpers.figures import plots
from helpers.lessons.l02.benefits.tuning import SIDES

MARKERS = {False: "D", True: "o"}


def speed(claim, ratios, target, shown=150):
    """Left, the races to `target`, a panel for each start; right, how many times sooner each seed gets there.

    Parameters
    ----------
    claim : Claim
    ratios : dict of title to (S, X)
        Without over with: of the steps, of the time.
    target : float
    shown : int
        Steps that are drawn.
    """
    fig, axes = plt.subplots(1, len(claim.settings) + 1, figsize=(9, 3.6), width_ratios=(1, 1, 0.9))
    for column, (ax, setting) in enumerate(zip(axes, claim.settings)):
        for side in SIDES:
            plots.curves(ax, claim.results[claim.chosen[side][column]])
        ax.axhline(target, color=plots.GREY, linewidth=1, linestyle=":")
        ax.set(title=setting, xlim=(0, shown))
    axes[1].set_ylabel("")
    ax = axes[-1]
    for row, values in enumerate(ratios.values()):
        for column in range(len(claim.settings)):
            dots(ax, values[:, column], 2 * row + column, color=plots.BLUE, marker="os"[row])
    names = [f"{name}\n{setting}" for name in ratios for setting in claim.settings]
    ax.set_yticks(range(len(names)), names, fontsize="small")
    ax.axvline(1, color="black", linewidth=1)
    ax.set(xscale="log", ylim=(-0.5, len(names) - 0.5), xlim=(0.7, 24), xlabel="times sooner with")
    ax.set_xticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    ax.minorticks_off()
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig


def rates(claim, trained):
    """Test accuracy against the learning rate, and the accuracy from which on a network counts as trained."""
    fig, ax = plt.subplots(figsize=(7, 3.6))
    for side in SIDES:
        plots.spread(ax, claim.settings, claim.values[side], marker=MARKERS[side], **plots.line_style(side))
    ax.axhline(trained, color=plots.GREY, linewidth=1, linestyle=":")
    ax.set(xscale="log", xlabel="learning rate", ylabel="test accuracy", ylim=(0, 1.02))
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig


def gradients(norms):
    """The size of each layer's gradient before training, a dashed line for each initial scale without.

    norms : dict of initial scale in words to dict of side to (S, layers)
    """
    fig, ax = plt.subplots(figsize=(7, 4))
    for scale, sides in norms.items():
        for side in SIDES:
            layers = np.arange(1, sides[side].shape[1] + 1)
            style = plots.line_style(side) | {"label": None}
            plots.spread(ax, layers, sides[side], marker=MARKERS[side], markersize=4, **style)
        end = np.median(sides[False][:, -1])
        ax.annotate(f"without, {scale}", (layers[-1], end), (8, 0), textcoords="offset points", va="center")
    ax.annotate("with, all", (1, np.median(sides[True][:, 0])), (0, 10), textcoords="offset points", color=plots.BLUE)
    ax.set(yscale="log", xlabel="layer (the last is the output layer)", ylabel="norm of its gradient")
    ax.set(xticks=layers, xlim=(0.6, layers[-1] + 3.2))
    return fig


def weights(claim, one_rate):
    """Test accuracy against the initial sd; left all sds at one rate, right each at its own best.

    one_rate : dict of side to (S, X)
    """
    fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.6), sharey=True)
    panels = {"one rate for all sds": one_rate, "each sd at its own best rate": claim.values}
    for ax, (title, values) in zip(axes, panels.items()):
        for side in SIDES:
            plots.spread(ax, claim.settings, values[side], marker=MARKERS[side], **plots.line_style(side))
        ax.set(title=title, xscale="log", xlabel="sd of the initial weights", ylim=(0, 1.02))
    axes[0].set_ylabel("test accuracy")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig


def activations(claim, idle):
    """For each activation, above the test accuracy and below the share of idle units, against the learning rate.

    idle : dict of Experiment to (S,)
    """
    fig, axes = plt.subplots(2, len(claim.settings), figsize=(8.5, 5), sharex=True, sharey="row")
    for column, name in zip(axes.T, claim.settings):
        for side in SIDES:
            group = [e for e in claim.results if e.batch_norm == side and e.activation == name]
            tried = [e.learning_rate for e in group]
            style = {"marker": MARKERS[side], "markersize": 5, **plots.line_style(side)}
            plots.spread(column[0], tried, np.stack([claim.results[e].test_accuracy for e in group], axis=1), **style)
            plots.spread(column[1], tried, np.stack([idle[e] for e in group], axis=1), **style)
        column[0].set(title=plots.ACTIVATION_NAMES[name], ylim=(0, 1.02))
        column[1].set(xscale="log", xlabel="learning rate", ylim=(-0.02, 1.02))
        column[1].set_xticks(tried, [f"{rate:g}" for rate in tried])
        column[1].minorticks_off()
    axes[0, 0].set_ylabel("test accuracy")
    axes[1, 0].set_ylabel("share of idle units")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig


def depths(claim):
    """Test accuracy against the number of hidden layers, each depth and side at its own best rate."""
    fig, ax = plt.subplots(figsize=(7, 3.6))
    for side in SIDES:
        plots.spread(ax, claim.settings, claim.values[side], marker=MARKERS[side], **plots.line_style(side))
    ax.set(xlabel="hidden layers", ylabel="test accuracy", ylim=(0, 1.02), xticks=claim.settings)
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig


def untrained(norms, likeness):
    """An untrained deep network, layer by layer: left the size of the gradient, right how alike two images look.

    norms, likeness : dict of side to (S, layers)
    """
    fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.6))
    for ax, measured in zip(axes, (norms, likeness)):
        for side in SIDES:
            plots.spread(ax, np.arange(1, measured[side].shape[1] + 1), measured[side], **plots.line_style(side))
        ax.set_xlabel("hidden layer")
    axes[0].set(yscale="log", ylabel="norm of its gradient")
    axes[1].set(ylim=(-0.1, 1.05), ylabel="mean cosine between two images")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig


def regularization(claim, shifts):
    """Left, every seed's gap for none, dropout, batch normalization and both; right, the shift of variance.

    shifts : dict of share of dropout to (S, layers)
    """
    fig, (ax, other) = plt.subplots(1, 2, figsize=(8.5, 3.6), width_ratios=(1.3, 1))
    names = ["neither", "dropout", "batch norm", "both"]
    for place, (side, column) in enumerate((side, column) for side in SIDES for column in range(2)):
        gaps = claim.values[side][:, column]
        dots(ax, gaps, place, color=plots.line_style(side)["color"], marker=MARKERS[side], upright=True)
        ax.plot([place - 0.3, place + 0.3], [np.median(gaps)] * 2, "-", color="black", linewidth=2)
    ax.set_xticks(range(4), names)
    ax.set(ylabel="training accuracy − test accuracy", ylim=(0, None))
    styles = {"marker": "o", "color": plots.BLUE, "linestyle": "-"}, {"marker": "s", "color": "black", "linestyle": ":"}
    for style, (dropout, shift) in zip(styles, shifts.items()):
        label = f"dropout {dropout:g}" if dropout else "no dropout"
        plots.spread(other, np.arange(1, shift.shape[1] + 1), shift, label=label, **style)
    other.axhline(1, color=plots.GREY, linewidth=1, linestyle="--")
    other.set(xlabel="hidden layer", ylabel="variance met / variance expected", ylim=(0, 1.2), xticks=[1, 2, 3])
    other.legend(loc="lower left")
    return fig


def overall(claim):
    """Every seed's difference as a dot, equal ones stacked; the interval, and one point to either side of 0."""
    fig, ax = plt.subplots(figsize=(7, 3.2))
    differences = 100 * (claim.values[True] - claim.values[False])[:, 0]
    heights = [np.sum(np.isclose(differences[:i], d)) + 1 for i, d in enumerate(differences)]
    ax.plot(differences, heights, "o", color=plots.BLUE, markersize=7)
    interval = claim.parts[0].interval
    ax.plot([100 * interval.low, 100 * interval.high], [-0.8] * 2, "-", color="black", linewidth=3)
    ax.plot(100 * interval.estimate, -0.8, "|", color="black", markersize=14, markeredgewidth=3)
    ax.axvspan(-1, 1, color=plots.GREY, alpha=0.15, linewidth=0)
    ax.axvline(0, color="black", linewidth=1)
    ax.set(xlabel="test accuracy with − without, points", ylabel="seeds", ylim=(-1.8, None))
    ax.set_yticks(range(0, max(heights) + 1, 2))
    return fig


def dots(ax, values, place, *, upright=False, **style):
    """A dot for each of the values (S,) around `place` on the other axis, in the order of the seeds."""
    aside = place + np.linspace(-0.3, 0.3, len(values))
    ax.plot(*((aside, values) if upright else (values, aside)), linestyle="none", markersize=5, **style)


def scorecard(card):
    """Every interval of the card in multiples of the smallest effect that matters to it, with its verdict.

    Right of 1 a claim is supported, left of 1 nothing that matters is gained. Linear from -2 to 2, logarithmic beyond.
    """
    rows = [(claim, part) for claim in card.claims for part in claim.parts]
    fig, ax = plt.subplots(figsize=(7, 0.38 * len(rows) + 1.2))
    looks = {
        "supported": (plots.BLUE, "o"),
        "not supported": (plots.ORANGE, "D"),
        "harms": (plots.VERMILION, "v"),
        "undecided": (plots.GREY, "s"),
    }
    looks = {verdict: look for verdict, look in looks.items() if verdict in {part.verdict for _, part in rows}}
    for row, (claim, part) in enumerate(rows):
        color, marker = looks[part.verdict]
        ends, middle = np.array([part.interval.low, part.interval.high]), part.interval.estimate
        ax.plot(ends / part.smallest_effect, [row] * 2, "-", color=color, linewidth=3)
        ax.plot(middle / part.smallest_effect, row, marker, color=color, markersize=8)
        if part is claim.parts[0]:
            ax.axhline(row - 0.5, color="#BBBBBB", linewidth=0.8)
    ax.axvspan(1 - stats.GUARD, 1 + stats.GUARD, color=plots.GREY, alpha=0.25, linewidth=0)
    ax.axvline(0, color="black", linewidth=1)
    ax.set_xscale("symlog", linthresh=2)
    ax.set_xticks([-2, -1, 0, 1, 2, 10, 50], ["−2", "−1", "0", "1", "2", "10", "50"])
    ax.minorticks_off()
    ax.set_yticks(range(len(rows)), [f"{claim.number}  {part.name}" for claim, part in rows])
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlabel="effect, in multiples of the smallest that matters")
    ax.grid(visible=False, axis="y")
    handles = [plt.Line2D([], [], color=c, marker=m, linewidth=3, label=verdict) for verdict, (c, m) in looks.items()]
    fig.legend(handles=handles, loc="outside upper left", ncols=3)
    return fig
