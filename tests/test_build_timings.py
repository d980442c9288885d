"""tools/timings.py: the README's map comes from the file that the command wrote."""

import json
from pathlib import Path

import pytest
import timings
from lessonbuild.source import read

ROOT = Path(__file__).resolve().parents[1]
LESSON = """\
# %% [markdown]
# # 04 · Let's see it work
#
# About 30 minutes (an estimate).

# %%
x = 1
"""
MEASURED = {
    "machine": {"cores": 2, "system": "Linux x86_64", "python": "3.11"},
    "lessons": {
        "04_demo": {"title": "Let's see it work", "minutes": 30, "seconds": 41},
        "00_start_here": {"title": "Start here", "minutes": 10, "seconds": 9},
    },
}


def test_title_and_minutes_come_from_the_lessons_first_cell(tmp_path):
    path = tmp_path / "04_demo.py"
    path.write_text(LESSON, encoding="utf-8")
    assert timings.about(read(path)) == {"title": "Let's see it work", "minutes": 30}


@pytest.mark.notebook
def test_a_measurement_includes_the_kernels_start(tmp_path):
    path = tmp_path / "04_demo.py"
    path.write_text(LESSON, encoding="utf-8")
    (tmp_path / "solutions").mkdir()
    assert timings.measure(read(path), tmp_path)["seconds"] in range(1, 60)


def test_the_table_has_a_line_for_each_lesson_and_their_sums():
    assert timings.table(MEASURED).splitlines() == [
        "| lesson | minutes to read | seconds to run |",
        "|---|---|---|",
        "| 00 [Start here](solutions/00_start_here.ipynb) | 10 | 9 |",
        "| 04 [Let's see it work](solutions/04_demo.ipynb) | 30 | 41 |",
        "| all | 40 | 50 |",
        "",
        "Minutes are estimates. `tools/timings.py` measured the seconds on 2 cores (Linux x86_64, Python 3.11), each "
        "lesson alone.",
    ]


def test_only_the_table_of_the_readme_is_replaced():
    readme = f"before\n{timings.BEGIN}\nold\n{timings.END}\nafter\n"
    expected = f"before\n{timings.BEGIN}\n{timings.table(MEASURED)}\n{timings.END}\nafter\n"
    assert timings.with_table(readme, MEASURED) == expected


def test_the_readme_shows_what_was_measured_for_each_lesson_there_is():
    measured = json.loads((ROOT / "docs" / "results" / "timings.json").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert timings.with_table(readme, measured) == readme
    lessons = sorted((ROOT / "lessons").glob("*.py"))
    assert sorted(measured["lessons"]) == [path.stem for path in lessons], "run tools/timings.py"
    for path in lessons:
        assert measured["lessons"][path.stem].items() >= timings.about(read(path)).items()
