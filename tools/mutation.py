"""Mutation testing, by hand: `python tools/mutation.py batchnorm` counts the mutants that the tests kill.

mutmut for the modules in NumPy: all mutants, each in a fork of one process, against the tests that reach it.
cosmic-ray for those in TensorFlow, which no fork survives: each mutant in a process of its own, so that a fixed random
sample of 100 is tried. Both work on a copy of the course and are fetched by uv in a pinned version.

Leaves docs/results/trust/mutants-NAME.json; why a survivor is none that a test should kill stands in
tools/mutation_survivors.toml.
"""

import argparse
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from trust.commands import FOLDER, about, write

ROOT = Path(__file__).resolve().parents[1]
MUTMUT, COSMIC_RAY = "mutmut==3.8.1", "cosmic-ray==8.7.0"
COPIED = ("helpers", "tests", "tools", "lessons", "notebooks", "solutions", "pyproject.toml", "conftest.py")
SAMPLE = 100
SURVIVED, UNTRIED = {0, 5, 33}, {None, 34}  # exit codes that mutmut keeps: passed, no test reaches it; not run


@dataclass(frozen=True)
class Subject:
    """What is mutated (paths below the root), the tests that should notice, and the tool; sample=None means all."""

    sources: tuple
    tests: tuple
    tool: str
    sample: int | None = None


def _tests(*patterns):
    return tuple(sorted({f"tests/{p.name}" for pattern in patterns for p in (ROOT / "tests").glob(pattern)}))


SUBJECTS = {
    "batchnorm": Subject(
        ("helpers/batchnorm.py", "helpers/moments.py"),
        _tests("test_batchnorm.py", "test_batchnorm_arguments.py", "test_moments.py"),
        MUTMUT,
    ),
    "experiments": Subject(
        tuple(f"helpers/experiments/{name}.py" for name in ("arguments", "draws", "experiment", "plan", "result")),
        _tests(*(f"test_experiments_{name}.py" for name in ("experiment", "draws", "plan", "result", "train"))),
        MUTMUT,
        SAMPLE,
    ),
    "checks": Subject(
        tuple(
            f"helpers/checks/{name}.py"
            for name in ("core", "values", "reading", "running", "diagnosing", "formulas", "result", "random_state")
        ),
        _tests(
            *(f"test_checks_{n}.py" for n in ("core", "values", "reading", "running", "result", "numpy", "formulas"))
        ),
        MUTMUT,
        SAMPLE,
    ),
    "tf_batchnorm": Subject(
        ("helpers/tf_batchnorm.py", "helpers/tf_moments.py"),
        _tests("test_tf_batchnorm.py", "test_tf_moments.py"),
        COSMIC_RAY,
        SAMPLE,
    ),
    "tf_recurrent": Subject(
        ("helpers/tf_recurrent.py", "helpers/tf_recurrent_cell.py"), _tests("test_tf_recurrent.py"), COSMIC_RAY, SAMPLE
    ),
}


def copied(folder):
    """A copy of the course in `folder`, without what tests leave behind."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".ipynb_checkpoints")
    for name in COPIED:
        place = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        place(ROOT / name, folder / name, **({"ignore": ignored} if (ROOT / name).is_dir() else {}))


def chosen(names, sample):
    """All names, or a fixed random sample of them; the same on every machine."""
    names = sorted(names)
    return names if sample is None or sample >= len(names) else sorted(random.Random(0).sample(names, sample))


def with_mutmut(subject, folder):
    """(number of mutants, {name: killed}, {survivor: its change})."""
    tools = folder / "mutmut-itself"
    subprocess.run(
        [*_uv(), "pip", "install", "--quiet", "--python", sys.executable, "--target", tools, MUTMUT], check=True
    )
    with open(folder / "pyproject.toml", "a", encoding="utf-8") as file:
        file.write(f"\n[tool.mutmut]\nsource_paths = {json.dumps(list(subject.sources))}\n")
        file.write(f"pytest_add_cli_args_test_selection = {json.dumps(list(subject.tests))}\n")
        file.write(f"also_copy = {json.dumps([name for name in COPIED if '.toml' not in name])}\n")
    # Behind what is installed, so that the tests run with the course's own pytest.
    start = f"import sys; sys.path.append({str(tools)!r}); from mutmut.__main__ import cli; cli()"

    def mutmut(*arguments):
        command = [sys.executable, "-W", "ignore", "-c", start, *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True)

    if subject.sample is None:
        told = mutmut("run", "--max-children", "1")
    else:
        mutmut("run", "--max-children", "1", "no.such.mutant")  # makes them all, runs none
        told = mutmut("run", "--max-children", "1", *chosen(_exit_codes(subject, folder), subject.sample))
    codes = _exit_codes(subject, folder)
    tried = {name: code not in SURVIVED for name, code in codes.items() if code not in UNTRIED}
    if not tried:
        raise SystemExit(f"mutmut tried no mutant: {(told.stdout + told.stderr)[-2000:]}")
    survivors = {name: mutmut("show", name).stdout for name, killed in tried.items() if not killed}
    return len(codes), tried, {name: _change(diff) for name, diff in survivors.items()}


def _exit_codes(subject, folder):
    codes = {}
    for source in subject.sources:
        meta = folder / "mutants" / f"{source}.meta"
        if meta.exists():
            codes |= json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def with_cosmic_ray(subject, folder):
    """As `with_mutmut`."""
    command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider -p no:xdist {' '.join(subject.tests)}"
    (folder / "cosmic-ray.toml").write_text(
        f"[cosmic-ray]\nmodule-path = {json.dumps(list(subject.sources))}\ntimeout = 600.0\nexcluded-modules = []\n"
        f"test-command = {json.dumps(command)}\n\n[cosmic-ray.distributor]\nname = 'local'\n",
        encoding="utf-8",
    )

    def cosmic_ray(*arguments):
        ran = [*_uv(), "tool", "run", "--quiet", "--from", COSMIC_RAY, "cosmic-ray", *arguments]
        return subprocess.run(ran, cwd=folder, check=True, capture_output=True, text=True).stdout

    cosmic_ray("init", "cosmic-ray.toml", "session.sqlite")
    with sqlite3.connect(folder / "session.sqlite") as session:
        columns = "job_id, module_path, operator_name, occurrence, start_pos_row, operator_args"
        rows = session.execute(f"select {columns} from mutation_specs").fetchall()
        jobs = {f"{path}:{row}: {name}-{n} {more}": job for job, path, name, n, row, more in rows}
        kept = {jobs[name] for name in chosen(jobs, subject.sample)}
        for table in ("mutation_specs", "work_items"):
            session.executemany(f"delete from {table} where job_id = ?", [(j,) for j in jobs.values() if j not in kept])
    cosmic_ray("exec", "cosmic-ray.toml", "session.sqlite")
    with sqlite3.connect(folder / "session.sqlite") as session:
        results = session.execute("select job_id, test_outcome, diff from work_results").fetchall()
    names = {job: name for name, job in jobs.items()}
    tried = {names[job]: outcome.upper() != "SURVIVED" for job, outcome, _ in results}
    return len(jobs), tried, {names[job]: _change(diff) for job, _, diff in results if not tried[names[job]]}


def _change(diff):
    """The changed lines of a diff in one line: `was -> now`."""
    lines = diff.splitlines()
    was = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    now = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    return f"{' '.join(was)} -> {' '.join(now)}"


def _uv():
    return [str(Path(sys.executable).with_name("uv"))]


def explained(name, changes):
    """The survivors, each with the reason that stands in mutation_survivors.toml, or None."""
    reasons = tomllib.loads((ROOT / "tools" / "mutation_survivors.toml").read_text(encoding="utf-8")).get(name, [])
    why = {change: reason["why"] for reason in reasons for change in reason["changes"]}
    return [{"name": mutant, "change": change, "why": why.get(change)} for mutant, change in sorted(changes.items())]


def main(arguments=None):
    """Exit status 1 where fewer than 90% of a subject's mutants were killed."""
    parser = argparse.ArgumentParser(prog="tools/mutation.py", description=__doc__.splitlines()[0])
    parser.add_argument("subjects", nargs="+", choices=SUBJECTS, metavar="SUBJECT", help=", ".join(SUBJECTS))
    asked, enough = parser.parse_args(arguments), True
    for name in asked.subjects:
        subject, begin = SUBJECTS[name], time.time()
        run = with_mutmut if subject.tool == MUTMUT else with_cosmic_ray
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            copied(Path(folder))
            number, tried, changes = run(subject, Path(folder))
        killed = sum(tried.values())
        told = {"tool": subject.tool, "mutants": number, "tried": len(tried), "killed": killed}
        told |= {"survivors": explained(name, changes), **about(["tools/mutation.py", name], begin, 0)}
        write(f"mutants-{name}", told)
        print(f"{name}: {killed} of {len(tried)} mutants killed ({number} in all); {FOLDER.name}/mutants-{name}.json")
        enough = enough and killed >= 0.9 * len(tried)
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
