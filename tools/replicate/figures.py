"""The figures of the report: each row's runs beside the published ones, and each setting's curves."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots
from replicate.verdicts import TRAINED, sides

ROW_HEIGHT = 0.34


def write(folder, pairs, store):
    """Write the figures into `folder`; a list of (file name, sentence that says what it shows)."""
    drawn = [
        ("replication_ends.png", ends(pairs, store), ENDS),
        ("replication_curves.png", curves(pairs, store), CURVES),
    ]
    for name, figure, _ in drawn:
        figure.savefig(folder / name, dpi=100, metadata={"Software": None})
        plt.close(figure)
    return [(name, sentence) for name, _, sentence in drawn]


ENDS = (
    "Test accuracy at the end, a line for each published row: a filled mark for each run here, an open black one for "
    "each published run. Circles and blue are with batch normalization, triangles and orange without. Left of 0.5 a "
    "run failed; at 0.1 it guesses."
)
CURVES = (
    "Validation accuracy of the runs here: the median over seeds and the band from the worst to the best one, with "
    "batch normalization solid blue, without it dashed orange. A black mark at the right edge is a published test "
    "accuracy, a circle with batch normalization and a triangle without."
)


def ends(pairs, store):
    """Where each run ended, here and there."""
    with plt.rc_context(plots.STYLE):
        fig, ax = plt.subplots(figsize=(8, 1.2 + ROW_HEIGHT * len(pairs)))
        names, handles = [], {}
        for place, (row, pair) in enumerate(pairs.items()):
            for side, shift in zip(sides(row, pair, store), (0.17, -0.17)):
                look = _look(side.name == "with")
                y = np.full(len(side.here), place + shift)
                (here,) = ax.plot(side.here, y, **look, markersize=6, alpha=0.85)
                (there,) = ax.plot(side.published, y[:1].repeat(len(side.published)), **_published(look), markersize=9)
                handles |= {f"here, {side.name}": here, f"published, {side.name}": there}
            name = plots.ACTIVATION_NAMES[row.activation]
            names.append(f"sd {row.init_scale:g}, {name}, rate {row.learning_rate:g}, {row.steps:,} steps")
        ax.axvline(0.1, color=plots.GREY, linewidth=1, linestyle=":")
        ax.axvline(TRAINED, color=plots.GREY, linewidth=1)
        ax.set(xlim=(0, 1.02), ylim=(len(pairs) - 0.5, -0.5), yticks=range(len(names)), yticklabels=names)
        ax.set_xlabel("test accuracy at the end, a mark for each run")
        order = [handles[f"{where}, {side}"] for side in ("with", "without") for where in ("here", "published")]
        labels = [f"{where}, {side} BN" for side in ("with", "without") for where in ("here", "published")]
        fig.legend(order, labels, loc="outside upper center", ncols=4, fontsize="small", columnspacing=1)
    return fig


def curves(pairs, store):
    """The curves of the longest row of each setting, a panel each."""
    longest = {row[:3]: (row, pair) for row, pair in sorted(pairs.items(), key=lambda item: item[0].steps)}
    left = sorted({key[:2] for key in longest})
    top = sorted({key[2] for key in longest})
    with plt.rc_context(plots.STYLE):
        size = (1.4 + 2.3 * len(top), 1 + 1.5 * len(left))
        fig, axes = plt.subplots(len(left), len(top), figsize=size, sharex=True, sharey=True, squeeze=False)
        for key, (row, pair) in longest.items():
            ax = axes[left.index(key[:2]), top.index(key[2])]
            lines = [_curve(ax, store.of(experiment), experiment, side) for experiment, side in zip(pair, row[4:])]
        for ax, rate in zip(axes[0], top):
            ax.set_title(f"rate {rate:g}")
        for ax, (sd, activation) in zip(axes[:, 0], left):
            ax.set_ylabel(f"sd {sd:g}\n{plots.ACTIVATION_NAMES[activation]}")
        fig.supxlabel("training step")
        fig.supylabel("validation accuracy")
        fig.legend(handles=lines[::-1], loc="outside upper center", ncols=2)
    return fig


def _curve(ax, runs, experiment, published):
    """One side's median and band, and its published figures; the line."""
    step = next(iter(runs.values()))["step"]
    values = np.array([run["validation_accuracy"] for run in runs.values()], dtype=float)
    line = plots.spread(ax, step, values, **plots.line_style(experiment.batch_norm))
    look = _published(_look(experiment.batch_norm))
    ax.plot([step[-1]] * len(published), published, **look, markersize=7, clip_on=False, zorder=5)
    ax.set(ylim=(0, 1.02), xticks=[0, step[-1]], xticklabels=["0", f"{step[-1]:,}"])
    return line


def _look(batch_norm):
    style = plots.line_style(batch_norm)
    return {"color": style["color"], "marker": "o" if batch_norm else "^", "linestyle": "none"}


def _published(look):
    return look | {"color": "black", "markerfacecolor": "none", "markeredgewidth": 1.2}
