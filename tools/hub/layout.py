"""The hub's folder: what lies where, and who may read it.

course/         the course without solutions, and its environment; readable by all, written by root alone
notebooks.git/  what learners pull from; readable by all
git/, bin/, jupyter/   settings and scripts for learners' servers; readable by all
homes/NAME/     a learner's files; theirs alone
run/NAME/       the sockets of a learner's kernels; theirs alone
solutions/      root's alone, unless the instructor shows them
proxy/, state/  the hub's own: accounts, keys, log
"""

import json
import os
import stat
from pathlib import Path

DEFAULT = Path("/srv/batchnorm-course")


class HubError(Exception):
    """What the person at the terminal is told: one sentence that says what to do."""


class Layout:
    """Paths inside the hub's folder `root`."""

    def __init__(self, root):
        self.root = root = Path(root)
        self.course, self.repository, self.solutions = root / "course", root / "notebooks.git", root / "solutions"
        self.python = self.course / ".venv" / "bin" / "python"
        self.git_config, self.scripts, self.jupyter = root / "git" / "config", root / "bin", root / "jupyter"
        self.proxy, self.state = root / "proxy", root / "state"
        self.database, self.settings = self.state / "jupyterhub.sqlite", self.state / "settings.json"

    def home(self, name):
        """The home of the learner `name`."""
        return self.root / "homes" / name

    def run(self, name):
        """The folder of the learner's sockets: short, since a socket's path has at most 107 characters."""
        return self.root / "run" / name

    def make(self, *, show_solutions=False):
        """Make the folders with their permissions; those that are there get them again.

        Raises HubError where others could not reach the folder, or could write to one above it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        os.chmod(self.root, 0o755)
        blocked = unreachable(self.root)
        if blocked:
            raise HubError(
                f"Learners' servers run as ordinary users and could not reach the hub's folder, because {blocked} is "
                f"closed to them. Received: --directory={self.root}. Name a folder in an open place, like {DEFAULT}."
            )
        modes = {"homes": 0o711, "run": 0o711, "git": 0o755, "bin": 0o755, "jupyter": 0o755}
        modes |= {"proxy": 0o700, "state": 0o700, "solutions": 0o755 if show_solutions else 0o700}
        for name, mode in modes.items():
            (self.root / name).mkdir(exist_ok=True)
            os.chmod(self.root / name, mode)

    def write_settings(self, settings):
        """Keep what this start was asked for: the configuration reads it, and so does a restart."""
        self.settings.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")

    def read_settings(self):
        """What the last start was asked for, or an empty dict."""
        return json.loads(self.settings.read_text(encoding="utf-8")) if self.settings.exists() else {}


def unreachable(path):
    """The first folder on the way to `path` (itself included) that others may not enter, or None."""
    path = Path(path).resolve()
    for folder in [*reversed(path.parents), path]:
        mode = folder.stat().st_mode
        if stat.S_ISDIR(mode) and not mode & stat.S_IXOTH:
            return folder
    return None


def readable_by_all(path):
    """Whether an ordinary user can read the file or folder `path`, if it exists."""
    path = Path(path)
    return path.exists() and unreachable(path.parent) is None and bool(path.resolve().stat().st_mode & stat.S_IROTH)
