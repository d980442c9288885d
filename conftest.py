"""What every test run shares: an own home for each notebook's kernel, `--lesson 04`, and what goes on one worker."""

import os
import re
from pathlib import Path

import pytest
from lessonbuild import execute

ROOT = Path(__file__).parent
SPLIT = "test_browser_lessons.py"  # its tests take minutes each and share no more than a server


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
    return None


def pytest_collection_modifyitems(config, items):
    number = lesson_number(config)
    if number is None:
        return
    kept = [item for item in items if concerns(number, item.nodeid)]
    config.hook.pytest_deselected(items=[item for item in items if not concerns(number, item.nodeid)])
    items[:] = kept


def concerns(number, nodeid):
    """Whether a test's name holds the lesson's number: solutions/04_demo.ipynb, test_lesson_04.py, [04_demo]."""
    return re.search(rf"(?<![0-9.]){number}(?![0-9])(?!\.[0-9])", nodeid) is not None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadscope` a module's tests go to one worker, but each of SPLIT's to whichever is free.

    (xdist's own loadgroup, which is made for this, no longer groups with pytest 9.2: pytest-xdist issue 1386.)
    """
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return nodeid if f"{SPLIT}::" in nodeid else super()._split_scope(nodeid)

    return Scheduling(config, log)


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
