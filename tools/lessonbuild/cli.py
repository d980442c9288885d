"""The command `tools/build.py`."""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import lesson_names

from . import compare, execute, export, notebooks
from .source import Lesson, LessonError, read

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; exit status 1 where a lesson cannot be built or a built file is not what its source says."""
    options = _options(arguments)
    root = options.root.resolve()
    try:
        lessons = _lessons(root, options.lessons)
        if options.export:
            return _export(root, lessons, options.export)
        return _check(root, lessons, not options.lessons) if options.check else _build(root, lessons, options)
    except (LessonError, lesson_names.UnknownLessonError) as error:
        print(error, file=sys.stderr)
        return 1


def _options(arguments):
    parser = argparse.ArgumentParser(
        prog="tools/build.py", description="Build notebooks/ and solutions/ from lessons/."
    )
    parser.add_argument(
        "lessons", nargs="*", metavar="LESSON", help="a number or name, like 04 or 04_demo; none means all"
    )
    parser.add_argument("--force", action="store_true", help="build lessons that are up to date too")
    parser.add_argument("--check", action="store_true", help="write nothing; show what is not as its lesson says")
    parser.add_argument("--export", type=Path, metavar="DIR", help="write notebooks and helpers, no solutions, to DIR")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="lessons executed at a time (0: in this process)"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the course's folder")
    return parser.parse_args(arguments)


def _lessons(root, wanted):
    lessons, problems = [], []
    for path in lesson_names.chosen(sorted((root / "lessons").glob("*.py")), wanted):
        try:
            lessons.append(read(path, path.relative_to(root).as_posix()))
        except LessonError as error:
            problems.append(str(error))
    if problems:
        raise LessonError("\n".join(problems))
    return lessons


def _check(root, lessons, everything):
    findings = []
    for lesson in lessons:
        for folder, make in (("notebooks", notebooks.learner), ("solutions", notebooks.solution)):
            path = root / folder / f"{lesson.name}.ipynb"
            shown, built = path.relative_to(root).as_posix(), compare.load(path)
            difference = compare.diff(built, make(lesson), shown)
            if difference:
                findings.append(difference)
            elif folder == "solutions" and not execute.is_executed(built):
                findings.append(f"{shown}: not executed from top to bottom.")
            elif folder == "notebooks" and path.read_text(encoding="utf-8") != notebooks.dumps(make(lesson)):
                findings.append(f"{shown}: has outputs, or was written by something else than the build.")
    findings += _orphans(root, lessons) if everything else []
    for finding in findings:
        print(finding)
    print(
        f"{len(lessons)} lessons: " + (f"{len(findings)} files differ; run `make build`." if findings else "all built.")
    )
    return 1 if findings else 0


def _orphans(root, lessons):
    names = {lesson.name for lesson in lessons}
    built = [path for folder in ("notebooks", "solutions") for path in sorted((root / folder).glob("*.ipynb"))]
    return [f"{path.relative_to(root).as_posix()}: no lesson of this name." for path in built if path.stem not in names]


def _build(root, lessons, options):
    for folder in ("notebooks", "solutions"):
        (root / folder).mkdir(exist_ok=True)
    stale = []
    for lesson in lessons:
        _write(root / "notebooks" / f"{lesson.name}.ipynb", notebooks.dumps(notebooks.learner(lesson)))
        built = compare.load(root / "solutions" / f"{lesson.name}.ipynb")
        fresh = compare.same_sources(built, notebooks.solution(lesson)) and execute.is_executed(built)
        if options.force or not fresh:
            stale.append(lesson)
    print(f"{len(lessons)} lessons, {len(stale)} to execute.", flush=True)
    return 1 if _execute_all(root, stale, options.jobs) else 0


def _execute_all(root, lessons, jobs):
    """Execute the lessons side by side, in processes of their own; the number that failed."""
    failed = 0
    if not lessons:
        return failed
    if jobs == 0:  # in this process, for a debugger and for tests
        for lesson in lessons:
            _execute(root, lesson)
        return failed
    with ProcessPoolExecutor(min(jobs, len(lessons)), mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(_execute, root, lesson): lesson for lesson in lessons}
        for future in as_completed(futures):
            try:
                print(f"{futures[future].name}: executed in {future.result():.0f} s.", flush=True)
            except (execute.ExecutionError, LessonError) as error:
                print(error, file=sys.stderr, flush=True)
                failed += 1
    return failed


def _execute(root: Path, lesson: Lesson) -> float:
    path = root / "solutions" / f"{lesson.name}.ipynb"
    start = time.perf_counter()
    done = execute.run(notebooks.solution(lesson), path.parent, path.relative_to(root).as_posix())
    _write(path, notebooks.dumps(done))
    return time.perf_counter() - start


def _write(path, text):
    """Write the file whole or not at all, and leave it alone where nothing changes."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    temporary = path.with_suffix(".ipynb.part")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def _export(root, lessons, folder):
    export.write(root, lessons, folder)
    print(f"{len(lessons)} notebooks without solutions, and helpers, in {folder}.")
    return 0
