"""How far a class is: counts over the learners who agreed (helpers.course.consent), read from their homes when asked.

Two small files of a learner are opened: the answer about consent, and, only where it says yes, the record of results.
Nothing is kept. Both files are the learner's to write, so what is read from them is taken for a wish, not for a fact:
no link is followed, sizes are bounded, and only names that the course knows are counted.
"""

import json
import os
import stat
from collections import Counter
from dataclasses import dataclass

from helpers.checks import hints
from helpers.course import consent
from helpers.course.lessons import EXERCISES

from . import accounts

FOLDER = (".local", "share", "batchnorm-course")
LARGEST = 256 * 1024
FEWEST = 3
"""Below this many learners, counts would tell about single persons, and none are shown."""

SLUGS = frozenset(hints.read_file("common")) - {"not-attempted"}


@dataclass(frozen=True)
class Line:
    """One exercise: how many learners tried and passed it, their commonest diagnosis and how many of them got it."""

    exercise: str
    tried: int
    passed: int
    diagnosis: str | None
    got_it: int


@dataclass(frozen=True)
class ClassView:
    """What the instructor sees: `learners` on the hub, how many of them share, lines, and who agreed to be named."""

    learners: int
    sharing: int
    lines: tuple
    named: tuple

    def as_dict(self):
        """The view as plain data, for JSON."""
        lines = [vars(line) for line in self.lines]
        return {"learners": self.learners, "sharing": self.sharing, "exercises": lines, "named": list(self.named)}


def collect(layout):
    """The ClassView of this hub at this moment."""
    users = accounts.learners(layout)
    shares = {name: read_share(user.pw_dir, user.pw_uid) for name, user in users.items()}
    records = {name: share for name, share in shares.items() if share is not None}
    named = [
        (name, len(passed(record))) for name, (answer, record) in sorted(records.items()) if answer == consent.NAMED
    ]
    lines = summarize([record for _, record in records.values()])
    return ClassView(len(users), len(records), tuple(lines) if len(records) >= FEWEST else (), tuple(named))


def summarize(records):
    """A Line for each exercise that somebody tried, in the course's order; `records` as `read_share` gives them."""
    for exercise in EXERCISES:
        entries = [record[exercise] for record in records if exercise in record]
        if entries:
            counts = Counter(slug for entry in entries for slug in entry["failures"])
            diagnosis, got_it = min(counts.items(), key=lambda item: (-item[1], item[0]), default=(None, 0))
            yield Line(exercise, len(entries), sum(entry["passed"] for entry in entries), diagnosis, got_it)


def passed(record):
    """The exercises that were passed."""
    return {exercise for exercise, entry in record.items() if entry["passed"]}


def read_share(home, uid):
    """(answer, record) of the learner with this home, or None without consent; the record is {exercise: entry}.

    An entry has `passed`, a bool, and `failures`, the set of the course's slugs that the learner's attempts got.
    """
    answer = read_json(home, uid, consent.FILE)
    share = answer.get("share") if isinstance(answer, dict) else None
    if share not in (consent.COUNTS, consent.NAMED):
        return None
    content = read_json(home, uid, "progress.json")
    found = content.get("exercises") if isinstance(content, dict) else None
    record = {}
    for exercise, entry in found.items() if isinstance(found, dict) else ():
        if exercise in EXERCISES and isinstance(entry, dict):
            failures = entry.get("failures")
            slugs = SLUGS & failures.keys() if isinstance(failures, dict) else set()
            record[exercise] = {"passed": entry.get("passed") is True, "failures": slugs}
    return share, record


def read_json(home, uid, name):
    """What the learner's file holds, or None where it is missing, not theirs, a link, too large or no JSON."""
    try:
        folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            for part in FOLDER:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = inner
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
        with open(file, "rb") as stream:
            told = os.fstat(file)
            if not stat.S_ISREG(told.st_mode) or told.st_uid != uid or told.st_size > LARGEST:
                return None
            return json.loads(stream.read(LARGEST).decode())
    except (OSError, ValueError, RecursionError):
        return None
