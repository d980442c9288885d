"""What a check hands back: a result that shows itself, as text and in a notebook."""

import html
import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from helpers.checks.hints import say

GREEN, RED, GREY = "#00664B", "#A33A00", "#555555"


class Row(NamedTuple):
    """One line of the table: a step of the computation, compared with what it should be."""

    name: str
    ok: bool | None
    """None: not compared, because there is nothing of this name to compare it with."""
    difference: float | None
    """The largest difference over all inputs; None where there is no number to give, NaN where the shapes differ."""
    bound: float | None = None
    """What the difference had to stay below. An agreement is shown as this bound, so that it reads the same on every
    machine."""

    @property
    def verdict(self):
        return say({True: "result.ok", False: "result.differs", None: "result.not_compared"}[self.ok])

    @property
    def shown(self):
        """The difference in words: `< 0.0001` where it is small enough, else two digits of it."""
        if self.ok and self.bound is not None:
            return say("result.below", bound=_power_of_ten(self.bound))
        if self.difference is None:
            return ""
        if np.isnan(self.difference):
            return say("result.another_shape")
        return f"{self.difference:.2g}" if np.isfinite(self.difference) else say("result.not_finite")


@dataclass(frozen=True)
class CheckResult:
    """The outcome of a check: `passed`, `diagnosis` (a slug, or None), `hint` and `table`.

    Parameters
    ----------
    exercise : str
    passed : bool
    diagnosis : str or None
        The first mistake to mend; None where the check passed.
    hint : str
        The newest hint: the symptom, from the second failure in a row with this diagnosis the idea, from the third
        where to read. On passing, a sentence that says what was compared.
    table : tuple of Row
        (name, ok, largest difference), in the order of computation.
    hints : tuple of str
        All hints so far.
    printed : str
        What the submission printed.
    """

    exercise: str
    passed: bool
    diagnosis: str | None
    hint: str
    table: tuple = ()
    hints: tuple = ()
    printed: str = ""

    @property
    def headline(self):
        ending = "passed" if self.passed else "not_attempted" if self.diagnosis == "not-attempted" else "failed"
        return say(f"result.{ending}", exercise=self.exercise, diagnosis=self.diagnosis)

    @property
    def sentences(self):
        return self.hints or (self.hint,)

    def __str__(self):
        lines = [self.headline, *self.sentences]
        if self.table:
            rows = [_heads(), *((row.name, row.verdict, row.shown) for row in self.table)]
            width = max(len(name) for name, _, _ in rows)
            lines.append("")
            lines += [f"  {name:<{width}}  {verdict:<12}  {shown}".rstrip() for name, verdict, shown in rows]
        if self.printed:
            lines += ["", say("result.printed"), *(f"  {line}" for line in self.printed.splitlines()[:20])]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        grey = self.diagnosis == "not-attempted"
        colour = GREEN if self.passed else GREY if grey else RED
        parts = [f'<div class="course-check" style="border-left: 4px solid {colour}; padding-left: 0.8em">']
        parts.append(f'<p><strong style="color: {colour}">{html.escape(self.headline)}</strong></p>')
        parts += [f"<p>{_with_code(sentence)}</p>" for sentence in self.sentences]
        if self.table:
            heads = "".join(f"<th>{head}</th>" for head in _heads())
            parts.append(f"<table><thead><tr>{heads}</tr></thead><tbody>")
            for row in self.table:
                cells = "".join(f"<td>{html.escape(text)}</td>" for text in (row.name, row.verdict, row.shown))
                parts.append(f"<tr>{cells}</tr>")
            parts.append("</tbody></table>")
        if self.printed:
            shown = html.escape("\n".join(self.printed.splitlines()[:20]))
            parts.append(f"<p>{say('result.printed')}</p><pre>{shown}</pre>")
        return "".join(parts) + "</div>"


def _heads():
    return tuple(say(f"result.{head}") for head in ("step", "verdict", "difference"))


def _with_code(sentence):
    """The sentence as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(sentence))


def _power_of_ten(bound):
    """The power of ten at or above `bound`, as text: 3e-05 becomes 0.0001."""
    exponent = int(np.ceil(np.log10(bound) - 1e-9))
    return f"{10.0**exponent:g}"
