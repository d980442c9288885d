"""The lessons and exercises of the course, as lessons.toml lists them: `LESSONS`, `PARTS` and `EXERCISES`."""

import tomllib
from importlib import resources
from typing import NamedTuple


class Exercise(NamedTuple):
    """One exercise: its check's name, its lesson's number, and the diagnoses that are its own."""

    name: str
    lesson: str
    mistakes: tuple
    keras: bool


class Lesson(NamedTuple):
    """One lesson: its file's name, its topic, the minutes it takes to read (an estimate), and what it builds on."""

    name: str
    part: str
    topic: str
    minutes: int
    after: tuple
    exercises: tuple
    """The names of its exercises, such as ("standardize",)."""

    @property
    def number(self):
        return self.name[:2]


def _read():
    lessons, exercises = [], {}
    listed = tomllib.loads((resources.files(__package__) / "lessons.toml").read_text(encoding="utf-8"))["lessons"]
    for entry in listed:
        own = entry.get("exercises", ())
        for one in own:
            name, number = one["name"], entry["name"][:2]
            exercises[name] = Exercise(name, number, tuple(one["mistakes"]), one.get("keras", False))
        names = tuple(one["name"] for one in own)
        lessons.append(Lesson(**entry | {"after": tuple(entry["after"]), "exercises": names}))
    return tuple(lessons), exercises


LESSONS, EXERCISES = _read()
PARTS = {lesson.part: tuple(one for one in LESSONS if one.part == lesson.part) for lesson in LESSONS}
"""Part of the course -> its lessons, in order."""
