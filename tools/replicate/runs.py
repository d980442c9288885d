"""What is trained, in pieces: the runs of one seed that have equal shape. Each piece is saved once it is finished."""

import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from machine import describe

from helpers._support import validate
from helpers.experiments import Experiment, sweep
from helpers.experiments.plan import shape
from helpers.lessons.l04 import published

EVALUATIONS = 50
VERSION = 1
DIGITS = 6


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
    """A list of (seed, list of Experiment), to be trained one after the other: seed by seed, the short ones first.

    After the pieces of the first seed the whole table is known for one seed, after those of the second for two.
    """
    groups = {}
    for experiment in sorted({one: None for pair in pairs.values() for one in pair}, key=lambda one: one.steps):
        groups.setdefault(shape(experiment), []).append(experiment)
    return [(seed, group) for seed in seeds for group in groups.values()]


class Store:
    """The finished runs, in memory and in the file `path`.

    runs : dict of (Experiment, seed) to dict
        test_accuracy, diverged, seconds, and the lists step, train_loss, validation_accuracy (None: not finite).
    machine : dict
        Where they were trained.
    """

    def __init__(self, path, runs=(), where=None):
        self.path, self.runs, self.machine = Path(path), dict(runs), where or describe() | {"numpy": np.__version__}

    @classmethod
    def read(cls, path):
        """The store in `path`, empty where there is no such file; ValueError for a file that is not one of ours."""
        if not Path(path).exists():
            return cls(path)
        try:
            kept = json.loads(Path(path).read_text(encoding="utf-8"))
            if kept["version"] != VERSION:
                raise ValueError(f"version {kept['version']}")
            runs = {(_experiment(run["experiment"]), run["seed"]): run["result"] for run in kept["runs"]}
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"`path` must be a file of finished runs, version {VERSION}. "
                f"{validate.received(path=Path(path).name)} Move it away, and the runs are trained again."
            ) from error
        return cls(path, runs, kept["machine"])

    def write(self):
        """Replace the file at once: a process that is killed leaves the old one or the new one."""
        kept = [{"experiment": asdict(e), "seed": seed, "result": run} for (e, seed), run in self.runs.items()]
        text = ",\n".join(json.dumps(run) for run in kept)
        head = json.dumps({"version": VERSION, "machine": self.machine})[:-1]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(self.path.name + ".new")
        beside.write_text(f'{head}, "runs": [\n{text}\n]}}\n', encoding="utf-8", newline="\n")
        os.replace(beside, self.path)

    def of(self, experiment):
        """{seed: run} of one experiment, in the order of the seeds."""
        return {
            seed: self.runs[one, seed] for one, seed in sorted(self.runs, key=lambda key: key[1]) if one == experiment
        }


def train(pieces, store, *, progress=True, say=print, clock=time.perf_counter, sweep=sweep):
    """Whether all pieces are finished now; False after Ctrl-C.

    What the store holds is not trained again; `say` is told what is left, and after each piece how long it will take.
    """
    left = [(seed, [one for one in group if (one, seed) not in store.runs]) for seed, group in pieces]
    left = [(seed, group) for seed, group in left if group]
    total = sum(one.steps for _, group in left for one in group)
    say(f"{len(pieces) - len(left)} of {len(pieces)} pieces are finished; {total:,} training steps are left.")
    begin, done = clock(), 0
    for number, (seed, group) in enumerate(left, len(pieces) - len(left) + 1):
        results = sweep(group, seeds=[seed], progress=progress)
        if not results.complete:
            say("Stopped. What is finished is saved; the same command goes on from here.")
            return False
        store.runs |= {(one, seed): _run(result) for one, result in results.items()}
        store.write()
        done += sum(one.steps for one in group)
        seconds = clock() - begin
        minutes = (total - done) * seconds / done / 60
        say(f"piece {number} of {len(pieces)}: {done / seconds:,.0f} steps a second; {minutes:.0f} minutes are left")
    return True


def _experiment(settings):
    return Experiment(**settings | {"hidden": tuple(settings["hidden"])})


def _run(result):
    def finite(values):
        return [round(float(value), DIGITS) if np.isfinite(value) else None for value in values]

    return {
        "test_accuracy": round(float(result.test_accuracy[0]), DIGITS),
        "diverged": bool(result.diverged[0]),
        "seconds": round(float(result.seconds[0]), 3),
        "step": [int(step) for step in result.step],
        "train_loss": finite(result.train_loss[0]),
        "validation_accuracy": finite(result.validation_accuracy[0]),
    }
