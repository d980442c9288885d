"""Where an instructor's notes are not those of the lesson's polls."""

from sitebuild import kit


def faults(asked: list[kit.Poll], notes: dict) -> list[str]:
    """Where the notes are not those of the lesson's polls; a page is made all the same."""
    found = [f"no `{key}`" for key in ("title", "goal", "project", "skip") if not notes.get(key)]
    left = list(notes.get("poll", ()))
    for poll in asked:
        note = kit.note_of(poll, left)
        if note is None:
            found.append(f"no [[poll]] whose `ask` begins the question {poll.question[:60]!r}")
        elif len(note["say"]) != max(1, len(poll.answers)):
            found.append(f"{poll.question[:60]!r} has {len(poll.answers)} answers, `say` has {len(note['say'])}")
        elif poll.answers and not 1 <= note.get("right", 0) <= len(poll.answers):
            found.append(f"{poll.question[:60]!r} needs `right`, the number of its right answer")
        if note is not None:
            left.remove(note)
    return found + [f"the lesson does not ask {note['ask']!r}" for note in left]
