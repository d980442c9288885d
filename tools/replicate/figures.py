"""The figure of the report: each row's runs beside the published ones."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots
from replicate.verdicts import TRAINED, sides

ROW_HEIGHT = 0.34


def write(folder, pairs, store):
    """Write the figure into `folder`; a list of (file name, sentence that says what it shows)."""
    figure = ends(pairs, store)
    figure.savefig(folder / "replication_ends.png", dpi=100, metadata={"Software": None})
    plt.close(figure)
    return [("replication_ends.png", ENDS)]


ENDS = (
    "Test accuracy at the end, a line for each published row: a filled mark for each run here, an open black one for "
    "each published run. Circles and blue are with batch normalization, triangles and orange without. Left of 0.5 a "
    "run failed; at 0.1 it guesses."
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


def _look(batch_norm):
    style = plots.line_style(batch_norm)
    return {"color": style["color"], "marker": "o" if batch_norm else "^", "linestyle": "none"}


def _published(look):
    return look | {"color": "black", "markerfacecolor": "none", "markeredgewidth": 1.2}
