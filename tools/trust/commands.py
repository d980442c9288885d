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

from . import page

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "results" / "trust"
CLUMSY = ["test_clumsy_hands.py", "test_clumsy_hands_record.py", "test_clumsy_hands_interrupt.py", "test_progress.py"]
CLUMSY += ["test_record_file.py", "test_experiments_interrupt.py", "test_mnist.py", "test_env.py"]
VERSIONS = {"lowest": ".venv.lowest", "newest": ".venv.newest"}
CORE = "not slow and not notebook and not browser"


def pytest(*arguments, python=sys.executable):
    """The command that runs these tests and records them."""
    return [str(python), "-m", "pytest", "-q", "-p", "trust.recorder", *arguments]


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


def processors(jobs):
    """The solutions under other processors; over an hour."""
    begin, command = time.time(), [sys.executable, "tools/portable.py", "--jobs", jobs]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if ": passed in " in line or ": FAILED in " in line]
    write("processors", {"processors": lines, **about(command, begin, done.returncode)})
    return done.returncode


def versions(which, jobs):
    """The tests of the core in the environment that `make test-lowest` or `make test-newest` made."""
    python = ROOT / VERSIONS[which] / "bin" / "python"
    if not python.exists():
        print(f"There is no {VERSIONS[which]}: run `make test-{which}` first, which makes it.", file=sys.stderr)
        return 1
    code = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    installed = json.loads(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout)
    marked = pytest("-n", jobs, "-m", CORE, "tests", python=python)
    return _recorded(f"versions-{which}", marked, installed=dict(sorted(installed.items())))


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


def _recorded(name, command, **more):
    begin = time.time()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "tests.json"
        environment = os.environ | {"TRUST_FILE": str(kept), "PYTHONPATH": str(ROOT / "tools")}
        done = subprocess.run(command, cwd=ROOT, env=environment)
        if not kept.exists():
            return done.returncode or 1
        write(name, {**json.loads(kept.read_text("utf-8")), **more, **about(command, begin, done.returncode)})
    return done.returncode


def write(name, content):
    """Leave the part `name` in docs/results/trust/."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def main(arguments=None):
    """Run the parts asked for, then write the page; exit status 1 where a part failed."""
    parts = {"faults": faults, "inputs": inputs, "supply": supply, "processors": processors}
    parts |= {which: lambda jobs, which=which: versions(which, jobs) for which in VERSIONS}
    parser = argparse.ArgumentParser(prog="tools/trust", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(parts)}; none writes the page only")
    parser.add_argument("--jobs", default="2", help="tests side by side")
    asked = parser.parse_args(arguments)
    unknown = set(asked.parts) - set(parts)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}. There is: {', '.join(parts)}.")
    failed = [name for name in asked.parts if parts[name](asked.jobs)]
    page.write(FOLDER, FOLDER.with_suffix(".md"))
    print("docs/results/trust.md is written." + (f" Failed: {', '.join(failed)}." if failed else ""))
    return 1 if failed else 0
