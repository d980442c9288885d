"""How one part of the mutants is tried: with mutmut or with cosmic-ray, on a copy of the course; `mutation.py` asks."""

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import mutation_fork

ROOT = Path(__file__).resolve().parents[1]
MUTMUT, COSMIC_RAY = "mutmut==3.8.1", "cosmic-ray==8.7.0"
COPIED = ("helpers", "tests", "tools", "lessons", "notebooks", "solutions", "pyproject.toml", "conftest.py")
SURVIVED, UNTRIED = {0, 5, 33}, {None, 34}  # exit codes that mutmut keeps: passed, no test reaches it; not run


def copied(folder):
    """A copy of the course in `folder`, without what tests leave behind."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".ipynb_checkpoints")
    for name in COPIED:
        place = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        place(ROOT / name, folder / name, **({"ignore": ignored} if (ROOT / name).is_dir() else {}))


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
    names = subject.chosen(_exit_codes(subject, folder))
    told = mutmut("run", "--max-children", "1", *names) if names else None  # without a name it would run them all
    codes = _exit_codes(subject, folder)
    killed = {name: code not in SURVIVED for name, code in codes.items() if code not in UNTRIED}
    if told and not killed:
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
