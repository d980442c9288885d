"""Is everything that the course needs installed? Versions are read from metadata: nothing is imported, so it is quick.

Use: `environment.check()` shows itself in a notebook; `print(environment.check().details)` gives every version.
"""

import importlib.metadata
import platform
import re
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEND = "run `make env` in the course's folder, then restart the kernel"


@dataclass(frozen=True)
class Report:
    """What was found, and what is wrong: `ok`, `problems` (a sentence each, with what to do), `versions`, `details`."""

    python: str
    machine: str
    versions: dict
    problems: tuple

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
            return "Ready: everything that the course needs is here."
        return "\n".join(["Not ready yet:", *(f"- {problem}" for problem in self.problems), "", self.details])

    __repr__ = __str__


def check(folder=None):
    """A Report on Python, the packages that pyproject.toml asks for, and where `helpers` comes from.

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
        requires_python, requirements = read_requirements()
    except OSError as error:
        problem = (
            f"The course's pyproject.toml cannot be read ({error.strerror or error}): get a fresh copy of the course."
        )
        return Report(platform.python_version(), _machine(), {}, (problem,))
    versions = read_versions(requirements)
    problems = [
        *_python_problems(platform.python_version(), requires_python),
        *package_problems(requirements, versions),
        *helpers_problems(Path(folder or Path.cwd())),
    ]
    return Report(platform.python_version(), _machine(), {k: v for k, v in versions.items() if v}, tuple(problems))


def read_requirements(root=ROOT):
    """What the course asks for: the versions of Python, and {package: lowest version}, for this machine.

    Raises
    ------
    OSError
        If there is no pyproject.toml in `root`.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = {}
    for line in project["dependencies"]:
        needed, _, marker = line.partition(";")
        name, lowest = needed.strip().split(">=")
        if not marker or _holds(marker):
            requirements[name] = lowest
    return project["requires-python"], requirements


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
    for place in (folder, folder.parent):
        own = (place / "helpers").resolve()
        if own.is_dir() and own != imported:
            yield (
                f"This notebook imports helpers from {imported}, but its own copy of the course is {own.parent}: "
                "run `make lab` there, and open the notebook in what it starts."
            )
            return


def _python_problems(version, allowed):
    lowest, highest = re.fullmatch(r">=([\d.]+),<([\d.]+)", allowed).groups()
    if not _numbers(lowest) <= _numbers(version) < _numbers(highest):
        yield (
            f"This kernel's Python is {version}, and the course needs {lowest} or newer, below {highest}: start "
            "JupyterLab with `make lab`, or choose the course's kernel in the menu Kernel."
        )


def _holds(marker):
    """Whether a marker such as "sys_platform == 'linux' and platform_machine == 'x86_64'" holds on this machine."""
    try:
        from packaging.markers import Marker
    except ImportError:  # it comes with JupyterLab, so that is missing, and will be named
        return False
    return Marker(marker.strip()).evaluate()


def _numbers(version):
    """(3, 11, 2) of "3.11.2", "3.11.2rc1" and "3.11.2+cpu", to compare versions by."""
    release = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in release.group().split(".")) if release else ()


def _machine():
    return f"{platform.system()} {platform.machine()}"
