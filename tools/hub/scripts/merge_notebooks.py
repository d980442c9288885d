"""Git's merge driver for notebooks: `merge_notebooks.py BASE MINE THEIRS NAME`; MINE, the learner's, is written.

Cell by cell, by nbdime. What one side changed is taken from it. A cell that the learner changed stays exactly as it is,
and where the course changed it too, the course's whole notebook is put beside it as NAME.course.ipynb. What cannot be
merged is left as the learner has it, with the course's beside it as well. Never fails, since nbgitpuller would stop
half-way. Copied to the hub's folder, and run there as the learner.
"""

import argparse
import shutil
import sys
from pathlib import Path

import nbformat

STRATEGIES = {"merge_strategy": "union", "input_strategy": "use-local", "output_strategy": "use-local"}


def merged(base, mine, theirs):
    """The merged notebook, and whether something of the course's had to give way; all three are paths.

    Raises ValueError where a cell of the learner's would be lost, and what nbformat and nbdime raise on what is no
    notebook.
    """
    from nbdime.merging import merge_notebooks

    base, mine, theirs = (nbformat.read(path, as_version=4) for path in (base, mine, theirs))
    options = argparse.Namespace(**STRATEGIES, ignore_transients=True, log_level="WARN")
    result, _ = merge_notebooks(base, mine, theirs, options)
    _keep(changed(base, mine), result)
    nbformat.validate(result)
    missing = {cell.source for cell in changed(base, theirs)} - {cell.source for cell in result.cells}
    return result, bool(missing)


def changed(base, notebook):
    """The cells of `notebook` whose source is not that of the cell with the same id in `base`."""
    before = {cell.get("id"): cell.source for cell in base.cells}
    return [cell for cell in notebook.cells if before.get(cell.get("id")) != cell.source]


def _keep(cells, result):
    """Make sure that these cells are in `result` exactly as they are."""
    sources = {cell.source for cell in result.cells}
    places = {cell.get("id"): number for number, cell in enumerate(result.cells)}
    for cell in cells:
        if cell.source in sources:
            continue
        if cell.get("id") not in places:
            raise ValueError("a cell of yours would have been lost")
        result.cells[places[cell["id"]]] = cell


def main(base, mine, theirs, name):
    """Write the merge to `mine`, as git expects; the path `name` is where it belongs."""
    try:
        result, gave_way = merged(base, mine, theirs)
        nbformat.write(result, mine)
    except Exception as error:  # a damaged notebook, or one that cannot be merged: nothing of it may be lost
        print(f"{name} could not be merged ({error}): it stays as it is.", file=sys.stderr)
        gave_way = True
    if gave_way:
        shutil.copyfile(theirs, Path(name).with_suffix(".course.ipynb"))


if __name__ == "__main__":
    main(*sys.argv[1:5])
