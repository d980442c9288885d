"""Turn a lesson into an assignment for nbgrader: `python tools/assignment.py 05 COURSE` (or `make assignment`).

COURSE/ becomes, or goes on being, a course of nbgrader: COURSE/source/NN_name/NN_name.ipynb is the instructor's
version, made from the lesson; COURSE/release/ holds the learners' (made by `nbgrader generate_assignment`). Each
exercise is an answer cell between the lesson's own BEGIN SOLUTION and END SOLUTION marks. The check below it is a test
cell: it gives its points where the check passes, and else shows the check's first hint as feedback. It imports the
checks anew, in case an answer has called something else `checks`.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from lesson_names import chosen
from lessonbuild import notebooks, source

ROOT = Path(__file__).resolve().parents[1]
POINTS = 10
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "batchnorm"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}
c.ExecutePreprocessor.timeout = 600
"""
GRADED = """\
from helpers import checks
result = {call}
display(result)
assert result.passed, f"{{result.diagnosis}}: {{result.hint}}"
"""


def assignment(lesson: source.Lesson) -> nbformat.NotebookNode:
    """The instructor's version of the lesson, with nbgrader's metadata; without outputs.

    Raises ValueError where the lesson has no exercise that is followed by its check.
    """
    notebook = notebooks.solution(lesson)
    by_id = {identifier: line for line, identifier in notebooks.cell_ids(lesson).items()}
    cells = {cell.line: cell for cell in lesson.cells}
    found = 0
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", ())
        if cell.cell_type == "code" and "exercise" in tags:
            cell.source = cells[by_id[cell.id]].source
            _mark(cell, solution=True)
        elif "check" in tags:
            cell.source = GRADED.format(call=_call(cell.source))
            _mark(cell, grade=True, points=POINTS)
            found += 1
    if not found:
        raise ValueError(f"An assignment needs an exercise with a check. Received: {lesson.name}, which has none.")
    notebook.cells = [cell for cell in notebook.cells if "solution" not in cell.metadata.get("tags", ())]
    return notebook


def _call(text):
    """The check's call in a cell such as `checks.forward(forward)`."""
    found = re.search(r"^checks\..+$", text, re.MULTILINE)
    if not found:
        raise ValueError(f"A check cell must hold a line that begins with `checks.`. Received: {text!r}.")
    return found.group()


def _mark(cell, grade=False, solution=False, points=None):
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade": grade,
        "solution": solution,
        "task": False,
        "locked": grade,
        "grade_id": cell.id,
    } | ({"points": points} if grade else {})


def write(lesson: source.Lesson, course: Path) -> Path:
    """Write the lesson to `course`/source, with the settings of a new course where it has none; the notebook's path."""
    path = course / "source" / lesson.name / f"{lesson.name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(assignment(lesson), path)
    config = course / "nbgrader_config.py"
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
    return path


def environment() -> dict[str, str]:
    """This process's environment, in which nbgrader finds alembic, which it calls by name."""
    return os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}


def folder(text: str) -> Path:
    """The folder of this name; `~` is the home also where the shell left it as it is, as zsh does in COURSE=~/name."""
    return Path(text).expanduser().resolve()


def asked(lesson: str, course: str) -> tuple[Path, Path]:
    """The lesson's file and the course's folder.

    Raises ValueError where one of the two is empty, as `make` passes what was left out, or there is no such lesson.
    """
    if not lesson.strip() or not course.strip():
        raise ValueError(
            f"An assignment needs a lesson and the folder of a course. Received: LESSON={lesson!r}, COURSE={course!r}. "
            "Run `make assignment LESSON=05 COURSE=DIR`."
        )
    return chosen(sorted((ROOT / "lessons").glob("*.py")), [lesson])[0], folder(course)


def main(arguments: list[str] | None = None) -> int:
    """Write the assignment and let nbgrader make the learners' version of it; exit status 1 where it is refused."""
    parser = argparse.ArgumentParser(prog="tools/assignment.py", description="A lesson as an nbgrader assignment.")
    parser.add_argument("lesson", help="a number or a name, like 05 or 05_low_level")
    parser.add_argument("course", help="the folder of the nbgrader course")
    options = parser.parse_args(arguments)
    try:
        path, course = asked(options.lesson, options.course)
        written = write(source.read(path), course)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    name = path.stem
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", name, "--force", "--create"]
    status = subprocess.run(command, cwd=course, check=False, env=environment()).returncode
    if status == 0:
        print(f"{written}\nHand out release/{name}. Put what comes back into submitted/LEARNER/{name}/, then, in the")
        print(f"course's folder: nbgrader autograde {name}; nbgrader generate_feedback {name}.")
    return status


if __name__ == "__main__":
    sys.exit(main())
