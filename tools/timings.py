"""Measure how long each lesson runs, and write the README's map: `python tools/timings.py [LESSON ...]`.

docs/results/timings.json holds what was measured and where; the README's table is made from it, never by hand.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

from lesson_names import UnknownLessonError, chosen
from lessonbuild import execute, notebooks
from lessonbuild.source import Lesson, read
from machine import describe

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- lessons: written by tools/timings.py -->", "<!-- end of lessons -->"


def measure(lesson: Lesson, root: Path) -> dict:
    """Title, minutes to read (an estimate), and seconds to run the solution alone, from its kernel's start."""
    start = time.perf_counter()
    execute.run(notebooks.solution(lesson), root / "solutions", f"solutions/{lesson.name}.ipynb")
    return about(lesson) | {"seconds": round(time.perf_counter() - start)}


def about(lesson: Lesson) -> dict:
    """The lesson's title and its minutes, from its first cell."""
    first = lesson.cells[0].source
    title = re.search(r"^# +(?:\d\d *[·:.] *)?(.+)$", first, re.MULTILINE).group(1)
    return {"title": title, "minutes": int(re.search(r"(\d+) min", first).group(1))}


def table(timings: dict) -> str:
    """The map of lessons in Markdown, and on what machine the seconds were measured."""
    lines = ["| lesson | minutes to read | seconds to run |", "|---|---|---|"]
    for name, entry in sorted(timings["lessons"].items()):
        lesson = f"{name[:2]} [{entry['title']}](solutions/{name}.ipynb)"
        lines.append(f"| {lesson} | {entry['minutes']} | {entry['seconds']} |")
    total = sum(entry["minutes"] for entry in timings["lessons"].values())
    seconds = sum(entry["seconds"] for entry in timings["lessons"].values())
    lines.append(f"| all | {total} | {seconds} |")
    where = _where(timings["machine"])
    lines += ["", f"Minutes are estimates. `tools/timings.py` measured the seconds on {where}, each lesson alone."]
    return "\n".join(lines)


def with_table(readme: str, timings: dict) -> str:
    """The README with its map of lessons made anew."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n{table(timings)}\n{END}{rest.split(END)[1]}"


def main(arguments: list[str] | None = None) -> int:
    """Measure the lessons named, or all, and rewrite docs/results/timings.json and the README's map.

    Exit status 1, and nothing measured or written, for an unknown name, and for some of the lessons on another machine
    than the one that measured the others.
    """
    parser = argparse.ArgumentParser(
        prog="tools/timings.py", description="Measure the lessons; write the README's map."
    )
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="like 04 or 04_demo; none means all")
    path, here = ROOT / "docs" / "results" / "timings.json", describe()
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"machine": here, "lessons": {}}
    sources = sorted((ROOT / "lessons").glob("*.py"))
    try:
        to_measure = chosen(sources, parser.parse_args(arguments).lessons)
        if len(to_measure) < len(sources) and old["machine"] != here:
            raise UnknownLessonError(
                f"The other lessons were measured on {_where(old['machine'])}, and this machine has {_where(here)}: "
                "measure all of them here, with `tools/timings.py` and no lesson."
            )
    except UnknownLessonError as error:
        print(error, file=sys.stderr)
        return 1
    lessons = {}
    for lesson in map(read, sources):
        if lesson.name in {source.stem for source in to_measure}:
            lessons[lesson.name] = measure(lesson, ROOT)
            print(lesson.name, lessons[lesson.name]["seconds"], "s", flush=True)
        elif lesson.name in old["lessons"]:
            lessons[lesson.name] = about(lesson) | {"seconds": old["lessons"][lesson.name]["seconds"]}
    timings = {"machine": here, "lessons": lessons}
    path.write_text(json.dumps(timings, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8"), timings), encoding="utf-8", newline="\n")
    return 0


def _where(machine):
    return f"{machine['cores']} cores ({machine['system']}, Python {machine['python']})"


if __name__ == "__main__":
    sys.exit(main())
