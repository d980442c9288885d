"""What is trained, in pieces: the runs of one seed that have equal shape, so that they train side by side."""

from dataclasses import replace

from helpers.experiments.plan import shape
from helpers.lessons.l04 import published

EVALUATIONS = 50


def experiments(rows=published.ROWS, *, dataset="mnist", evaluations=EVALUATIONS):
    """{row: (Experiment without, Experiment with)} for each published row.

    A row of 2,000 steps and the row of 50,000 steps with the same settings are the same runs, the first one cut short:
    neither kernels nor batches depend on how many steps are to come.
    """
    return {
        row: tuple(replace(experiment, evaluations=evaluations) for experiment in published.pair(row, dataset=dataset))
        for row in rows
    }


def pieces(pairs, seeds):
    """A list of lists of (Experiment, seed), to be trained one after the other: seed by seed, the short ones first.

    After the pieces of the first seed the whole table is known for one seed, after those of the second for two.
    """
    flat = dict.fromkeys(experiment for pair in pairs.values() for experiment in pair)
    groups = {}
    for experiment in sorted(flat, key=lambda experiment: experiment.steps):
        groups.setdefault(shape(experiment), []).append(experiment)
    return [[(experiment, seed) for experiment in group] for seed in seeds for group in groups.values()]
