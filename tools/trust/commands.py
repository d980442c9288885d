"""The parts of the page: which command makes each, and the file in docs/results/trust/ that it leaves."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import portable

from . import page

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "results" / "trust"
CLUMSY = ["test_clumsy_hands.py", "test_clumsy_hands_record.py", "test_clumsy_hands_interrupt.py", "test_progress.py"]
CLUMSY += ["test_record_file.py", "test_experiments_interrupt.py", "test_mnist.py", "test_env.py"]
VERSIONS = {"lowest": ".venv.lowest", "newest": ".venv.newest"}
RUNS = 10
RECORDED = {"PYTEST_ADDOPTS": "-p trust.recorder"}  # where the command is not one of `pytest` below


def pytest(*arguments):
    """The command that runs these tests and records them."""
    return [sys.executable, "-m", "pytest", "-q", "-p", "trust.recorder", *arguments]


def tests(*names):
    """Paths of those of the named tests that are there."""
    return [f"tests/{name}" for name in names if (ROOT / "tests" / name).exists()]


def faults(jobs):
    """The faults of clumsy hands: each test is one."""
    return _recorded("faults", pytest("-n", jobs, *tests(*CLUMSY)))


def inputs(jobs):
    """Bad input: each test counts the inputs that it tried."""
    fuzz = sorted(path.name for path in (ROOT / "tests").glob("test_fuzz_*.py"))
    return _recorded("inputs", pytest("-n", jobs, *tests(*fuzz)))


def supply(jobs):
    """What the course is made of."""
    return _recorded("supply", pytest(*tests("test_supply_chain.py")))


def processors(jobs, only=()):
    """The solutions under other processors, over an hour; or under some of them again, beside what was recorded."""
    begin, command = time.time(), [sys.executable, "tools/portable.py", "--jobs", jobs]
    command += [part for name in only for part in ("--only", name)]
    told = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            print(line, end="", flush=True)
            name, _, outcome = line.strip().partition(": ")
            told |= {name: outcome} if outcome.startswith(("passed in ", "FAILED in ")) else {}
    now, file = about(command, begin, running.returncode), FOLDER / "processors.json"
    if only and file.exists():
        before = json.loads(file.read_text(encoding="utf-8"))
        again = before.get("again", {}) | {name: {"outcome": outcome, **now} for name, outcome in told.items()}
        write("processors", before | {"again": again})
    else:
        write("processors", {"processors": [f"{name}: {outcome}" for name, outcome in told.items()], **now})
    return running.returncode


def runs(jobs, count=RUNS):
    """The solutions as they are, one whole run after the other; each is added to those that were recorded before."""
    path, failed = FOLDER / "runs.json", 0
    for number in range(1, count + 1):
        part, code = _tried(portable.command((), jobs), **RECORDED)
        before = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []
        write("runs", {"runs": [*before, {**page.outcomes(part), **part["about"]}]})
        print(f"run {number} of {count}: {'FAILED' if code else 'passed'} in {part['about']['seconds']} s", flush=True)
        failed += bool(code)
    return int(failed > 0)


def versions(which, jobs):
    """`make test-lowest` or `make test-newest`: all of `make test` in an environment of these versions."""
    part, code = _tried(["make", f"test-{which}", f"JOBS={jobs}"], **RECORDED)
    code_of = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    python = ROOT / VERSIONS[which] / "bin" / "python"
    installed = subprocess.run([python, "-c", code_of], capture_output=True, text=True, check=True).stdout
    failed = sorted(name for name, test in part["tests"].items() if test["outcome"] == "failed")
    counted = {"outcomes": page.outcomes(part), "failed": failed}  # thousands of names would tell nothing more
    write(f"versions-{which}", {**counted, "installed": dict(sorted(json.loads(installed).items())), **part["about"]})
    return code


def about(command, begin, code):
    """On which machine, when and of which commit, in how many seconds."""
    git = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    shown = [Path(part).name if os.sep in part and Path(part).is_absolute() else part for part in map(str, command)]
    return {
        "command": " ".join(shown),
        "exit_status": code,
        "date": time.strftime("%Y-%m-%d", time.gmtime(begin)),
        "commit": git.stdout.strip(),
        "seconds": round(time.time() - begin),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
    }


def _recorded(name, command):
    part, code = _tried(command)
    if part["tests"]:
        write(name, {"tests": part["tests"], **part["about"]})
    return code


def _tried(command, **variables):
    """({"tests": {name: outcome and counts}, "about": ...}, exit status) of a command that runs pytest."""
    begin = time.time()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "tests.json"
        environment = os.environ | {"TRUST_FILE": str(kept), "PYTHONPATH": str(ROOT / "tools")} | variables
        code = subprocess.run(command, cwd=ROOT, env=environment).returncode
        told = json.loads(kept.read_text("utf-8"))["tests"] if kept.exists() else {}
    return {"tests": told, "about": about(command, begin, code)}, code if told else code or 1


def write(name, content):
    """Leave the part `name` in docs/results/trust/."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def main(arguments=None):
    """Run the parts asked for, then write the page; exit status 1 where a part failed."""
    parts = {"faults": faults, "inputs": inputs, "supply": supply}
    parts |= {"processors": lambda jobs: processors(jobs, asked.only), "runs": lambda jobs: runs(jobs, asked.runs)}
    parts |= {which: lambda jobs, which=which: versions(which, jobs) for which in VERSIONS}
    parser = argparse.ArgumentParser(prog="tools/trust", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(parts)}; none writes the page only")
    parser.add_argument("--jobs", default="2", help="tests side by side")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of the part `runs` (default {RUNS})")
    parser.add_argument(
        "--only", action="append", default=[], choices=portable.PROCESSORS, help="of the part `processors`; repeatable"
    )
    asked = parser.parse_args(arguments)
    unknown = set(asked.parts) - set(parts)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}. There is: {', '.join(parts)}.")
    failed = [name for name in asked.parts if parts[name](asked.jobs)]
    page.write(FOLDER, FOLDER.with_suffix(".md"))
    print("docs/results/trust.md is written." + (f" Failed: {', '.join(failed)}." if failed else ""))
    return 1 if failed else 0
