"""Bring the site's pages together in one folder, and let Sphinx make HTML of them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from helpers.course import quiz

from . import doctor, kit, lessons, race, reference, results, symptoms
from .launch import NONE, Doors

LISTED = {"index", "doctor", "glossary", "symptoms", "results", "contributing"}
# Links to files of the repository that are not pages of the site, and what they become.
ELSEWHERE = re.compile(r"\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s]+)\)")


def assemble(root: Path, folder: Path, doors: Doors = NONE) -> None:
    """Write everything that Sphinx reads to `folder`, which is made anew.

    Raises ValueError where a page cannot be made, and says why.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "docs", folder, ignore=shutil.ignore_patterns("_build", "*.toml"))
    solved = {path.stem: nbformat.read(path, as_version=4) for path in sorted((root / "solutions").glob("*.ipynb"))}
    race.write(folder / "_static" / "race")
    (folder / "lessons").mkdir(exist_ok=True)
    (folder / "notebooks").mkdir()
    for name, notebook in solved.items():
        questions = quiz.load(name) if name in quiz.names() else None
        nbformat.write(lessons.page(notebook, name, questions, solved, doors), folder / "lessons" / f"{name}.ipynb")
        shutil.copy(root / "notebooks" / f"{name}.ipynb", folder / "notebooks")
    entries = symptoms.causes(root / "docs" / "symptoms.toml")
    files = {
        "doctor.md": doctor.page(root / "docs", list(solved)),
        "lessons/index.md": index(solved),
        "symptoms.md": symptoms.page(entries, solved),
        "results.md": results.page(root / "docs" / "results"),
        "contributing.md": _from_root((root / "CONTRIBUTING.md").read_text(encoding="utf-8")),
    }
    more = sorted(path.stem for path in (root / "docs").glob("*.md") if path.stem not in LISTED)
    home = (root / "docs" / "index.md").read_text(encoding="utf-8")
    files["index.md"] = home.replace("contributing\n", "\n".join(["contributing", *more]) + "\n")
    files |= {f"reference/{name}": text for name, text in reference.pages(root).items()}
    files |= {f"instructor/lessons/{name}.md": text for name, text in kit.pages(root, entries).items()}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def build(folder: Path, html: Path) -> int:
    """Run Sphinx on what was assembled, a warning being an error; the exit status."""
    shutil.rmtree(html, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "-j", "2"]
    tools = os.pathsep.join(str(Path(__file__).resolve().parents[up]) for up in (1, 2))  # for conf.py, and for helpers
    environment = os.environ | {"PYTHONPATH": tools}
    return subprocess.run([*command, str(folder), str(html)], check=False, env=environment).returncode


def index(solved: dict[str, nbformat.NotebookNode]) -> str:
    """The page that lists the lessons, with what each is for, from its first cell."""
    parts = [
        "# Lessons\n\nEach stands alone once lesson 00 has run. These are the solved notebooks, as they were run.\n"
    ]
    for name, notebook in solved.items():
        first = notebook.cells[0].source
        title = re.search(r"^# +(.+)$", first, re.MULTILINE).group(1)
        minutes = re.search(r"(\d+) min", first).group(1)
        able = re.findall(r"^- (.+)$", first, re.MULTILINE)
        parts.append(f"## [{title}]({name}.ipynb)\n\nAbout {minutes} minutes (an estimate).\n")
        parts.append("\n".join(f"- {line}" for line in able) + "\n")
    parts.append("```{toctree}\n:hidden:\n\n" + "\n".join(solved) + "\n```\n")
    return "\n".join(parts)


def _from_root(text):
    """A file from the top of the repository as a page: its links to other files become their names."""
    first, rest = text.split("\n", 1)
    title = "# Contributing\n\n" + first
    return ELSEWHERE.sub(r"\1 (`\2`)", title + "\n" + rest)
