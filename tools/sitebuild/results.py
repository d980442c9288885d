"""The page of results: what was measured, from docs/results/, of which some may not be there yet."""

import json
import re
from pathlib import Path

from . import speed

HEAD = """\
# Results

What was measured, on which machine, and how to measure it again.
"""


def page(folder: Path) -> str:
    """The page in Markdown, with a section for each file of `folder` that is there."""
    parts = [HEAD]
    timings = folder / "timings.json"
    if timings.exists():
        parts.append(_timings(json.loads(timings.read_text(encoding="utf-8"))))
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


def _timings(timings):
    lines = ["## Time of each lesson", "", "| lesson | minutes to read | seconds to run |", "|---|---|---|"]
    for name, entry in sorted(timings["lessons"].items()):
        link = f"{name[:2]} [{entry['title']}](lessons/{name}.ipynb)"
        lines.append(f"| {link} | {entry['minutes']} | {entry['seconds']} |")
    machine = timings["machine"]
    lines += [
        "",
        f"Seconds: measured on {machine['cores']} cores ({machine['system']}, Python {machine['python']}), each lesson "
        "alone, by `tools/timings.py`. Minutes are estimates.",
        "",
    ]
    return "\n".join(lines)
