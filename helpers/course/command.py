"""The command `batchnorm-course`: the notebooks in a folder of the learner's, a check and a doctor in a terminal.

batchnorm-course lab                       # the learner's notebooks, in JupyterLab
batchnorm-course check backward my.py      # exit status 0 where the exercise is passed
batchnorm-course examine my.keras my.npz   # exit status 0 where the doctor finds nothing
"""

import argparse
import os
import runpy
import shutil
import sys
from importlib import resources
from pathlib import Path

from helpers.course.environment import ROOT
from helpers.course.lessons import EXERCISES, LESSONS

FOLDER = "batchnorm-course"
FIRST = f"{LESSONS[0].name}.ipynb"
# No news and no look for updates: nothing is asked of the web.
LAB = [
    f"--LabApp.default_url=/lab/tree/{FIRST}",
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]


class Refusal(Exception):  # noqa: N818 (what a person is told, exit status 2)
    """One sentence: what is needed, what was received, what to do."""


def lab(folder, others):
    """Copy the notebooks into a folder and open JupyterLab there; other options are JupyterLab's own."""
    folder = Path(folder or ("." if Path(FIRST).exists() else FOLDER))
    new(folder)
    from jupyterlab.labapp import LabApp

    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    LabApp.launch_instance([f"--ServerApp.root_dir={folder.resolve()}", *LAB, *root, *others])


def new(folder):
    """Copy the notebooks into DIR; those that are there already stay as they are."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise Refusal(f"DIR must be a folder. Received: {folder}, a file. Name another.")
    folder.mkdir(parents=True, exist_ok=True)
    missing = [notebook for notebook in notebooks() if not (folder / notebook.name).exists()]
    for notebook in missing:
        shutil.copyfile(notebook, folder / notebook.name)
    kept = len(notebooks()) - len(missing)
    print(f"{folder.resolve()}: {len(missing)} notebooks copied, {kept} left as they were.", flush=True)


def reset(lesson, folder):
    """Put a fresh copy of a lesson's notebook beside yours, under a name that is free."""
    found = [notebook for notebook in notebooks() if notebook.name.startswith(lesson.zfill(2) + "_")]
    if not found:
        numbers = ", ".join(one.number for one in LESSONS)
        raise Refusal(f"LESSON must be one of {numbers}. Received: {lesson}. Choose one of them.")
    if not Path(folder).is_dir():
        raise Refusal(f"--folder must be the folder of your notebooks. Received: {folder}. Make one with `new`.")
    free, number = Path(folder, found[0].name), 1
    while free.exists():
        free, number = Path(folder, f"{found[0].stem}.fresh-{number}.ipynb"), number + 1
    shutil.copyfile(found[0], free)
    print(f"{free.resolve()} is a fresh copy; nothing else was changed.")


def check(exercise, file):
    """Check the function of an exercise's name in a Python file; exit status 0 if it passed, 1 if not."""
    from helpers import checks

    if exercise not in EXERCISES:
        raise Refusal(f"EXERCISE must be one of {', '.join(EXERCISES)}. Received: {exercise}. Choose one of them.")
    if not Path(file).is_file():
        raise Refusal(f"FILE must be a Python file. Received: {file}, which is not there. Check its name.")
    try:
        examine = getattr(checks, exercise)
    except ImportError as error:  # the exercise needs an extra, and says so
        raise Refusal(str(error)) from None
    sys.path.insert(0, str(Path(file).parent.resolve()))
    defined = runpy.run_path(file)
    if exercise not in defined:
        raise Refusal(f"FILE must define `{exercise}`, and {file} does not. Give your function that name.")
    result = examine(defined[exercise])
    print(result)
    if not result.passed:
        print("\nRun the check again: as long as there are further hints, each run adds one.")
    return 0 if result.passed else 1


def examine(others):
    """Examine your own model: MODEL.keras DATA.npz [--batch-size N] [--json]; exit status 1 if it finds a fault."""
    from helpers import doctor

    return doctor.main(others)


def notebooks():
    """The paths of the learner's notebooks: in the package, or in the clone that it was installed from."""
    inside = Path(str(resources.files(__package__))) / "notebooks"
    return sorted((inside if inside.is_dir() else ROOT / "notebooks").glob("*.ipynb"))


HERE = {"default": ".", "metavar": "DIR", "help": "where your notebooks are (this folder)"}
COMMANDS = {
    "lab": (lab, {"--folder": HERE | {"default": None, "help": f"where they are, or go to ({FOLDER})"}}),
    "new": (new, {"folder": {"metavar": "DIR"}}),
    "reset": (reset, {"lesson": {"metavar": "LESSON"}, "--folder": HERE}),
    "check": (check, {"exercise": {"metavar": "EXERCISE"}, "file": {"metavar": "FILE"}}),
    "examine": (examine, {}),
}
"""Subcommand -> the function that does it, and the arguments that it takes."""
HANDS_ON = ("lab", "examine")
"""Those that get every argument that is not theirs, as `others`."""


def main(arguments=None):
    """Run the command; the exit status: 0, 1 where a check is not passed, 2 and one sentence where it was misused."""
    parser = argparse.ArgumentParser(prog="batchnorm-course", description="A course on batch normalization.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (function, takes) in COMMANDS.items():
        one = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        for argument, settings in takes.items():
            one.add_argument(argument, **settings)
    known, others = parser.parse_known_args(arguments)
    given = vars(known)
    name = given.pop("command")
    if name in HANDS_ON:
        given["others"] = others
    elif others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    try:
        return COMMANDS[name][0](**given) or 0
    except Refusal as refusal:
        print(f"batchnorm-course: {refusal}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
