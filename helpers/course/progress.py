"""The learner's own record: which exercises they passed, and what was wrong before they did.

One JSON file on the learner's machine, in the platform's data folder or in the folder that the environment variable
BATCHNORM_COURSE_HOME names. Nothing sends it anywhere, and deleting it starts over. Nothing else reads it, except the
class view of a workshop's hub, where its learner has agreed to that (helpers.course.consent). A check must
never fail because of it: whatever goes wrong with the file becomes one sentence of warning, and the record is kept in
memory until the file can be written again.

Where nbgrader grades, there is no learner: nothing is read or written, and each answer is the first of its kind.
"""

import copy
import os
import warnings
from pathlib import Path

import platformdirs

from helpers.course import record_file

HOME_VARIABLE = "BATCHNORM_COURSE_HOME"

_unsaved = {}  # path -> the record that could not be written


def path():
    """Where the record is stored, whether or not it exists yet."""
    home = os.environ.get(HOME_VARIABLE)
    folder = Path(home) if home else platformdirs.user_data_path("batchnorm-course", appauthor=False)
    return folder / "progress.json"


def is_graded():
    """Whether nbgrader's autograder runs this, on its own account and without the learner."""
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def record(exercise, passed, diagnosis=None):
    """Store one attempt; returns how many failures in a row have had this diagnosis, this one included.

    Parameters
    ----------
    exercise : str
        The check's name, such as "standardize".
    passed : bool
        Once passed, an exercise stays passed.
    diagnosis : str or None
        What was wrong, such as "wrong-axis"; ignored where `passed` is true.

    Returns
    -------
    int
        0 if it passed.

    Examples
    --------
    "wrong-axis", "wrong-axis", "unbiased-variance", "wrong-axis" return 1, 2, 1, 1.
    """
    if is_graded():
        return _count({}, exercise, bool(passed), diagnosis)
    file = path()
    try:
        with record_file.hold_lock(file):
            exercises = _read(file)
            streak = _count(exercises, exercise, bool(passed), diagnosis)
            record_file.write(file, {"version": 1, "exercises": exercises})
            _unsaved.pop(file, None)
    except OSError as error:
        exercises = _unsaved.setdefault(file, _read_or_empty(file))
        streak = _count(exercises, exercise, bool(passed), diagnosis)
        _warn(
            f"Your progress could not be stored in {str(file)!r} ({error.strerror or error}): it counts until this "
            f"notebook is closed. Make room there, or set {HOME_VARIABLE} to a folder that can be written."
        )
    return streak


def passed():
    """The names of the exercises that were passed, as a set."""
    return {name for name, entry in _current().items() if entry["passed"]}


def attempts(exercise):
    """How often the exercise was tried, passed attempts included."""
    return _current().get(exercise, _new())["attempts"]


def failures(exercise, diagnosis=None):
    """How often an attempt at the exercise failed: with this diagnosis, or with any if `diagnosis` is None."""
    counts = _current().get(exercise, _new())["failures"]
    return sum(counts.values()) if diagnosis is None else counts.get(diagnosis, 0)


def _count(exercises, exercise, passed, diagnosis):
    entry = exercises.setdefault(exercise, _new())
    entry["attempts"] += 1
    if passed:
        entry.update(passed=True, last=None, in_a_row=0)
        return 0
    slug = diagnosis or "unknown"
    entry["failures"][slug] = entry["failures"].get(slug, 0) + 1
    entry["in_a_row"] = entry["in_a_row"] + 1 if entry["last"] == slug else 1
    entry["last"] = slug
    return entry["in_a_row"]


def _new():
    return {"passed": False, "attempts": 0, "failures": {}, "last": None, "in_a_row": 0}


def _current():
    if is_graded():
        return {}
    file = path()
    if file in _unsaved:
        return _unsaved[file]
    try:
        return _read(file)
    except OSError as error:
        _warn(f"Your progress could not be read from {str(file)!r} ({error.strerror or error}): it counts as empty.")
        return {}


def _read_or_empty(file):
    try:
        return _read(file)
    except OSError:
        return {}


def _read(file):
    """The entries of all exercises; a damaged file is renamed, and what can be understood of it kept."""
    if file in _unsaved:
        return copy.deepcopy(_unsaved[file])
    try:
        content = record_file.read(file)
    except ValueError:
        content = ()
    if content is None:
        return {}
    found = content.get("exercises") if isinstance(content, dict) else None
    whole = {name: entry for name, entry in found.items() if _is_entry(entry)} if isinstance(found, dict) else {}
    if not isinstance(found, dict) or len(whole) < len(found):
        kept = record_file.set_aside(file)
        if whole:
            record_file.write(file, {"version": 1, "exercises": whole})
        _warn(
            f"Your progress file was damaged: it is now {str(kept)!r}, "
            f"and a new one begins with the {len(whole)} exercises that could be read."
        )
    return whole


def _is_entry(entry):
    def is_count(value):
        return type(value) is int and value >= 0

    return (
        isinstance(entry, dict)
        and entry.keys() == _new().keys()
        and isinstance(entry["passed"], bool)
        and is_count(entry["attempts"])
        and is_count(entry["in_a_row"])
        and (entry["last"] is None or isinstance(entry["last"], str))
        and isinstance(entry["failures"], dict)
        and all(is_count(count) for count in entry["failures"].values())
    )


def _warn(sentence):
    warnings.warn(sentence, UserWarning, stacklevel=3)
