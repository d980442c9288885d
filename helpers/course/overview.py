"""The map of the course: its lessons, what each is for, and which exercises of each a learner has passed.

`course.overview()` shows itself in a notebook, with links.
"""

import html

from helpers.course import progress
from helpers.course.lessons import EXERCISES, PARTS


class Overview:
    """The map with the exercises that were passed when it was made."""

    def __init__(self, passed):
        self.passed = frozenset(passed)

    @property
    def sentence(self):
        """How many exercises are done, and which lesson has the next one."""
        ahead = [exercise for exercise in EXERCISES.values() if exercise.name not in self.passed]
        counted = f"{len(EXERCISES) - len(ahead)} of {len(EXERCISES)} exercises passed."
        if not ahead:
            return f"{counted} That is all of them."
        return f"{counted} Next: {ahead[0].name}, in lesson {ahead[0].lesson}."

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
    >>> Overview(passed=()).sentence.split(". ")[1]
    'Next: standardize, in lesson 00.'
    """
    return Overview(progress.passed())
