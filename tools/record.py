"""Record the runs of lessons that take too long for a browser's page: `python tools/record.py` (or `... 04`).

It runs a lesson's learner's copy and keeps each run that it trains in helpers/experiments/recordings/, with weights
where the lesson asks for the network of a long run, and what it measures of the others.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ("02", "04")
SETTINGS = {
    "BATCHNORM_COURSE_PINNED": "raise",
    "BATCHNORM_COURSE_PROGRESS": "0",
    "BATCHNORM_COURSE_RECORDED": "0",
    "MPLBACKEND": "agg",
}
WORTH = 10  # steps: what is trained in an instant is not kept
LONG = 1e10  # floating-point operations, of which a page makes some 4e9 a second: from here on the weights are kept


def main(arguments=None):
    """Write one file for each lesson."""
    parser = argparse.ArgumentParser(prog="tools/record.py", description="Record the runs of the longest lessons.")
    parser.add_argument("lessons", nargs="*", default=LESSONS, metavar="NN", help="the lessons (02 and 04)")
    os.environ.update(SETTINGS)
    from helpers.experiments import recorded

    recorded.FOLDER.mkdir(exist_ok=True)
    for number in parser.parse_args(arguments).lessons:
        (notebook,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
        runs, networks, measures = watched(notebook)
        path = recorded.FOLDER / f"{notebook.stem}.npz"
        recorded.save(path, runs, networks, measures)
        size = path.stat().st_size / 1e6
        print(f"{path.name}: {len(runs)} runs, {len(networks)} with weights, {len(measures)} measured, {size:.2f} MB")


def watched(notebook):
    """What a notebook trains and measures.

    The Run of each (experiment, seed), the pairs of long runs whose network it asks for, and {pair: {name: row}} of
    what it measures by `of_networks`.
    """
    from helpers.experiments import plan, recorded, running
    from helpers.experiments.result import Result

    runs, networks, measures = {}, {}, {}
    here, network, measured = running._here, Result.network, recorded.measured

    def train(pairs, progress):
        found = here(pairs, progress)
        runs.update({(experiment, seed): run for (experiment, seed), run in found.items() if experiment.steps >= WORTH})
        return found

    def ask(result, seed):
        if result.experiment.steps * plan.operations(result.experiment) > LONG:
            networks[result.experiment, seed] = True
        return network(result, seed)

    def look(measure, result, seed):
        row = measured(measure, result, seed)
        measures.setdefault((result.experiment, seed), {})[recorded.name_of(measure)] = np.asarray(row).tolist()
        return row

    with (
        tempfile.TemporaryDirectory() as home,
        mock.patch.dict(os.environ, BATCHNORM_COURSE_HOME=home),
        mock.patch.object(running, "_here", train),
        mock.patch.object(Result, "network", ask),
        mock.patch.object(recorded, "measured", look),
    ):
        execute(notebook)
    return runs, networks, measures


def execute(notebook):
    """Run all code cells of a notebook in this process."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"]), silent=True).raise_error()


if __name__ == "__main__":
    sys.exit(main())
