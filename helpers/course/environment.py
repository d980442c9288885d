"""Is everything that the course needs installed? Versions are read from metadata: nothing is imported, so it is quick.

Use: `environment.check()` shows itself in a notebook; `print(environment.check().details)` gives every version.
"""

import importlib.metadata
import platform
import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COURSE = "batchnorm-course"
CLONE = (ROOT / "Makefile").exists()
INSTALL, START = (
    ("`make env` in the course's folder", "make lab")
    if CLONE
    else (f"`pip install --upgrade {COURSE}`", f"{COURSE} lab")
)
MEND = f"run {INSTALL}, then restart the kernel"
IN_PAGE = sys.platform == "emscripten"  # JupyterLite, whose packages come with the page, as it was built and tested
WITHOUT_KERAS = "Lessons 03 and 05 to 11 need TensorFlow" + (
    ", which does not run in a browser's page." if IN_PAGE else f" as well: pip install '{COURSE}[keras]'."
)


@dataclass(frozen=True)
class Report:
    """What was found, and what is wrong: `ok`, `problems` (a sentence each, with what to do), `versions`, `details`.

    `without` is a sentence on TensorFlow where it is not installed, which is no problem for the other lessons.
    """

    python: str
    machine: str
    versions: dict
    problems: tuple
    without: str = ""

    @property
    def ok(self):
        return not self.problems

    @property
    def details(self):
        """The version of Python and of each package, and the kind of machine."""
        packages = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"Python {self.python} on {self.machine}\n{textwrap.fill(packages, 100, break_on_hyphens=False)}"

    def __str__(self):
        if self.ok:
            return f"Ready: everything that the course needs is here. {self.without}".rstrip()
        return "\n".join(["Not ready yet:", *(f"- {problem}" for problem in self.problems), "", self.details])

    __repr__ = __str__


def check(folder=None):
    """A Report on Python, the packages that the course asks for, and where `helpers` comes from.

    Parameters
    ----------
    folder : path or None
        Where the notebook stands; None means the current folder, which is a notebook's own.

    Examples
    --------
    >>> check().ok
    True

    Note
    ----
    Versions come from the packages' metadata. A package that is installed but broken shows when it is imported.
    """
    try:
        about = importlib.metadata.metadata(COURSE)
    except importlib.metadata.PackageNotFoundError:
        problem = f"The course is not installed as a package, {COURSE}: {MEND}."
        return Report(platform.python_version(), _machine(), {}, (problem,))
    needed, keras = read_requirements(), read_requirements("keras")
    without = WITHOUT_KERAS if None in read_versions(keras).values() else ""
    needed |= {} if without else keras
    versions = read_versions(needed)
    problems = [
        *_python_problems(platform.python_version(), about["Requires-Python"]),
        *(() if IN_PAGE else package_problems(needed, versions)),
        *helpers_problems(Path(folder or Path.cwd())),
    ]
    found = {name: version for name, version in versions.items() if version}
    return Report(platform.python_version(), _machine(), found, tuple(problems), without)


def read_requirements(extra=""):
    """{package: lowest version} of what the installed course asks for on this machine, or of one extra alone."""
    requirements = {}
    for line in importlib.metadata.requires(COURSE):
        name, lowest, marker = re.fullmatch(r"([\w.-]+)(?:\[.*\])?(?:>=([\w.]+))? *(?:; *(.*))?", line).groups()
        if _holds(marker, extra) and (not extra or not _holds(marker, "")):
            requirements[name] = lowest
    return requirements


def read_versions(names):
    """{package: version, or None where it is not installed}."""

    def version(name):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return None

    return {name: version(name) for name in names}


def package_problems(requirements, versions):
    """A sentence for each package that is missing or too old."""
    for name, lowest in requirements.items():
        found = versions[name]
        if found is None:
            yield f"The package {name} is missing: {MEND}."
        elif _numbers(found) < _numbers(lowest):
            yield f"The package {name} is too old, {found}, and the course needs {lowest} or newer: {MEND}."


def helpers_problems(folder, imported=ROOT / "helpers"):
    """A sentence if the notebook in `folder` belongs to another copy of the course than the helpers `imported`."""
    # In `notebooks/` of a clone. A learner's own folder may stand in a clone from which the course was installed.
    for place in (folder, folder.parent) if folder.name == "notebooks" else (folder,):
        own = (place / "helpers").resolve()
        if own.is_dir() and own != imported:
            yield (
                f"This notebook imports helpers from {imported}, but its own copy of the course is {own.parent}: "
                "run `make lab` there, and open the notebook in what it starts."
            )
            return


def _python_problems(version, allowed):
    lowest, highest = (re.search(sign + r"([\d.]+)", allowed).group(1) for sign in (">=", "<"))
    if not _numbers(lowest) <= _numbers(version) < _numbers(highest):
        yield (
            f"This kernel's Python is {version}, and the course needs {lowest} or newer, below {highest}: start "
            f"JupyterLab with `{START}`, or choose the course's kernel in the menu Kernel."
        )


def _holds(marker, extra):
    """Whether a marker like "sys_platform == 'linux' and extra == 'keras'" holds on this machine with this extra."""
    if marker is None:
        return True
    try:
        from packaging.markers import Marker
    except ImportError:  # it comes with JupyterLab, so that is missing, and will be named
        return False
    return Marker(marker).evaluate({"extra": extra})


def _numbers(version):
    """(3, 11, 2) of "3.11.2", "3.11.2rc1" and "3.11.2+cpu", to compare versions by."""
    release = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in release.group().split(".")) if release else ()


def _machine():
    return f"{platform.system()} {platform.machine()}"
