"""The root conftest.py: a home of its own for each notebook's kernel, `--lesson`, and what goes on one worker."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lessonbuild import notebooks
from lessonbuild.source import read

ROOT = Path(__file__).resolve().parents[1]
LESSON = """\
# %%
import os

home = os.environ["BATCHNORM_COURSE_HOME"]
assert not os.path.exists(home)
os.makedirs(home)
assert os.environ["BATCHNORM_COURSE_PROGRESS"] == "0"
assert os.environ["PYTHONHASHSEED"] == "0"
"""
TEST = """\
import pytest

@pytest.mark.parametrize("name", ["00_first", "04_demo", "40_x", "0.04"])
def test_it(name): pass
"""
pytestmark = pytest.mark.notebook


@pytest.fixture
def course(tmp_path):
    """A course of two built lessons and a test that names one of them."""
    for folder in ("lessons", "notebooks", "solutions", "tests"):
        (tmp_path / folder).mkdir()
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("00_first", "04_demo"):
        source = tmp_path / "lessons" / f"{name}.py"
        source.write_text(LESSON, encoding="utf-8")
        for folder in ("notebooks", "solutions"):
            built = notebooks.dumps(notebooks.learner(read(source)))
            (tmp_path / folder / f"{name}.ipynb").write_text(built, encoding="utf-8")
    shutil.copy(source, tmp_path / "lessons" / "05_more.py")
    (tmp_path / "tests" / "test_it.py").write_text(TEST, encoding="utf-8")
    (tmp_path / "tests" / "test_lesson_04.py").write_text("def test_other(): pass\n", encoding="utf-8")
    return tmp_path


def pytest_in(course, *arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "BATCHNORM"))}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--nbval-lax",
        "--nbval-current-env",
        *arguments,
    ]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_each_notebook_runs_in_the_builds_environment_with_an_empty_home(course):
    status, told = pytest_in(course, "solutions")
    assert "2 passed" in told
    assert status == 0


def test_a_lesson_selects_its_notebook_and_the_tests_that_name_it(course):
    status, told = pytest_in(course, "--lesson", "4", "--collect-only", "solutions", "tests")
    assert [line for line in told.splitlines() if "::" in line] == [
        "solutions/04_demo.ipynb::Cell 0",
        "tests/test_it.py::test_it[04_demo]",
        "tests/test_lesson_04.py::test_other",
    ]
    assert status == 0


def test_a_lesson_that_is_not_there_is_one_sentence(course):
    status, told = pytest_in(course, "--lesson", "7", "tests")
    assert told.strip() == "ERROR: No such lesson. Received: LESSON=7. There is: 00_first, 04_demo, 05_more."
    assert status == 4


def test_a_lesson_that_was_not_built_says_how_to_build_it(course):
    status, told = pytest_in(course, "--lesson", "05", "tests")
    assert told.strip() == 'ERROR: Lesson 05 is not built in solutions/: run `make build ARGS="05"` first.'
    assert status == 4


@pytest.mark.parametrize(("module", "workers"), [("test_it.py", 1), ("test_browser_lessons.py", 2)])
def test_a_modules_tests_go_to_one_worker_but_the_lessons_in_a_browser_to_both(course, module, workers):
    (course / "tests" / "test_it.py").rename(course / "tests" / module)
    status, told = pytest_in(course, "-n", "2", "--dist", "loadscope", "-vv", f"tests/{module}")
    assert len(set(re.findall(r"^\[(gw\d)\] .* PASSED ", told, flags=re.MULTILINE))) == workers, told
    assert "4 passed" in told
    assert status == 0
