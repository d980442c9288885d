"""Seconds and peak memory of each notebook of solutions/, two at a time, and the seconds of `make test`."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.measure import Row

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 2
ONE = """
import json, resource, sys, time
from pathlib import Path
import nbformat
from lessonbuild import execute

path = Path(sys.argv[1])
begin = time.perf_counter()
execute.run(nbformat.read(path, as_version=4), path.parent, path.name)
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the largest process: the notebook's kernel
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({"seconds": time.perf_counter() - begin, "megabytes": most * unit / 1e6}))
"""


def rows(settings, paths=None):
    """Each notebook's seconds and megabytes, `settings.notebooks` times, and the seconds of all of them together."""
    paths = sorted((ROOT / "solutions").glob("*.ipynb")) if paths is None else paths
    told, together = {path: [] for path in paths}, []
    with settings.bar("notebooks", len(paths) * settings.notebooks) as tick:
        for _ in range(settings.notebooks):
            begin = time.perf_counter()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for path, measured in zip(paths, pool.map(lambda path: _one(path, tick), paths)):
                    told[path].append(measured)
            together.append(time.perf_counter() - begin)
    group, found = f"notebooks, {AT_ONCE} at a time", []
    for path, measured in told.items():
        seconds, megabytes = (tuple(one[name] for one in measured) for name in ("seconds", "megabytes"))
        found.append(Row(group, f"{path.stem}: seconds", seconds, "s"))
        found.append(Row(group, f"{path.stem}: peak memory", megabytes, "MB", ("at most", 1200)))
    return [*found, Row(group, "all: seconds", tuple(together), "s", ("at most", 420))]


def suite(settings):
    """The seconds of `make test`, once, and whether it passed; a run that failed has no aim, so that it meets none."""
    begin = time.perf_counter()
    with settings.bar("make test", 1) as tick:
        done = subprocess.run(["make", "test"], cwd=ROOT, capture_output=True, text=True)
        tick()
    seconds, passed = time.perf_counter() - begin, done.returncode == 0
    if not passed:
        print(done.stdout[-3000:], done.stderr[-3000:], sep="\n")
    aim, note = (("at most", 900), "passed") if passed else (None, "FAILED")
    return [Row("make test", "seconds", (seconds,), "s", aim, note)], passed


def _one(path, tick):
    command = [sys.executable, "-c", ONE, str(path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tools")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{path.name} does not run:\n{done.stderr[-3000:]}")
    tick()
    return json.loads(done.stdout.strip().splitlines()[-1])
