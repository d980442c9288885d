"""Mutation testing, by hand: `python tools/mutation.py batchnorm` counts the mutants that the tests kill.

mutmut for the modules in NumPy, each mutant in a fork of one process, against the tests that reach it.
cosmic-ray for those in TensorFlow, against all tests of the subject (tools/mutation_fork.py). All mutants are tried of
`batchnorm`, a fixed random sample of every other subject: `SUBJECTS` has its size, `--sample 60` sets another. Both
tools work on a copy of the course and are fetched by uv in a pinned version. `--again` tries only what survived the
recorded run, once tests were added.

Leaves docs/results/trust/mutants-NAME.json; why a survivor is none that a test should kill stands in
tools/mutation_survivors.toml.
"""

import argparse
import json
import os
import random
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import mutation_fork
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
    left_out: tuple = ()
    """Tests that fail on what mutmut makes of the source already without a change."""
    only: tuple = ()
    """Names of mutants; where given, these are tried and no others."""

    def chosen(self, names):
        """Which of these mutants are tried."""
        return chosen(set(names) & set(self.only), None) if self.only else chosen(names, self.sample)


def _tests(*patterns):
    """The paths of the tests, sorted; each pattern has to match one at least, or a subject would lose tests unseen."""
    found = set()
    for pattern in patterns:
        names = {f"tests/{path.name}" for path in (ROOT / "tests").glob(pattern)}
        if not names:
            raise FileNotFoundError(
                "Each pattern of a subject's tests has to match a file in tests/. "
                f"Received: pattern={pattern!r}. Correct it in SUBJECTS, or write the test."
            )
        found |= names
    return tuple(sorted(found))


SUBJECTS = {
    "batchnorm": Subject(
        ("helpers/batchnorm.py", "helpers/moments.py"),
        _tests("test_batchnorm.py", "test_batchnorm_arguments.py", "test_moments.py"),
        MUTMUT,
    ),
    "experiments": Subject(
        tuple(f"helpers/experiments/{name}.py" for name in ("arguments", "draws", "experiment", "plan", "result")),
        _tests(
            *(f"test_experiments_{name}.py" for name in ("experiment", "draws", "plan", "result", "arguments", "train"))
        ),
        MUTMUT,
        SAMPLE,
    ),
    "checks": Subject(
        tuple(
            f"helpers/checks/{name}.py"
            for name in ("core", "values", "reading", "running", "diagnosing", "formulas", "result", "random_state")
        ),
        _tests(
            *(f"test_checks_{name}.py" for name in ("core", "core_attempt", "values", "reading", "running")),
            *(f"test_checks_{name}.py" for name in ("result", "diagnosing", "formulas", "numpy", "random_state")),
        ),
        MUTMUT,
        150,
        # It looks for the frame of `running.run`, which mutmut wraps into another.
        left_out=("tests/test_checks_core.py::test_what_goes_wrong_has_a_kind_and_an_exact_message[two_arguments]",),
    ),
    "tf_batchnorm": Subject(
        ("helpers/tf_batchnorm.py", "helpers/tf_moments.py"),
        (*_tests("test_tf_moments.py", "test_tf_batchnorm_replicas.py"), *_tests("test_tf_batchnorm.py")),
        COSMIC_RAY,
        SAMPLE,
    ),
    "tf_recurrent": Subject(
        ("helpers/tf_recurrent.py", "helpers/tf_recurrent_cell.py"),
        (*_tests("test_tf_recurrent_cell.py"), *_tests("test_tf_recurrent.py")),
        COSMIC_RAY,
        SAMPLE,
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
        file.write("timeout_multiplier = 4.0\ntimeout_constant = 30.0\n")  # of its tests' own time: a loop without end
        file.write(f"pytest_add_cli_args = {json.dumps([f'--deselect={name}' for name in subject.left_out])}\n")
        file.write(f"also_copy = {json.dumps([name for name in COPIED if '.toml' not in name])}\n")
    # Behind what is installed, so that the tests run with the course's own pytest.
    start = f"import sys; sys.path.append({str(tools)!r}); from mutmut.__main__ import cli; cli()"

    def mutmut(*arguments):
        command = [sys.executable, "-W", "ignore", "-c", start, *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True)

    mutmut("run", "--max-children", "1", "no.such.mutant")  # makes them all, runs none
    told = mutmut("run", "--max-children", "1", *subject.chosen(_exit_codes(subject, folder)))
    codes = _exit_codes(subject, folder)
    killed = {name: code not in SURVIVED for name, code in codes.items() if code not in UNTRIED}
    if not killed:
        raise SystemExit(f"mutmut tried no mutant: {(told.stdout + told.stderr)[-2000:]}")
    survivors = {name: mutmut("show", name).stdout for name, dead in killed.items() if not dead}
    return len(codes), killed, {name: _change(diff) for name, diff in survivors.items()}


def _exit_codes(subject, folder):
    codes = {}
    for source in subject.sources:
        meta = folder / "mutants" / f"{source}.meta"
        if meta.exists():
            codes |= json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def with_cosmic_ray(subject, folder):
    """As `with_mutmut`."""
    place = folder / "tests.socket"
    client = [sys.executable, "-I", "-S", "-c", mutation_fork.CLIENT, str(place)]
    (folder / "cosmic-ray.toml").write_text(
        f"[cosmic-ray]\nmodule-path = {json.dumps(list(subject.sources))}\ntimeout = 600.0\nexcluded-modules = []\n"
        f"test-command = {json.dumps(shlex.join(client))}\n\n[cosmic-ray.distributor]\nname = 'local'\n",
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
        kept = {jobs[name] for name in subject.chosen(jobs)}
        for table in ("mutation_specs", "work_items"):
            session.executemany(f"delete from {table} where job_id = ?", [(j,) for j in jobs.values() if j not in kept])
    with _server(place, subject, folder):
        if subprocess.run(client).returncode:
            raise SystemExit(f"The tests fail without a mutant: {(folder / 'tests.log').read_text()[-2000:]}")
        cosmic_ray("exec", "cosmic-ray.toml", "session.sqlite")
    with sqlite3.connect(folder / "session.sqlite") as session:
        results = session.execute("select job_id, test_outcome, diff from work_results").fetchall()
    names = {job: name for name, job in jobs.items()}
    killed = {names[job]: outcome.upper() != "SURVIVED" for job, outcome, _ in results}
    return len(jobs), killed, {names[job]: _change(diff) for job, _, diff in results if not killed[names[job]]}


@contextmanager
def _server(place, subject, folder):
    """tools/mutation_fork.py at work; what it writes goes to tests.log."""
    command = [sys.executable, str(ROOT / "tools" / "mutation_fork.py"), str(place), *subject.tests]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # two mutants in one second would share a .pyc
    with open(folder / "tests.log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        while not place.exists() and server.poll() is None:
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


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
    why = {_squeezed(change): reason["why"] for reason in reasons for change in reason["changes"]}
    return [
        {"name": mutant, "change": _squeezed(change), "why": why.get(_squeezed(change))}
        for mutant, change in sorted(changes.items())
    ]


def _squeezed(text):
    return " ".join(text.split())


def recorded(name, subject):
    """What docs/results/trust/ keeps of a subject whose sources have not changed since."""
    file = FOLDER / f"mutants-{name}.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"commit": "none"}
    same = ["git", "diff", "--quiet", kept["commit"], "--", *subject.sources]
    if subprocess.run(same, cwd=ROOT, stderr=subprocess.DEVNULL).returncode:
        raise SystemExit(f"No run of {name} with the sources as they are is recorded: leave out --again.")
    return kept


def tried(name, subject, earlier=None):
    """Try the mutants, or only those that survived the earlier run, and what came of it as a part of the page."""
    begin = time.time()
    if earlier:
        subject = replace(subject, only=tuple(one["name"] for one in earlier["survivors"]))
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copied(Path(folder))
        number, killed, changes = (with_mutmut if subject.tool == MUTMUT else with_cosmic_ray)(subject, Path(folder))
    usual = subject.sample == SUBJECTS[name].sample
    options = ["--again"] if earlier else [] if usual else ["--sample", str(subject.sample)]
    run = about(["tools/mutation.py", name, *options], begin, 0)
    if earlier:
        more = {"killed": earlier["killed"] + sum(killed.values()), "survivors": explained(name, changes)}
        return earlier | more | {"again": run | {"tried": len(killed), "killed": sum(killed.values())}}
    counts = {"tool": subject.tool, "mutants": number, "tried": len(killed), "killed": sum(killed.values())}
    return counts | {"survivors": explained(name, changes)} | run


def main(arguments=None):
    """Exit status 1 where fewer than 90% of a subject's mutants were killed."""
    parser = argparse.ArgumentParser(prog="tools/mutation.py", description=__doc__.splitlines()[0])
    parser.add_argument("subjects", nargs="+", choices=SUBJECTS, metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--sample", type=int, help="how many mutants are tried; the subject's own number without")
    parser.add_argument("--again", action="store_true", help="only those that survived the recorded run")
    parser.add_argument("--explain", action="store_true", help="try none; look the recorded survivors' reasons up anew")
    asked, enough = parser.parse_args(arguments), True
    for name in asked.subjects:
        subject = replace(SUBJECTS[name], sample=asked.sample or SUBJECTS[name].sample)
        part = recorded(name, subject) if asked.again or asked.explain else None
        if asked.explain:
            part["survivors"] = explained(name, {one["name"]: one["change"] for one in part["survivors"]})
        else:
            part = tried(name, subject, part)
        write(f"mutants-{name}", part)
        told = f"{part['killed']} of {part['tried']} mutants killed ({part['mutants']} in all)"
        print(f"{name}: {told}; {FOLDER.name}/mutants-{name}.json")
        enough = enough and part["killed"] >= 0.9 * part["tried"]
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
