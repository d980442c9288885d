"""The third hint of each mistake in lesson 07's exercises sends to a paragraph that exists."""

import re
from pathlib import Path

import pytest

from helpers.checks.hints import lesson_07

LESSONS = Path(__file__).parents[1] / "lessons"


def places():
    """(lesson, heading) for each paragraph that a hint sends to."""
    thirds = [where for of_exercise in lesson_07.HINTS.values() for _, _, where in of_exercise.values() if where]
    for hint in [*thirds, *lesson_07.WHERE.values()]:
        yield from re.findall(r"Lesson (\d\d), '([^']+)'", hint)


@pytest.mark.parametrize(("lesson", "heading"), sorted(set(places())))
def test_it_is_a_heading_of_its_lesson(lesson, heading):
    (path,) = LESSONS.glob(f"{lesson}_*.py")
    assert heading in re.findall(r"^# #{2,3} (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
