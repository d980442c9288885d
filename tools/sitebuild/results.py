"""The page of results: what was measured, from docs/results/, of which some may not be there yet."""

import json
import re
from pathlib import Path

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
        parts.append(_bench(json.loads(bench.read_text(encoding="utf-8"))))
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


def _bench(bench):
    """Whatever the benchmark wrote, flat: a table for each list of records or mapping of numbers."""
    lines = ["## Speed", ""]
    for title, part in bench.items():
        rows = _rows(part)
        if rows:
            columns = list(dict.fromkeys(key for row in rows for key in row))
            lines += [f"### {_words(title)}", "", _row(map(_words, columns)), "|" + "---|" * len(columns)]
            lines += [_row(_shown(row.get(column, "")) for column in columns) for row in rows]
            lines.append("")
        else:
            lines += [f"{_words(title)}: {_shown(part)}", ""]
    return "\n".join(lines)


def _rows(part):
    if isinstance(part, list) and part and all(isinstance(row, dict) for row in part):
        return part
    if isinstance(part, dict) and part and all(isinstance(row, dict) for row in part.values()):
        return [{"name": name} | row for name, row in part.items()]
    if isinstance(part, dict):
        return [{"name": name, "value": value} for name, value in part.items()]
    return []


def _row(cells):
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _words(key):
    return str(key).replace("_", " ")


def _shown(value):
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{_words(key)} {_shown(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return str(value)
