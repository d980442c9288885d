"""The page of results: what was measured, from docs/results/, of which some may not be there yet."""

import json
import re
from pathlib import Path

import timings

from . import speed

HEAD = """\
# Results

What was measured, on which machine, and how to measure it again.
"""


def page(folder: Path) -> str:
    """The page in Markdown, with a section for each file of `folder` that is there."""
    parts = [HEAD]
    measured = folder / "timings.json"
    if measured.exists():
        table = timings.table(json.loads(measured.read_text(encoding="utf-8")))
        parts.append("## Time of each lesson\n\n" + table.replace("(solutions/", "(lessons/") + "\n")
    bench = folder / "bench.json"
    if bench.exists():
        parts.append(speed.section(json.loads(bench.read_text(encoding="utf-8"))))
    there = {path.stem: _title(path) for path in sorted(folder.glob("*.md"))}
    if there:
        links = "\n".join(f"- [{title}](results/{name}.md)" for name, title in there.items())
        tree = "\n".join(f"results/{name}" for name in there)
        parts.append(f"## More\n\n{links}\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n")
    return "\n".join(parts)


def _title(path):
    found = re.search(r"^# +(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else path.stem
