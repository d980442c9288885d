"""A folder for an instructor to hand out: the learners' notebooks and the helpers, without solutions."""

import shutil
from pathlib import Path

from . import notebooks
from .source import BEGIN, END, Lesson, LessonError, regions, with_stubs

README = """\
# {description}

Notebooks without solutions, exported from the course's repository. With Python 3.11 to 3.14:

    python -m venv .venv
    .venv/bin/pip install --require-hashes -r requirements.lock
    .venv/bin/pip install --no-deps -e .
    .venv/bin/jupyter lab notebooks/00_start_here.ipynb

(On Windows: `.venv\\Scripts\\` instead of `.venv/bin/`.)
"""
SHORT = 12


def write(root: Path, lessons: list[Lesson], folder: Path) -> None:
    """Write notebooks/, helpers/ and what installs them to `folder`, which must be empty or new.

    Raises LessonError where the folder holds something, and where a line of a solution shows in a notebook.
    """
    if folder.exists() and any(folder.iterdir()):
        raise LessonError(
            f"The folder to export to must be empty or new. Received: {folder}. Name another, or empty it."
        )
    copies = {lesson.name: notebooks.learner(lesson) for lesson in lessons}
    leaks = [leak for lesson in lessons for leak in _leaks(lesson, copies[lesson.name])]
    if leaks:
        raise LessonError("\n".join(leaks))
    (folder / "notebooks").mkdir(parents=True)
    for name, notebook in copies.items():
        (folder / "notebooks" / f"{name}.ipynb").write_text(notebooks.dumps(notebook), encoding="utf-8", newline="\n")
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
    shutil.copytree(root / "helpers", folder / "helpers", ignore=ignored)
    for name in ("pyproject.toml", "setup.py", "requirements.lock", "LICENSE"):
        if (root / name).exists():
            shutil.copy(root / name, folder / name)
    (folder / "README.md").write_text(README.format(description="A course on batch normalization"), encoding="utf-8")


def _leaks(lesson, notebook):
    """Lines of solutions that a learner could read: in no cell of the copy, unless the lesson shows them anyway."""
    shown = "\n".join(cell.source for cell in notebook.cells)
    given = {
        line.strip() for cell in lesson.cells if "solution" not in cell.tags for line in with_stubs(cell).split("\n")
    }
    for cell in lesson.cells:
        lines = cell.source.split("\n")
        spans = [(0, len(lines) - 1)] if "solution" in cell.tags else regions(cell)
        for first, last in spans:
            for number in range(first, last + 1):
                line = lines[number].strip()
                if len(line) >= SHORT and line in shown and not any(one.startswith(line) for one in given):
                    yield f"{lesson.path.name}:{cell.body + number}: the solution's {line!r} shows in the notebook."
    if BEGIN in shown or END in shown:
        yield f"{lesson.path.name}: a solution's mark shows in the notebook."
