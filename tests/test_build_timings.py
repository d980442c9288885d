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


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two lessons that were measured; a lesson measured again takes 7 s."""
    for name, title in (("00_start_here", "Start here"), ("04_demo", "Let's see it work")):
        path = tmp_path / "lessons" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(LESSON.replace("04 · Let's see it work", title), encoding="utf-8")
    measured = tmp_path / "docs" / "results" / "timings.json"
    measured.parent.mkdir(parents=True)
    measured.write_text(json.dumps(MEASURED), encoding="utf-8")
    (tmp_path / "README.md").write_text(f"{timings.BEGIN}{timings.END}", encoding="utf-8")
    monkeypatch.setattr(timings, "ROOT", tmp_path)
    monkeypatch.setattr(timings, "describe", lambda: MEASURED["machine"])
    monkeypatch.setattr(timings, "measure", lambda lesson, root: timings.about(lesson) | {"seconds": 7})
    return tmp_path


OTHER = {"cores": 8, "system": "Darwin arm64", "python": "3.12"}


def recorded(course):
    return json.loads((course / "docs" / "results" / "timings.json").read_text(encoding="utf-8"))


def seconds(course):
    return {name: entry["seconds"] for name, entry in recorded(course)["lessons"].items()}


def test_one_lesson_measured_again_on_the_same_machine_leaves_the_others_seconds(course):
    assert timings.main(["04"]) == 0
    assert seconds(course) == {"00_start_here": 9, "04_demo": 7}
    assert recorded(course)["machine"] == MEASURED["machine"]


def test_an_unknown_lesson_is_refused_and_nothing_is_written(course, capsys):
    assert timings.main(["04", "99"]) == 1
    assert capsys.readouterr().err == "No such lesson. Received: '99'. There is: 00_start_here, 04_demo.\n"
    assert recorded(course) == MEASURED


def test_one_lesson_on_another_machine_is_refused_and_nothing_is_written(course, capsys, monkeypatch):
    monkeypatch.setattr(timings, "describe", lambda: OTHER)
    assert timings.main(["04"]) == 1
    assert capsys.readouterr().err == (
        "The other lessons were measured on 2 cores (Linux x86_64, Python 3.11), and this machine has 8 cores "
        "(Darwin arm64, Python 3.12): measure all of them here, with `tools/timings.py` and no lesson.\n"
    )
    assert recorded(course) == MEASURED


def test_all_lessons_may_be_measured_on_another_machine(course, monkeypatch):
    monkeypatch.setattr(timings, "describe", lambda: OTHER)
    assert timings.main([]) == 0
    assert seconds(course) == {"00_start_here": 7, "04_demo": 7}
    assert recorded(course)["machine"] == OTHER


def test_the_readme_shows_what_was_measured_for_each_lesson_there_is():
    measured = json.loads((ROOT / "docs" / "results" / "timings.json").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert timings.with_table(readme, measured) == readme
    lessons = sorted((ROOT / "lessons").glob("*.py"))
    assert sorted(measured["lessons"]) == [path.stem for path in lessons], "run tools/timings.py"
    for path in lessons:
        assert measured["lessons"][path.stem].items() >= timings.about(read(path)).items()
