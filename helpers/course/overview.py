"""The map of the course: its lessons, what each is for, and which exercises of each a learner has passed.

`course.overview()` shows itself in a notebook, with links.
"""

import html
from dataclasses import dataclass

from helpers import checks
from helpers.course import progress


@dataclass(frozen=True)
class Lesson:
    """One lesson: its file's name, its topic, the minutes it takes to read (an estimate), and what it builds on."""

    name: str
    topic: str
    minutes: int
    after: tuple = ()

    @property
    def number(self):
        return self.name[:2]

    @property
    def exercises(self):
        """The names of its checks, such as ("standardize",)."""
        return tuple(name for name, module in checks.MODULES.items() if module.split("_")[1] == self.number)


PARTS = {
    "The idea": (
        Lesson("00_start_here", "how this course works, and a first race", 10),
        Lesson("01_theory", "what batch normalization is, and what is known of why it helps", 45, ("00",)),
        Lesson("02_benefits", "seven claims about it, seven experiments, seven verdicts", 45, ("01",)),
    ),
    "The layer": (
        Lesson("03_implementation", "adding it to a network of your own", 40, ("01",)),
        Lesson("04_demo", "twelve races, and what decides them", 30, ("01",)),
        Lesson("05_low_level", "the layer from the inside, forward and backward", 75, ("01", "03")),
    ),
    "Other networks": (
        Lesson("06_convnets", "images: one statistic for each feature map", 45, ("05",)),
        Lesson("07_rnns", "sequences: statistics for each time step", 45, ("05",)),
        Lesson("08_dcgan", "generating digits, and which layers to leave alone", 30, ("06",)),
    ),
    "In practice": (
        Lesson("09_in_training", "fine-tuning, small batches, several devices", 40, ("05",)),
        Lesson("10_in_production", "folding, converting, drifting inputs, what to use where", 40, ("05",)),
        Lesson("11_capstone", "five planted faults: find and mend them", 45, ("03", "05")),
    ),
}
LESSONS = tuple(lesson for part in PARTS.values() for lesson in part)


class Overview:
    """The map with the exercises that were passed when it was made."""

    def __init__(self, passed):
        self.passed = frozenset(passed)

    @property
    def sentence(self):
        """How many exercises are done, and which lesson has the next one."""
        everything = [name for lesson in LESSONS for name in lesson.exercises]
        done = sum(name in self.passed for name in everything)
        counted = f"{done} of {len(everything)} exercises passed."
        ahead = [(lesson, name) for lesson in LESSONS for name in lesson.exercises if name not in self.passed]
        if not ahead:
            return f"{counted} That is all of them."
        lesson, name = ahead[0]
        return f"{counted} Next: {name}, in lesson {lesson.number}."

    def _mark(self, name):
        return f"{'✓' if name in self.passed else '○'} {name}"

    def __str__(self):
        lines = [self.sentence]
        for part, lessons in PARTS.items():
            lines += ["", part]
            for lesson in lessons:
                lines.append(f"  {lesson.number}  {lesson.topic} ({lesson.minutes} min)")
                if lesson.exercises:
                    lines.append("      " + ", ".join(map(self._mark, lesson.exercises)))
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        heads = "".join(
            f'<th scope="col" style="text-align: left">{head}</th>'
            for head in ("", "lesson", "minutes", "builds on", "exercises")
        )
        rows = "".join(
            f"<tr>{self._part(part, lessons) if place == 0 else ''}{self._row(lesson)}</tr>"
            for part, lessons in PARTS.items()
            for place, lesson in enumerate(lessons)
        )
        return (
            f'<div class="course-map"><p><strong>{self.sentence}</strong></p>'
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def _part(self, part, lessons):
        return f'<th scope="rowgroup" rowspan="{len(lessons)}" style="text-align: left">{html.escape(part)}</th>'

    def _row(self, lesson):
        link = f'<a href="{lesson.name}.ipynb">{lesson.number} · {html.escape(lesson.topic)}</a>'
        marks = "<br>".join(self._mark(name) for name in lesson.exercises) or "–"
        cells = (link, str(lesson.minutes), ", ".join(lesson.after) or "–", marks)
        return "".join(f'<td style="text-align: left">{cell}</td>' for cell in cells)


def overview():
    """The map of the course with this learner's record, as an Overview, which shows itself.

    Examples
    --------
    >>> Overview(passed=()).sentence
    '0 of 22 exercises passed. Next: standardize, in lesson 00.'
    """
    return Overview(progress.passed())
