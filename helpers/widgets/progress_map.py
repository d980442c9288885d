"""The learner's progress map: which lesson builds on which, and which exercises are passed."""

import ipywidgets as ipw
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from helpers.course import overview, progress
from helpers.course.lessons import LESSONS, PARTS
from helpers.figures import plots
from helpers.widgets import frame

WIDTH, HEIGHT = 0.78, 0.62  # of a box; one lesson stands 1 below the other, one part 1 to the right of the other
GAP = 0.1  # between two circles
ROWS = max(map(len, PARTS.values()))
BELOW = 0.2  # the middle of a box, where an arrow leaves that goes past another box


class ProgressMap(frame.CourseWidget):
    """The lessons as boxes, arrows from what each builds on, and a circle for each exercise, filled if passed.

    Parameters
    ----------
    passed : iterable of str or None
        The names of the exercises that are passed; None reads the learner's record, again at each "Look again".
    """

    def __init__(self, passed=None):
        self._given = None if passed is None else frozenset(passed)
        self.lesson = frame.choice("lesson", "number", [lesson.number for lesson in LESSONS], "00")
        self.again = ipw.Button(description="Look again", tooltip="Read the record of passed exercises again")
        self.again.on_click(self.refresh)
        where = "Progress map: what builds on what, and which exercises you have passed."
        super().__init__(
            (2 * len(PARTS), 1.2 * ROWS), [self.lesson], where, ipw.VBox([frame.row(self.lesson), self.again])
        )

    @property
    def passed(self):
        """The names of the exercises that are passed, as they are now."""
        return progress.passed() if self._given is None else self._given

    def build(self, figure):
        ax = figure.subplots()
        ax.set(xlim=(-0.5, len(PARTS) - 0.5), ylim=(0.6 - ROWS, 0.75))
        ax.axis("off")
        self._places, self._circles = {}, {}
        for column, (part, lessons) in enumerate(PARTS.items()):
            ax.text(column, 0.5, part, ha="center", fontweight="bold")
            for row, lesson in enumerate(lessons):
                self._places[lesson.number] = (column, -row)
                self._box(ax, lesson, column, -row)
        ways = [(before, lesson.number) for lesson in LESSONS for before in lesson.after]
        for way in ways:
            ax.add_patch(self._arrow(*way, color="#BBBBBB", linewidth=1))
        self._chosen = ax.add_patch(_rounded_box(0, 0, facecolor="none", edgecolor=plots.VERMILION, linewidth=3))
        self._ways = {way: ax.add_patch(self._arrow(*way, color="black", linewidth=2)) for way in ways}
        (self._filled,) = ax.plot([], [], "o", color=plots.BLUE, markersize=7, linestyle="")
        return [*self._ways.values(), self._chosen, self._filled]

    def update(self):
        chosen = next(lesson for lesson in LESSONS if lesson.number == self.lesson.value)
        passed, (x, y) = self.passed, self._places[chosen.number]
        self._chosen.set(x=x - WIDTH / 2, y=y - HEIGHT / 2)
        for way, arrow in self._ways.items():
            arrow.set_visible(chosen.number in way)
        filled = [place for name, place in self._circles.items() if name in passed]
        self._filled.set_data([x for x, _ in filled], [y for _, y in filled])
        names = ", ".join(f"{name} ({'passed' if name in passed else 'open'})" for name in chosen.exercises) or "none"
        return (
            f"{overview.Overview(passed).sentence}\n"
            f"Lesson {chosen.number}: {chosen.topic}; {chosen.minutes} minutes to read (an estimate); "
            f"builds on {' and '.join(chosen.after) or 'nothing'}. Exercises: {names}."
        )

    def settings(self):
        return (
            f"Boxes are lessons, circles exercises (filled: passed), arrows lead to what builds on a lesson. "
            f"Chosen: lesson {self.lesson.value}."
        )

    def _box(self, ax, lesson, x, y):
        ax.add_patch(_rounded_box(x, y, facecolor="white", edgecolor="black", zorder=3))
        name = f"{lesson.number} {lesson.name[3:].replace('_', ' ')}"
        ax.text(x, y + 0.12, name, ha="center", va="center", fontsize=10, zorder=4)
        for place, exercise in enumerate(lesson.exercises):
            self._circles[exercise] = (x + GAP * (place - (len(lesson.exercises) - 1) / 2), y - 0.14)
        own = [self._circles[exercise] for exercise in lesson.exercises]
        ax.plot(
            [x for x, _ in own],
            [y for _, y in own],
            "o",
            color=plots.BLUE,
            markersize=7,
            markerfacecolor="white",
            linestyle="",
            zorder=4,
        )

    def _arrow(self, before, after, **look):
        (x0, y0), (x1, y1) = self._places[before], self._places[after]
        look |= {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 1, "shrinkB": 1}
        if x0 == x1 and abs(y0 - y1) > 1:  # past the boxes between them, not behind: they are no part of the way
            ends = (x0 - WIDTH / 2, y0 - BELOW), (x1 - WIDTH / 2, y1 + BELOW)
            return FancyArrowPatch(*ends, connectionstyle="arc3,rad=0.16", **look)
        if x0 == x1:
            return FancyArrowPatch((x0, y0 - HEIGHT / 2), (x1, y1 + HEIGHT / 2), **look)
        start, end = (x0 + WIDTH / 2, y0), (x1 - WIDTH / 2, y1)
        if x1 - x0 == 1:
            return FancyArrowPatch(start, end, **look)
        # Past the boxes of a column between: along the gap between two rows, a lane of its own for every other column.
        lane = y0 + (0.5 if y1 >= y0 else -0.5) + (0.06 if x0 % 2 else -0.06)
        corners = [start, (x0 + 0.55, lane), (x1 - 0.55, lane), end]
        return FancyArrowPatch(path=Path(corners), joinstyle="round", **look)


def _rounded_box(x, y, **look):
    return FancyBboxPatch(
        (x - WIDTH / 2, y - HEIGHT / 2), WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.08", **look
    )
