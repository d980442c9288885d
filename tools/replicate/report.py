"""docs/results/replication.md: the published table beside the runs here, and every row that does not reproduce."""

from helpers.figures.plots import ACTIVATION_NAMES
from replicate.verdicts import RULE, sides, span

HEAD = "<!-- DO NOT EDIT: written by `make replicate` (tools/replicate) from replication.json. -->\n"
DIFFERENCES = """\
Known differences from the published runs (Udacity 2017, TensorFlow 1). The network, the loss, plain gradient descent,
momentum 0.99 and epsilon 0.001 of batch normalization are the same. Here each seed has its own stratified split of the
60,000 training images into 55,000 and 5,000, there all runs shared one; here the incomplete last batch of an epoch is
dropped, there it was filled up from the next epoch; there nothing was seeded, so its runs cannot be had again."""


def text(pairs, store, figures):
    """The whole page.

    Parameters
    ----------
    pairs : mapping of Row to (Experiment without, Experiment with)
    store : replicate.store.Store
        With every run of the pairs.
    figures : list of (file name, sentence)
        Each figure, and what it shows.
    """
    rows = {row: sides(row, pair, store) for row, pair in pairs.items()}
    good = [row for row, both in rows.items() if all(side.reproduces for side in both)]
    parts = [HEAD, "# The published table again, on MNIST\n", _summary(rows, good)]
    parts += [_table(rows), f"**The rule, stated before looking.** {RULE}\n", "## Rows that do not reproduce\n"]
    parts.append(_words(rows) or "Every row reproduces.\n")
    parts.append("## Figures\n")
    parts += [f"![{_alt(name)}]({name})\n\n{sentence}\n" for name, sentence in figures]
    parts += ["## What differs\n", DIFFERENCES + "\n", _speed(store)]
    return "\n".join(parts)


def _summary(rows, good):
    every = [side for row, both in rows.items() if not _cut_short(row, rows) for side in both]
    seeds = sorted({len(side.here) for side in every})
    lines = [
        f"{len(good)} of {len(rows)} rows reproduce, each side trained with {_or(seeds)} seed{'s' * (seeds != [1])}."
    ]
    for name in ("without", "with"):
        runs = [side for side in every if side.name == name]
        failed, count = sum(side.failed for side in runs), sum(len(side.here) for side in runs)
        lines.append(f"{name.capitalize()} batch normalization {failed} of {count} trainings fail.")
    if any(_cut_short(row, rows) for row in rows):
        lines.append("(A row of fewer steps is the start of the longer training of the same settings, counted once.)")
    lines.append("Test accuracy on the 10,000 test images, lowest to highest seed; every run is counted, failures too.")
    return "\n".join(lines) + "\n"


def _cut_short(row, rows):
    """Whether another row has the same settings and more steps: this one is the same training, ended early."""
    return any(other[:3] == row[:3] and other.steps > row.steps for other in rows)


def _table(rows):
    lines = [
        "| initial sd | activation | rate | steps | published without | here without | published with | here with | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row, both in rows.items():
        cells = [f"{row.init_scale:g}", ACTIVATION_NAMES[row.activation], f"{row.learning_rate:g}", f"{row.steps:,}"]
        for side in both:
            cells += [", ".join(f"{value:.3f}" for value in side.published), _here(side)]
        cells.append("reproduces" if all(side.reproduces for side in both) else "**does not**")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _here(side):
    failed = f" ({side.failed} of {len(side.here)} failed)" if side.failed else ""
    return span(side.here) + failed


def _words(rows):
    parts = []
    for row, both in rows.items():
        words = " ".join(side.words() for side in both if not side.reproduces)
        if words:
            name = ACTIVATION_NAMES[row.activation]
            title = f"sd {row.init_scale:g}, {name}, rate {row.learning_rate:g}, {row.steps:,} steps"
            parts.append(f"**{title[0].upper() + title[1:]}.** {words}\n")
    return "\n".join(parts)


def _speed(store):
    steps = sum(run["step"][-1] for run in store.runs.values())
    hours = sum(run["seconds"] for run in store.runs.values()) / 3600
    machine = store.machine
    return (
        f"{steps:,} training steps in {len(store.runs)} runs took {hours:.1f} hours of one core, other work on the "
        f"machine included ({machine['cores']} cores, {machine['system']}, Python {machine['python']}, "
        f"NumPy {machine['numpy']}). `make replicate` trains all of it again, `make replicate ARGS=--report` writes "
        "this page anew.\n"
    )


def _or(values):
    return " or ".join(map(str, values))


def _alt(name):
    return name.removesuffix(".png").replace("_", " ")
