"""Whether the instructor may count what you passed: on a workshop's hub, if you say so, and only while you say so.

    from helpers.course import consent
    consent.give()            # your results count in the class view, without your name
    consent.give(name=True)   # with your name
    consent.withdraw()        # no longer
    consent.given()           # what holds now

The answer is one file beside your record (`progress`). Counted is which exercises you passed and which diagnoses
your attempts got. No code of yours is read, whatever the answer. On your own machine nobody reads the file.
"""

from helpers.course import progress, record_file

FILE = "consent.json"
COUNTS, NAMED = "counts", "counts and name"


def path():
    """Where the answer is stored, whether or not there is one."""
    return progress.path().with_name(FILE)


def give(*, name=False):
    """Let the instructor count your results, with your name if `name`; returns the sentence that says so.

    Raises
    ------
    OSError
        If the answer cannot be stored; what held before holds on.

    Examples
    --------
    >>> give(name=True)  # doctest: +SKIP
    'The class view counts your results and shows your name.'
    """
    record_file.write(path(), {"version": 1, "share": NAMED if name else COUNTS})
    return given()


def withdraw():
    """Take your results out of the class view, from its next look on; returns the sentence that says so."""
    path().unlink(missing_ok=True)
    return given()


def given():
    """A sentence on what the instructor sees of yours."""
    return {
        COUNTS: "The class view counts your results, without your name.",
        NAMED: "The class view counts your results and shows your name.",
        None: "The class view shows nothing of yours.",
    }[read(path())]


def read(file):
    """COUNTS, NAMED, or None for any file that does not say one of these clearly."""
    try:
        content = record_file.read(file)
    except (OSError, ValueError):
        return None
    share = content.get("share") if isinstance(content, dict) else None
    return share if isinstance(share, str) and share in (COUNTS, NAMED) else None
