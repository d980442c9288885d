"""The root conftest.py: `--lesson`, and a kernel's environment for each notebook."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow


def pytest_for(*arguments):
    """(exit status, lines) of pytest with these arguments, here."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).splitlines()


def test_a_lesson_selects_its_notebook_and_the_tests_that_name_it():
    _, lines = pytest_for("--lesson", "4", "--collect-only", "solutions", "tests/test_notebooks_hygiene.py")
    names = {line.split("::")[0] + ("[04_demo]" if "[04_demo]" in line else "") for line in lines if "::" in line}
    assert names == {"solutions/04_demo.ipynb", "tests/test_notebooks_hygiene.py[04_demo]"}


def test_a_lesson_that_is_not_there_is_one_sentence():
    there = ", ".join(sorted(path.stem for path in (ROOT / "lessons").glob("*.py")))
    told = f"ERROR: No such lesson. Received: LESSON=77. There is: {there}."
    assert pytest_for("--lesson", "77", "tests") == (4, [told, ""])
