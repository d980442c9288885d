"""What a new Python process takes: to import, and to run lesson 00's first race; the published demonstration again."""

import subprocess
import sys
import time

import numpy as np

from bench.measure import Row, ratio
from helpers import data
from helpers.data import mnist
from helpers.experiments import Experiment, train

IMPORTS = {
    "numpy": "import numpy",
    "helpers.batchnorm": "import helpers.batchnorm",
    "helpers.experiments": "import helpers.experiments",
    "helpers.checks": "import helpers.checks",
    "helpers.figures.plots": "import helpers.figures.plots",
    "TensorFlow (helpers.tf.quiet)": "import helpers.tf.quiet",
}
RACE = """
import sys
from dataclasses import replace
from helpers.experiments import Experiment, sweep
without = Experiment(batch_norm=False, activation="relu", steps=int(sys.argv[1]))
sweep([without, replace(without, batch_norm=True)], seeds=5, progress=False)
print("imports TensorFlow" if "tensorflow" in sys.modules else "imports no TensorFlow")
"""
STEPS = 2000  # of the demonstration, published as "under 4 seconds" on its author's machine


def rows(settings):
    """Import times against an empty process's, and the first race from a fresh interpreter, in seconds."""
    contest = {name: _program(code) for name, code in {**IMPORTS, "empty": "pass"}.items()}
    seconds = {name: 1 / rate for name, rate in settings.contest("imports", contest).items()}
    found = []
    for name in IMPORTS:
        note = f"{np.median(seconds[name]):.2f} s in a new process"
        found.append(ratio("imports", f"import {name} / an empty process", seconds[name], seconds["empty"], note=note))
    took = []
    with settings.bar("first race", settings.repeats) as tick:
        for _ in range(settings.repeats):
            begin = time.perf_counter()
            note = _run(RACE, str(settings.steps or 500)).strip()
            took.append(time.perf_counter() - begin)
            tick()
    title = "lesson 00's first race, start to result"
    return [*found, Row("a new process", title, tuple(took), "s", ("at most", 3), note)]


def again(settings):
    """2,000 steps of one run on MNIST, then the first 200 test images; nothing where MNIST is not on this machine."""
    try:
        if mnist.find() is None:
            return []
    except FileNotFoundError:
        return []
    experiment = Experiment(True, "relu", dataset="mnist", steps=settings.steps or STEPS, evaluations=1)
    seconds, right = [], []
    with settings.bar("published demonstration", settings.repeats) as tick:
        for seed in range(settings.repeats):
            result = train(experiment, seeds=[seed], progress=False)
            split = data.load("mnist", split=seed)
            predicted = result.network(seed).predict(split.x_test[:200].reshape(200, -1)).argmax(axis=1)
            right.append(float(np.mean(predicted == split.y_test[:200])))
            seconds.append(float(result.seconds[0]))
            tick()
    group = f"{experiment.steps:,} steps on MNIST, published in under 4 s"
    return [
        Row(group, "seconds of training", tuple(seconds), "s", ("at most", 1.5)),
        Row(group, "accuracy on the first 200 test images", tuple(right), ""),
    ]


def _program(code):
    def way():
        _run(code)
        return 1

    return way


def _run(code, *arguments):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
