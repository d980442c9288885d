"""Is a built notebook what its source says? As a readable diff, cell by cell, outputs aside."""

import difflib
from pathlib import Path

import nbformat


def load(path: Path) -> nbformat.NotebookNode | None:
    """The notebook in the file, or None where there is none that can be read."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)  # reading one that is no notebook only logs what is wrong
    except Exception:  # nbformat's converters stumble over a damaged file in ways of their own
        return None
    return notebook


def same_sources(built: nbformat.NotebookNode | None, wanted: nbformat.NotebookNode) -> bool:
    """Whether both hold the same cells (id, kind, text, metadata) and the same notebook metadata."""
    return built is not None and _lines(built) == _lines(wanted)


def diff(built: nbformat.NotebookNode | None, wanted: nbformat.NotebookNode, path: str) -> str:
    """A unified diff from the built notebook to what its source says, '' where they agree."""
    before = _lines(built) if built is not None else []
    return "\n".join(
        difflib.unified_diff(before, _lines(wanted), f"{path} (as it is)", f"{path} (from its lesson)", lineterm="")
    )


def _lines(notebook):
    lines = [f"metadata {_plain(notebook.metadata)}"]
    for cell in notebook.cells:
        lines.append(f"-- {cell.cell_type} {cell.get('id')} {_plain(cell.metadata)}")
        lines += cell.source.split("\n")
    return lines


def _plain(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(value[key])}" for key in sorted(value)) + "}"
    return repr(value)
