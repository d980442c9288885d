"""An instructor's page for each lesson: its polls, as the lesson asks them, with what to say to each answer.

docs/instructor/lessons/NN_name.toml holds what the lesson does not: `goal`, `project`, `skip`, `questions` (what
learners ask), and a `[[poll]]` for each question to predict: `ask` (the words it begins with), `right` (the number of
the right answer), `say` (a reply to each answer, in order). A lesson in lessons/drafts/ has its page, too.
"""

import re
import tomllib
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from lessonbuild import source

from helpers.checks import hints
from helpers.course.lessons import EXERCISES

MARK = "**Predict first.**"


@dataclass(frozen=True)
class Poll:
    """A question to predict: the section it stands in, its words, its answers."""

    section: str
    question: str
    answers: tuple[str, ...]


def polls(lesson: source.Lesson) -> list[Poll]:
    """The lesson's questions to predict, in order."""
    found, section = [], lesson.name
    for cell in lesson.cells:
        if cell.kind != "markdown":
            continue
        for part in re.split(r"^(?=#+ )", cell.source, flags=re.MULTILINE):
            heading = re.match(r"#+ +(.+)", part)
            section = heading.group(1) if heading else section
            found += [_poll(section, text) for text in part.split(MARK)[1:]]
    return found


def _poll(section, text):
    question, answers = [], []
    for line in text.strip().split("\n"):
        if line.startswith("- "):
            answers.append(line[2:].strip())
        elif answers or (question and not line.strip()):
            break
        else:
            question.append(line.strip())
    return Poll(section, " ".join(question), tuple(answers))


def pages(root: Path, entries: dict[str, dict]) -> dict[str, str]:
    """Lesson's name -> its page in Markdown; `entries` are the symptoms."""
    return {name: page(name, notes, asked, entries) for name, notes, asked in written(root)}


def written(root: Path) -> list[tuple[str, dict, list[Poll]]]:
    """Name, notes and polls of each lesson that has notes."""
    found = []
    for path in sorted((root / "docs" / "instructor" / "lessons").glob("*.toml")):
        notes = tomllib.loads(path.read_text(encoding="utf-8"))
        places = [root / "lessons" / f"{path.stem}.py", root / "lessons" / "drafts" / f"{path.stem}.py"]
        lesson = next((place for place in places if place.exists()), None)
        found.append((path.stem, notes, polls(source.read(lesson)) if lesson else []))
    return found


def page(name: str, notes: dict, asked: list[Poll], entries: dict[str, dict]) -> str:
    """The instructor's page of a lesson."""
    parts = [f"# Lesson {name[:2]}: {notes['title']}", f"**Goal.** {notes['goal']}"]
    for title, key in (("What to project", "project"), ("What to skip", "skip"), ("What people ask", "questions")):
        if notes.get(key):
            parts += [f"## {title}", "\n".join(f"- {line}" for line in notes[key])]
    parts.append("## Polls")
    for number, poll in enumerate(asked, 1):
        note = note_of(poll, notes.get("poll", ())) or {}
        parts += [f"### Poll {number}" + (f": {poll.section}" if poll.section else ""), poll.question]
        replies = zip_longest(poll.answers or ("",), note.get("say", ()))
        parts.append("\n".join(_reply(place, note.get("right"), *pair) for place, pair in enumerate(replies, 1)))
    exercises = [exercise.name for exercise in EXERCISES.values() if exercise.lesson == name[:2]]
    if exercises:
        parts += [
            "## Usual wrong answers",
            "What the check names, and what to say. The cause is for you alone.",
        ]
    for exercise in exercises:
        parts += [f"### `{exercise}`", _wrong(exercise, entries)]
    return "\n\n".join(parts) + "\n"


def note_of(poll, notes):
    """The `[[poll]]` of the notes that belongs to the lesson's poll, or None."""
    return next((note for note in notes if poll.question.startswith(note["ask"])), None)


def _reply(place, right, answer, say):
    if not answer:
        return f"- {say or '(No notes yet.)'}"
    kind = "" if right is None else "**Right:** " if place == right else "Tempting: "
    return f"- {kind}{answer}" + (f"\n  - *Say:* {say}" if say else "")


def _wrong(exercise, entries):
    rows = ["| diagnosis | cause | ask |", "|---|---|---|"]
    for slug in EXERCISES[exercise].mistakes:
        _, idea, _ = hints.fill(exercise, slug, {})
        ask = re.sub(r"\s*\(not measured\)", " …", idea or entries[slug]["test"]).replace("|", "\\|").replace("\n", " ")
        rows.append(f"| `{slug}` | {entries[slug]['cause']} | {ask} |")
    return "\n".join(rows)
