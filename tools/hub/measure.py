"""How long learners wait and how much memory they take, for 1 to 12 at once: `python tools/hub measure`."""

import json
import os
import platform
import pwd
import shutil
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from . import accounts
from .prepare import ROOT
from .running import OwnHub, megabytes
from .simulated import FOLDER

LESSON, HEAVY = "00_start_here", "06_convnets"
CLASSES = (1, 2, 4, 8, 12)
PASSED = "standardize: passed"


def lesson_cells(lesson=LESSON, root=ROOT):
    """The code of a lesson as a learner has it in the end: their notebook, with the exercises solved."""
    learners, solved = (
        nbformat.read(root / folder / f"{lesson}.ipynb", as_version=4).cells for folder in ("notebooks", "solutions")
    )
    exercises = [cell.source for cell in solved if "exercise" in cell.metadata.get("tags", ())]
    for cell in learners:
        if cell.cell_type == "code":
            yield exercises.pop(0) if "exercise" in cell.metadata.get("tags", ()) else cell.source


def go_through(hub, person, cells, shown=PASSED):
    """One learner, from sign-up to the lesson's end: {"first_cell": seconds, "lesson": seconds, "failed": []}.

    `failed` holds what cells said that ended in an error; one of them has to say `shown`.
    """
    start = time.monotonic()
    hub.let_in(person)
    person.start_server()
    kernel = person.kernel(f"{FOLDER}/{LESSON}.ipynb")
    try:
        outcomes = [kernel.run(cells[0])]
        first = time.monotonic() - start
        outcomes += [kernel.run(cell) for cell in cells[1:]]
    finally:
        kernel.close()
    failed = [text for status, text in outcomes if status != "ok"]
    if not any(shown in text for _, text in outcomes):
        failed.append(f"no cell said {shown!r}")
    return {"first_cell": first, "lesson": time.monotonic() - start, "failed": failed}


def class_of(hub, people, cells=None, shown=PASSED):
    """All `people` at once: a list of what `go_through` says, and the most MB that each of them took meanwhile."""
    cells, peaks, over = cells or list(lesson_cells()), {}, threading.Event()

    def watch():
        while not over.wait(1.0):
            for person in people:
                try:
                    uid = pwd.getpwnam(accounts.account_of(person.name)).pw_uid
                except KeyError:
                    continue
                peaks[person.name] = max(peaks.get(person.name, 0), sum(megabytes(uid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(len(people)) as pool:
            outcomes = list(pool.map(lambda person: go_through(hub, person, cells, shown), people))
    finally:
        over.set()
        watcher.join()
    return outcomes, [peaks[person.name] for person in people]


def summary(outcomes, peaks):
    """The numbers of one class: medians and the slowest, in seconds; the largest share of memory, in MB."""
    first, lesson = ([outcome[key] for outcome in outcomes] for key in ("first_cell", "lesson"))
    return {
        "learners": len(outcomes),
        "passed": sum(not outcome["failed"] for outcome in outcomes),
        "first_cell_median_s": round(statistics.median(first), 1),
        "first_cell_slowest_s": round(max(first), 1),
        "lesson_median_s": round(statistics.median(lesson), 1),
        "lesson_slowest_s": round(max(lesson), 1),
        "peak_mb_per_learner_median": round(statistics.median(peaks)),
        "peak_mb_per_learner_most": round(max(peaks)),
    }


def main(say, classes=CLASSES, root=ROOT):
    """Measure each size of class with new learners, write docs/results/hub.json and hub.md; returns 0."""
    parent = Path(tempfile.mkdtemp(prefix="bn-hub-", dir="/srv"))
    parent.chmod(0o755)
    hub = OwnHub(parent / "hub", root, "--show-solutions")
    results, load = [], os.getloadavg()[0]

    def measured(people, *lesson):
        row = summary(*class_of(hub, people, *lesson))
        say(str(row))
        for person in people:
            accounts.remove(hub.layout, person.name, homes=True)
        return row

    try:
        hub.start()
        hub.instructor.log_in().raise_for_status()
        # What only the first server of a hub pays is not a class's.
        go_through(hub, hub.person("first"), list(lesson_cells()))
        accounts.remove(hub.layout, "first" + hub.mark)
        for size in classes:
            results.append(measured([hub.person(f"l{size}x{number}") for number in range(size)]))
        heavy = measured([hub.person("heavy")], list(lesson_cells(HEAVY)), "")
    finally:
        hub.remove()
        shutil.rmtree(parent, ignore_errors=True)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    write(
        root / "docs" / "results",
        {"lesson": LESSON, "machine": machine, "load_before": round(load, 1), "classes": results}
        | {"heavy": {"lesson": HEAVY, **heavy}},
    )
    return 0


def write(folder, told):
    """Write hub.json and hub.md to `folder`."""
    (folder / "hub.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    rows = "".join(
        f"| {row['learners']} | {row['passed']} | {row['first_cell_median_s']:g} ({row['first_cell_slowest_s']:g}) | "
        f"{row['lesson_median_s']:g} ({row['lesson_slowest_s']:g}) | "
        f"{row['peak_mb_per_learner_median']} ({row['peak_mb_per_learner_most']}) |\n"
        for row in told["classes"]
    )
    heavy = told["heavy"]
    (folder / "hub.md").write_text(
        "# The hub, from 1 to 12 learners at once\n\n"
        "Each signs up, is approved, logs in, gets a server and runs lesson 00 to its end with the exercise solved. "
        f"Measured on {told['machine']}, the simulated\nlearners on the same machine. Written by `tools/hub measure`. "
        "Memory is the proportional share (PSS) of all of a learner's processes, the most that was seen, in median. "
        "Brackets: the slowest, and the one that took most.\n\n"
        "| learners at once | passed | s to the first cell | s to the lesson's end | MB a learner |\n"
        f"|---|---|---|---|---|\n{rows}\n"
        f"Before the hub was started, the machine's load was {told['load_before']:g}: work of others on the same cores "
        "makes the seconds longer.\n"
        f"One learner in lesson {heavy['lesson'][:2]}, with TensorFlow: {heavy['peak_mb_per_learner_most']} MB.\n",
        encoding="utf-8",
    )
