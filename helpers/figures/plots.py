"""The course's one look for figures: with batch normalization solid blue, without it dashed orange, spread drawn.

Colours are Okabe and Ito's, which most colour-blind readers can tell apart; line styles carry the same facts in grey.
"""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

from helpers._support import outside, validate

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
)
GREY = "#666666"
LABELS = {
    "train_loss": "training loss (cross-entropy, nats)",
    "validation_accuracy": "validation accuracy",
}
ACTIVATION_NAMES = {"relu": "ReLU", "sigmoid": "sigmoid", "tanh": "tanh"}
STYLE = {
    "figure.figsize": (7, 4),
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.prop_cycle": plt.cycler(
        color=[BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY], linestyle=["-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1))]
    ),
    "lines.linewidth": 2,
    "legend.frameon": False,
    "image.cmap": "gray_r",
}


def use_style():
    """Every figure from now on stands in the notebook, in the course's look; call it once, at the top of a notebook.

    What else a machine or another course may have set (a matplotlibrc, NumPy's print options) is set back.
    """
    outside.set_back()
    matplotlib.rcdefaults()
    plt.rcParams.update(STYLE)


def line_style(batch_norm):
    """The keyword arguments of a line with (True) or without (False) batch normalization: color, linestyle, label.

    Examples
    --------
    >>> line_style(False)
    {'color': '#E69F00', 'linestyle': '--', 'label': 'without batch normalization'}
    """
    if batch_norm:
        return {"color": BLUE, "linestyle": "-", "label": "with batch normalization"}
    return {"color": ORANGE, "linestyle": "--", "label": "without batch normalization"}


def spread(ax, x, values, **style):
    """Draw the median over runs as a line, and a band from the smallest to the largest run; returns the line.

    Parameters
    ----------
    ax : matplotlib Axes
    x : (K,)
    values : (S, K)
        A row for each run. What is not finite (a run that diverged) is left out, and nothing is drawn where no run is
        left.
    **style
        Keyword arguments of the line, such as `**line_style(True)`; the band takes its colour.

    Raises
    ------
    ValueError
        If `values` is not (S, K) for the K numbers of `x`.
    """
    x, values = np.asarray(x), np.asarray(values, dtype=float)
    if values.ndim != 2 or values.shape[0] == 0 or values.shape[1:] != x.shape:
        raise ValueError(
            "`values` must have shape (S, K), a row for each of S runs and a column for each of the K numbers of `x`. "
            f"Received: values.shape={values.shape}, x.shape={x.shape}. Transpose or choose `values` to fit."
        )
    shown = np.where(np.isfinite(values), values, np.nan)
    some = np.isfinite(values).any(axis=0)
    low, middle, high = np.full((3, len(x)), np.nan)
    low[some], middle[some], high[some] = (f(shown[:, some], axis=0) for f in (np.nanmin, np.nanmedian, np.nanmax))
    (line,) = ax.plot(x, middle, **style)
    ax.fill_between(x, low, high, color=line.get_color(), alpha=0.25, linewidth=0)
    return line


def curves(ax, result, what="validation_accuracy"):
    """Draw one Result against its steps: median over seeds and the band from the worst to the best seed.

    Parameters
    ----------
    ax : matplotlib Axes
    result : helpers.experiments.Result
    what : "validation_accuracy" or "train_loss"
    """
    validate.one_of("what", what, tuple(LABELS))
    line = spread(ax, result.step, getattr(result, what), **line_style(result.experiment.batch_norm))
    ax.set(xlabel="training step", ylabel=LABELS[what])
    if what == "validation_accuracy":
        ax.set_ylim(0, 1.02)
    return line


def images(x, titles=None, columns=10):
    """Show images side by side, 0 white and 1 black, `columns` in a row; returns the figure.

    Parameters
    ----------
    x : (N, height, width)
    titles : sequence of N, or None
        Written above each image.
    columns : int, at least 1

    Raises
    ------
    ValueError
        If `x` holds no images, or there are not N titles.
    """
    x = np.asarray(x)
    columns = validate.integer("columns", columns, low=1, advice="Pass how many images stand in one row.")
    if x.ndim != 3 or len(x) == 0:
        raise ValueError(
            "`x` must hold images, with shape (N, height, width) and N at least 1. "
            f"Received: x.shape={x.shape}. Pass a slice such as x[:10], not x[0]."
        )
    if titles is not None and len(titles) != len(x):
        raise ValueError(
            "`titles` must have one title for each image. "
            f"Received: len(titles)={len(titles)}, len(x)={len(x)}. Cut both to the same length."
        )
    columns = min(columns, len(x))
    rows = -(-len(x) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(0.85 * columns, (0.85 + 0.3 * (titles is not None)) * rows))
    for place, ax in enumerate(np.ravel(axes)):
        ax.axis("off")
        if place < len(x):
            ax.imshow(x[place], vmin=0, vmax=1, cmap="gray_r")
            if titles is not None:
                ax.set_title(titles[place])
    return fig


def races(results, rows=("init_scale", "activation"), columns=("learning_rate",), what="validation_accuracy"):
    """A grid of races: in each panel one setting with and without batch normalization; returns the figure.

    Above each panel stands the median test accuracy at the end, without -> with.

    Parameters
    ----------
    results : mapping of Experiment to Result
        As `helpers.experiments.sweep` returns it; panels stand in its order.
    rows, columns : tuple of str
        The settings of an Experiment that differ from row to row, and from column to column.
    what : "validation_accuracy" or "train_loss"
    """

    def key(experiment, names):
        return tuple(getattr(experiment, name) for name in names)

    left = list(dict.fromkeys(key(experiment, rows) for experiment in results))
    top = list(dict.fromkeys(key(experiment, columns) for experiment in results))
    size = (1.2 + 2.4 * len(top), 0.9 + 1.5 * len(left))
    fig, axes = plt.subplots(len(left), len(top), figsize=size, sharex=True, sharey=True, squeeze=False)
    lines, ends = {}, {}
    for experiment, result in results.items():
        ax = axes[left.index(key(experiment, rows)), top.index(key(experiment, columns))]
        lines[experiment.batch_norm] = curves(ax, result, what)
        ends.setdefault(ax, {})[experiment.batch_norm] = f"{np.nanmedian(result.test_accuracy):.2f}"
        ax.set(xlabel="", ylabel="")
        ax.set_title("test " + " → ".join(ends[ax][side] for side in sorted(ends[ax])), fontsize="small")
    for ax, values in zip(axes[0], top):
        ax.set_title(f"{describe(columns, values)}\n{ax.get_title()}", fontsize="small")
    for ax, values in zip(axes[:, 0], left):
        ax.set_ylabel(describe(rows, values).replace(", ", "\n"), fontsize="small")
    fig.supxlabel("training step", fontsize="medium")
    fig.supylabel(LABELS[what], fontsize="medium")
    handles = [lines[batch_norm] for batch_norm in sorted(lines, reverse=True)]
    fig.legend(handles=handles, loc="outside upper center", ncols=2)
    return fig


def describe(names, values):
    """Settings in words.

    Examples
    --------
    >>> describe(("init_scale", "activation"), (0.05, "relu"))
    'initial sd 0.05, ReLU'
    """
    words = {
        "learning_rate": lambda rate: f"learning rate {rate:g}",
        "init_scale": lambda sd: "He weights" if sd == "he" else f"initial sd {sd:g}",
        "activation": ACTIVATION_NAMES.get,
        "hidden": lambda units: f"{len(units)} layers",
        "dataset": str,
    }
    return ", ".join(
        words.get(name, lambda value, name=name: f"{name.replace('_', ' ')} {value}")(value)
        for name, value in zip(names, values)
    )
