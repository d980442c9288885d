"""The page of `make browser` in a real browser with no other machine in reach: lessons run, and work is kept.

Lesson 00 is in `make test-slow`, in two minutes. The others are in `make test-weekly`: together they take four minutes
or more, CI has none to spare on a slow machine, and they need little of a browser that lesson 00 does not try.
"""

import os
from pathlib import Path

import pytest
from browser import chromium
from browser_lite import Lesson, Quiet, learner, served, text_of
from registry import needed

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]
RIGHT = "def standardize(x):\n    return (x - x.mean(axis=0)) / x.std(axis=0)\n"
WRONG = "def standardize(x):\n    return (x - x.mean()) / x.std()\n"
UNTRUE = "trust the numbers, not the text"  # what a pinned fact says that does not hold
# In lesson 02, a time: without a fast BLAS the rest of a step weighs less. In a page it is 1.2 or a little less.
OF_A_TIME = "it does not hold that a step takes 1.2 to 2.6 times as long"
ENDLESS = "def standardize(x):\n    while True:\n        pass\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where the page is: in BROWSER_PAGE, if it was built already, or built here."""
    chromium()
    folder = os.environ.get("BROWSER_PAGE")
    if not folder:
        from lite import page, parts

        folder = tmp_path_factory.mktemp("page")
        with needed(parts.PartError):
            page.build(ROOT, ROOT / "docs" / "_build" / "browser-parts", folder)
    with served(folder) as found:
        yield found


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("browser")


def run_whole(lesson, seconds):
    """Run all cells, and tell how long it took; nothing may fail, be untrue, or be asked of another machine."""
    done = lesson.run_all(seconds).values()
    print(f"first cell after {min(done):.0f} s, all after {max(done):.0f} s; {Quiet.sent / 1e6:.0f} MB so far")
    assert lesson.errors() == []
    assert lesson.outside() == []
    said = [text_of(cell) for cell in lesson.cells() if cell["cell_type"] == "code"]
    assert [text for text in said if UNTRUE in text and OF_A_TIME not in text] == []


@pytest.mark.slow
def test_lesson_00_from_top_to_bottom_with_its_exercise_and_what_a_learner_finds_who_comes_back(address, home):
    with learner(home) as context:
        lesson = Lesson(context, address, "00_start_here")
        run_whole(lesson, 400)
        answer, check = lesson.place("def standardize"), lesson.place("checks.standardize(standardize)")
        said = []
        for source in (WRONG, WRONG, ENDLESS, RIGHT):
            lesson.write(answer, source)
            lesson.run(answer)
            said.append(lesson.run(check).splitlines())
        assert [lines[0] for lines in said] == [
            "standardize: not yet (wrong-axis).",
            "standardize: not yet (wrong-axis).",
            "standardize: not yet (raises).",
            "standardize: passed.",
        ]
        assert said[0] != said[1]  # the hint grows
        for source, drawn in {
            "widgets.ProgressMap()": ".course-widget .course-figure",
            "quiz.show": ".Quiz .MCButton",
        }.items():
            lesson.run(lesson.place(source))
            lesson.tab.wait_for_selector(drawn, timeout=60_000)
        lesson.save()
        lesson.tab.wait_for_timeout(2000)
        assert lesson.outside() == []
    with learner(home) as context:
        lesson = Lesson(context, address, "00_start_here")
        assert lesson.cells()[answer]["source"] == RIGHT
        lesson.run(lesson.place("from helpers import checks"))
        assert lesson.run(lesson.place("state =")).startswith("standardize: passed; tries so far: ")


@pytest.mark.weekly
@pytest.mark.parametrize("name", ["01_theory", "02_benefits", "04_demo", "05_low_level"])
def test_a_lesson_runs_whole(address, tmp_path, name):
    with learner(tmp_path) as context:
        run_whole(Lesson(context, address, name), 900)
