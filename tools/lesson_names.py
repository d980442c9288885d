"""Which lessons a command is asked for: `04`, `4`, `04_demo` and `lessons/04_demo.py` name the same one."""

from pathlib import Path


class UnknownLessonError(ValueError):
    """What names no lesson, and which lessons there are."""


def chosen(paths, names):
    """Those of the paths, such as solutions/04_demo.ipynb, that the names mean; all of them for no names.

    Raises UnknownLessonError where a name means none of them.

    Examples
    --------
    >>> from pathlib import Path
    >>> [path.name for path in chosen([Path("03_implementation.py"), Path("04_demo.py")], ["4"])]
    ['04_demo.py']
    """
    unknown = [name for name in names if not any(_means(name, path.stem) for path in paths)]
    if unknown:
        known = ", ".join(path.stem for path in paths) or "none"
        raise UnknownLessonError(f"No such lesson. Received: {', '.join(map(repr, unknown))}. There is: {known}.")
    return [path for path in paths if not names or any(_means(name, path.stem) for name in names)]


def _means(name, stem):
    return Path(name).stem == stem or (name.isdecimal() and name.zfill(2) == stem.split("_")[0])
