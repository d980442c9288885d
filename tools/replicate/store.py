"""The runs that are finished, in one JSON file, written anew after each piece: all of it or none."""

import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np

from helpers._support import validate
from helpers.experiments import Experiment

VERSION = 1
DIGITS = 6


class Store:
    """The finished runs in the file `path`, in memory and on the disk.

    runs : dict of (Experiment, seed) to dict
        test_accuracy, diverged, seconds, and the lists step, train_loss, validation_accuracy (None: not finite).
    machine : dict
        Where they were trained.
    """

    def __init__(self, path, runs=(), where=None):
        self.path, self.runs, self.machine = Path(path), dict(runs), where or machine()

    @classmethod
    def read(cls, path):
        """The store in `path`, empty where there is no such file; ValueError for a file that is none of ours."""
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

    def add(self, results):
        """Keep every run of a mapping of Experiment to complete Result, and write the file."""
        for experiment, result in results.items():
            for row, seed in enumerate(result.seeds):
                self.runs[experiment, seed] = _run(result, row)
        self.write()

    def write(self):
        """Replace the file at once: a process that is killed leaves the old one or the new one."""
        kept = [{"experiment": asdict(e), "seed": seed, "result": run} for (e, seed), run in self.runs.items()]
        text = ",\n".join(json.dumps(run) for run in kept)
        head = json.dumps({"version": VERSION, "machine": self.machine})[:-1]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(self.path.name + ".new")
        beside.write_text(f'{head}, "runs": [\n{text}\n]}}\n', encoding="utf-8", newline="\n")
        os.replace(beside, self.path)

    def missing(self, piece):
        """The (Experiment, seed) of a piece that are not finished."""
        return [pair for pair in piece if pair not in self.runs]

    def of(self, experiment):
        """{seed: run} of one experiment, in the order of the seeds."""
        return {
            seed: run for (e, seed), run in sorted(self.runs.items(), key=lambda item: item[0][1]) if e == experiment
        }


def machine():
    """What the figures of time depend on; no name, no path."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": np.__version__,
    }


def _experiment(settings):
    return Experiment(**settings | {"hidden": tuple(settings["hidden"])})


def _run(result, row):
    def listed(values):
        return [None if not np.isfinite(value) else round(float(value), DIGITS) for value in values]

    return {
        "test_accuracy": round(float(result.test_accuracy[row]), DIGITS),
        "diverged": bool(result.diverged[row]),
        "seconds": round(float(result.seconds[row]), 3),
        "step": [int(step) for step in result.step],
        "train_loss": listed(result.train_loss[row]),
        "validation_accuracy": listed(result.validation_accuracy[row]),
    }
