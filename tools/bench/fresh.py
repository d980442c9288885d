"""What a new Python process takes: to import, to run the first race of lesson 00, and how much memory."""

import json
import subprocess
import sys
import textwrap
import time

from bench.measure import Row, calls, in_turns, ratio

IMPORTS = {
    "numpy": "import numpy",
    "helpers.batchnorm": "import helpers.batchnorm",
    "helpers.experiments": "import helpers.experiments",
    "helpers.checks": "import helpers.checks",
    "helpers.figures.plots": "import helpers.figures.plots",
    "TensorFlow (helpers.tf.quiet)": "import helpers.tf.quiet",
}
RACE = """
    import json, sys, threading
    from dataclasses import replace
    import psutil
    from helpers import data
    from helpers.experiments import Experiment, sweep

    def own():  # MB that this process and those it started have for themselves
        processes, total = [psutil.Process(), *psutil.Process().children(recursive=True)], 0
        for process in processes:
            try:
                total += process.memory_full_info().uss
            except psutil.Error:  # it has ended
                pass
        return total / 1e6

    def watch():
        while not over.wait(0.02):
            seen.append(own())

    without = Experiment(batch_norm=False, activation="relu", steps=STEPS)
    if len(sys.argv) > 1:
        for seed in range(5):
            data.load(split=seed)
        seen, over = [own()], threading.Event()
        watcher = threading.Thread(target=watch)
        watcher.start()
    race = sweep([without, replace(without, batch_norm=True)], seeds=5, progress=False)
    told = {"tensorflow": any(name.split(".")[0] in ("tensorflow", "keras") for name in sys.modules)}
    if len(sys.argv) > 1:
        over.set()
        watcher.join()
        told |= {"megabytes": max(*seen, own()) - seen[0]}
    print(json.dumps(told))
"""


def rows(settings):
    """Import times against NumPy's, and the first race from a fresh interpreter, in seconds and megabytes."""
    programs = {**IMPORTS, "empty": "pass"}
    contest = {name: _program(code) for name, code in programs.items()}
    with settings.bar("imports", calls(contest, settings.repeats)) as tick:
        seconds = {name: 1 / rate for name, rate in in_turns(contest, settings.repeats, tick).items()}
    found = []
    for name in IMPORTS:
        note = f"{sorted(seconds[name])[len(seconds[name]) // 2]:.2f} s in a new process"
        found.append(ratio("imports", f"import {name} / an empty process", seconds[name], seconds["empty"], note=note))
    return found + _race(settings)


def _race(settings):
    program = textwrap.dedent(RACE).replace("STEPS", str(settings.steps or 500))
    took, memory, tensorflow = [], [], False
    with settings.bar("first race", 2 * settings.repeats) as tick:
        for _ in range(settings.repeats):
            begin = time.perf_counter()
            told = json.loads(_run(program))
            took.append(time.perf_counter() - begin)
            tick()
            memory.append(json.loads(_run(program, "memory"))["megabytes"])
            tensorflow |= told["tensorflow"]
            tick()
    note = "imports TensorFlow" if tensorflow else "imports no TensorFlow"
    group = "a new process"
    return [
        Row(group, "lesson 00's first race, start to result", tuple(took), "s", ("at most", 3), note),
        Row(group, "memory of that race beyond the data", tuple(memory), "MB", ("at most", 150), note),
    ]


def _program(code):
    def way():
        _run(code)
        return 1

    return way


def _run(code, *arguments):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
