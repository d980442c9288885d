"""What every test run shares: a home for each notebook's kernel, `--lesson 04`, and how learner's copies are run."""

import os
import re
from pathlib import Path

import pytest
from lessonbuild import execute

ROOT = Path(__file__).parent


def pytest_addoption(parser):
    parser.addoption("--lesson", metavar="NN", help="run what concerns this lesson only, like 04 or 04_demo")


def pytest_configure(config):
    number = lesson_number(config)
    if number is None:
        return
    known = sorted(path.stem for path in (ROOT / "lessons").glob("*.py"))
    if not any(name.startswith(number + "_") for name in known):
        there = ", ".join(known) or "none"
        raise pytest.UsageError(f"No such lesson. Received: LESSON={config.getoption('lesson')}. There is: {there}.")
    for folder in ("solutions", "notebooks"):
        if not any((ROOT / folder).glob(f"{number}_*.ipynb")):
            raise pytest.UsageError(
                f'Lesson {number} is not built in {folder}/: run `make build ARGS="{number}"` first.'
            )


def lesson_number(config):
    """The two digits of the lesson asked for, or None for all."""
    asked = config.getoption("lesson")
    return None if asked is None else asked.split("_")[0].zfill(2)


def pytest_ignore_collect(collection_path, config):
    number = lesson_number(config)
    if number and collection_path.suffix == ".ipynb" and not collection_path.name.startswith(number + "_"):
        return True
    # A module whose tests are all deselected need not be imported: with TensorFlow that takes seconds on each worker.
    if "not keras" in config.option.markexpr and collection_path.suffix == ".py":
        text = collection_path.read_text(encoding="utf-8")
        return True if re.search(r"^pytestmark = (\[[^\]]*|.*)\bkeras\b", text, re.MULTILINE) else None
    return None


def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.path.parent == ROOT / "notebooks":
            item.options["check"] = False  # a learner's copy has no outputs to compare with: it has to run to its end
    number = lesson_number(config)
    if number is None:
        return
    kept = [item for item in items if concerns(number, item.nodeid)]
    config.hook.pytest_deselected(items=[item for item in items if not concerns(number, item.nodeid)])
    items[:] = kept


def concerns(number, nodeid):
    """Whether a test's name holds the lesson's number: solutions/04_demo.ipynb, test_lesson_04.py, [04_demo]."""
    return re.search(rf"(?<![0-9.]){number}(?![0-9])(?!\.[0-9])", nodeid) is not None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item):
    """Start a notebook's kernel with the same environment as the build does, and an empty home of its own."""
    if item.path.suffix != ".ipynb" or item.parent.kernel is not None:
        return (yield)
    before = dict(os.environ)
    os.environ.update(execute.environment(str(item.config._tmp_path_factory.mktemp("home"))))
    try:
        return (yield)
    finally:
        os.environ.clear()
        os.environ.update(before)
