"""The page of symptoms: each slug of the checks with its cause and the test that tells, and the lessons' own tables."""

import re
import tomllib
from pathlib import Path

import nbformat

from helpers.checks import hints
from helpers.course.lessons import EXERCISES

BETWEEN_ROWS = re.compile(r"^\|[-| :]+\|$")
HEAD_OF_TABLE = re.compile(r"^\| *(symptom|what you see) *\| *(the )?cause *\|")
HEAD = """\
# Symptoms: what is wrong with my layer?

Look for what you see. Each symptom has a cause, and a test that tells this cause from the others.
The name in brackets is the one that the course's checks give to the mistake.
"""


def causes(path: Path) -> dict[str, dict]:
    """docs/symptoms.toml: slug -> group, what is seen, why, and the test that tells.

    A slug of the checks without an entry gets one from its hints, in a group of its own. Raises ValueError where an
    entry is of no slug, or not complete.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    known = vocabulary()
    unknown = sorted(entries.keys() - known.keys())
    if unknown:
        raise ValueError(f"An entry must be of a slug of the checks. Received: {', '.join(unknown)}. See {path.name}.")
    for slug, entry in entries.items():
        absent = [key for key in ("group", "symptom", "cause", "test") if not entry.get(key, "").strip()]
        if absent:
            raise ValueError(f"An entry must be complete. Received: {slug} without {', '.join(absent)}. Correct it.")
    hinted = {slug: known[slug] for slug in known if slug not in entries}
    return entries | {slug: from_hints(exercise, slug) for slug, exercise in hinted.items()}


def from_hints(exercise: str, slug: str) -> dict[str, str]:
    """An entry for a slug that has none, from what the check says."""
    symptom, idea, _ = (text or "" for text in hints.fill(exercise, slug, {}))
    return {"group": "More", "symptom": symptom, "cause": f"`{slug}`", "test": idea}


def vocabulary() -> dict[str, str]:
    """All slugs that a check may give as its diagnosis, or has hints of its own for, each with an exercise of it."""
    own = {}
    for name, exercise in EXERCISES.items():
        hinted = [slug for slug, entry in hints.read_exercise(name).items() if isinstance(entry, dict)]
        own |= dict.fromkeys((*hinted, *exercise.mistakes), name)
    return dict.fromkeys(hints.read_file("common"), next(iter(EXERCISES))) | own


def page(entries: dict[str, dict], solutions: dict[str, nbformat.NotebookNode]) -> str:
    """The page in Markdown: a table for each group of slugs, then one for each lesson that has one."""
    parts = [HEAD]
    for group in dict.fromkeys(entry["group"] for entry in entries.values()):
        parts.append(f"\n## {group}\n\n| symptom | cause | the test that tells |\n|---|---|---|")
        for slug, entry in entries.items():
            if entry["group"] == group:
                parts.append(f"| {entry['symptom']} [`{slug}`] | {entry['cause']} | {entry['test']} |")
    parts.append("\n## From the lessons: where this goes wrong in practice")
    for name, notebook in solutions.items():
        rows = in_practice(notebook)
        if rows:
            link = f"[Lesson {name[:2]}](lessons/{name}.ipynb)"
            parts += [f"\n### Lesson {name[:2]}\n\n{link} explains these.\n", "\n".join(rows)]
    return "\n".join(parts) + "\n"


def in_practice(notebook: nbformat.NotebookNode) -> list[str]:
    """The lines of the lesson's tables whose head is symptom, cause and test, as one table."""
    found = []
    for cell in notebook.cells:
        lines = cell.source.split("\n") if cell.cell_type == "markdown" else []
        inside = False
        for line in lines:
            if not line.startswith("|"):
                inside = False
            elif HEAD_OF_TABLE.match(line):
                inside = True
                if not found:
                    found += [line, "|---|---|---|"]
            elif inside and not BETWEEN_ROWS.match(line.replace(" ", "")):
                found.append(line)
    return found
