"""From a lesson's cells to two notebooks: the learner's copy and the solution (not yet executed)."""

import re
import unicodedata

import nbformat

from .source import Lesson, LessonError, with_stubs, without_marks

# Nothing here says which machine or which Python built a notebook.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


def learner(lesson: Lesson) -> nbformat.NotebookNode:
    """The learner's copy: stubs instead of solutions, no cell tagged `solution`, no outputs."""
    return _notebook(lesson, [cell for cell in lesson.cells if "solution" not in cell.tags], with_stubs)


def solution(lesson: Lesson) -> nbformat.NotebookNode:
    """The whole lesson without the marks, not executed."""
    return _notebook(lesson, lesson.cells, without_marks)


def cell_ids(lesson: Lesson) -> dict[int, str]:
    """An id for each cell, by the cell's line.

    It is made of the lesson's number and the cell's label, or else the heading above it and its place under that.
    An edit of a cell's text keeps its id; a new cell changes the ids up to the next heading only.
    """
    number = lesson.name.split("_")[0]
    heading, places, ids = "top", {}, {}
    for cell in lesson.cells:
        heading = _heading(cell) or heading
        if cell.label:
            name = _slug(cell.label)
        else:
            places[heading] = places.get(heading, 0) + 1
            name = f"{heading}-{places[heading]}"
        identifier = f"{number}-{name}"
        if identifier in ids.values():
            raise LessonError(
                f"{lesson.path.name}:{cell.line}: two cells have the id {identifier!r}: change the label."
            )
        ids[cell.line] = identifier
    return ids


def dumps(notebook: nbformat.NotebookNode) -> str:
    """The notebook as it is written: sorted keys, one blank of indentation, a final newline."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def _notebook(lesson, cells, text_of):
    ids = cell_ids(lesson)
    notebook = nbformat.v4.new_notebook(metadata=METADATA)
    for cell in cells:
        make = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
        metadata = {}
        if cell.slideshow:
            metadata["slideshow"] = cell.slideshow
        if cell.tags:
            metadata["tags"] = list(cell.tags)
        if "pinned" in cell.tags:  # JupyterLab shows three dots in its place
            metadata["jupyter"] = {"source_hidden": True}
        notebook.cells.append(make(text_of(cell), id=ids[cell.line], metadata=metadata))
    return notebook


def _heading(cell):
    if cell.kind != "markdown":
        return None
    found = re.search(r"^#+ +(.+)$", cell.source, re.MULTILINE)
    return _slug(found.group(1)) if found else None


def _slug(text):
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "cell"
