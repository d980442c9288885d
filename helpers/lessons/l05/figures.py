"""The figures of lesson 05: the computational graph with its numbers, a projection, and odds that a batch decides."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots

FORWARD, BACK = plots.BLUE, plots.VERMILION
VIEW = np.array([[0.94, 0.55, 0.0], [-0.16, 0.32, 0.88]])
"""Where the three directions of `projection` point on the paper."""
COLUMNS = {"left": 0.0, "main": 1.0, "side": 2.55}
NODES = {
    "x": ("main", 8, "x"),
    "mean": ("side", 7.1, "mean = sum(x) / m"),
    "centred": ("main", 5.9, "centred = x − mean"),
    "variance": ("side", 4.9, "variance = sum(centred²) / m"),
    "inv_std": ("side", 3.4, "inv_std = 1/√(variance + ε)"),
    "x_hat": ("main", 2.5, "x_hat = centred · inv_std"),
    "gamma": ("left", 1.4, "gamma"),
    "beta": ("left", -0.2, "beta"),
    "y": ("main", 0.3, "y = gamma · x_hat + beta"),
}
"""Name -> column, height and first line of each box."""
EDGES = (
    ("x", "mean"),
    ("x", "centred"),
    ("mean", "centred"),
    ("centred", "variance"),
    ("variance", "inv_std"),
    ("inv_std", "x_hat"),
    ("centred", "x_hat"),
    ("x_hat", "y"),
    ("gamma", "y"),
    ("beta", "y"),
)


def numbers(values):
    """An array as it stands in a box: (2, −1, 0) with at most two decimals.

    Examples
    --------
    >>> numbers(np.array([[-0.926], [2.0]])), numbers(np.array([4.6667]))
    ('(−0.93, 2)', '4.67')
    """
    words = [f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−") for value in np.ravel(values)]
    words = ["0" if word == "−0" else word for word in words]
    return words[0] if len(words) == 1 else f"({', '.join(words)})"


def graph(forward, back):
    """The layer as a graph from x, at the top, to y: values in blue on the way down, gradients in red on the way back.

    Parameters
    ----------
    forward, back : mapping of str to array
        A value for each name in NODES, and the gradient of the loss in it.

    Returns
    -------
    matplotlib Figure
    """
    fig, ax = plt.subplots(figsize=(6.4, 8.2))
    boxes = {}
    for name, (column, y, title) in NODES.items():
        x, lines = COLUMNS[column], ((0.32, title, "black", "normal"), (0.0, numbers(forward[name]), FORWARD, "normal"))
        lines += ((-0.32, f"d{name}: {numbers(back[name])}", BACK, "italic"),)
        look = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": plots.GREY}
        hidden = "\n".join(text for _, text, *_ in lines)
        boxes[name] = ax.text(x, y, hidden, ha="center", va="center", color="none", linespacing=1.6, bbox=look)
        for height, text, color, style in lines:
            ax.text(x, y + height, text, ha="center", va="center", color=color, style=style)
    for start, end in EDGES:
        _arrow(ax, boxes[start], boxes[end], FORWARD, "-")
        _arrow(ax, boxes[end], boxes[start], BACK, (0, (4, 2)))
    ax.set(xlim=(-0.4, 3.35), ylim=(-0.8, 8.7))
    ax.axis("off")
    ax.plot([], color=FORWARD, label="forward: values")
    ax.plot([], color=BACK, linestyle=(0, (4, 2)), label="back: gradients (italic)")
    fig.legend(loc="outside upper center", ncols=2)
    return fig


def projection(dy, x_hat):
    """A dy of three numbers in space, taken apart: its part in the plane of 1 and x̂ is removed, the rest is left.

    Parameters
    ----------
    dy, x_hat : (3,)

    Returns
    -------
    figure : matplotlib Figure
    left : (3,) array
        What is left of dy: dx is this times gamma · inv_std, as far as epsilon allows.
    """
    one, along = np.ones(3) / np.sqrt(3), x_hat / np.linalg.norm(x_hat)
    removed = (dy @ one) * one + (dy @ along) * along
    left = dy - removed
    # The plane of 1 and x̂ lies flat in the picture, and what is left is perpendicular to it.
    across = np.cross(one, along)
    seen = VIEW @ np.stack([one, along, across if across @ dy > 0 else -across])
    size = np.linalg.norm(dy)
    fig, ax = plt.subplots(figsize=(6.4, 4.6))
    sheet = [seen @ (size * (a * one + b * along)) for a, b in ((-0.3, -0.75), (1, -0.75), (1, 0.6), (-0.3, 0.6))]
    ax.fill(*np.transpose(sheet), color=plots.SKY, alpha=0.25, linewidth=0)
    origin = np.zeros(3)
    arrows = (
        ("direction of 1", origin, size * 0.8 * one, "black", "-", (-40, -22)),
        ("direction of x̂", origin, size * 0.5 * along, "black", "-", (8, 2)),
        ("removed", origin, removed, plots.VERMILION, "--", (-70, -18)),
        ("dy", origin, dy, plots.ORANGE, "-", (-24, 4)),
        ("what is left", removed, dy, plots.BLUE, "-", (8, -40)),
    )
    for label, start, end, color, linestyle, offset in arrows:
        look = {"arrowstyle": "-|>", "color": color, "linestyle": linestyle, "linewidth": 2.2, "mutation_scale": 18}
        ax.annotate("", seen @ end, seen @ start, arrowprops=look | {"shrinkA": 0, "shrinkB": 0})
        ax.annotate(label, seen @ end, offset, textcoords="offset points", color=color, fontsize=13)
    heights = [corner[1] for corner in sheet] + [(seen @ dy)[1]]
    ax.set(aspect="equal", ylim=(min(heights) - 0.1 * size, max(heights) + 0.2 * size))
    ax.axis("off")
    return fig, left


def odds(right, wrong, sizes, alone):
    """Boxes of the odds of the right digit on a logarithmic axis, marked with the probabilities; returns the figure.

    Parameters
    ----------
    right, wrong : (R, K)
        The probabilities of the right digit and of all others together, for R draws of batch-mates in K sizes.
    sizes : sequence of K
    alone : float
        The odds in inference mode.
    """
    fig, ax = plt.subplots(figsize=(7, 4))
    ax.boxplot(right / wrong, whis=(0, 100), medianprops={"color": plots.VERMILION, "linewidth": 2})
    ax.set_xticks(range(1, len(sizes) + 1), sizes)
    ax.axhline(alone, color=plots.BLUE, label="inference mode")
    ax.axhline(1 / 9, color=plots.GREY, linestyle=":", label="guessing, 0.1")
    marks = {"0.0001": 1e-4, "0.01": 0.01 / 0.99, "0.5": 1, "0.99": 99, "0.9999": 9999, "0.999999": 999999}
    ax.set(yscale="log", xlabel="batch size (one image and its batch-mates)", ylabel="probability of the right digit")
    ax.set_yticks(list(marks.values()), list(marks))
    ax.minorticks_off()
    ax.legend(loc="lower right")
    return fig


def _arrow(ax, start, end, color, linestyle):
    """From box to box; two arrows in opposite directions bend away from each other."""
    look = {"arrowstyle": "-|>", "color": color, "linestyle": linestyle, "linewidth": 1.8, "mutation_scale": 16}
    look |= {"patchA": start.get_bbox_patch(), "patchB": end.get_bbox_patch(), "connectionstyle": "arc3,rad=-0.12"}
    ax.annotate("", end.get_position(), start.get_position(), arrowprops=look)
