"""Mutation testing, by hand: `python tools/mutation.py batchnorm` counts the mutants that the tests kill.

mutmut for the modules in NumPy, each mutant in a fork of one process, against the tests that reach it.
cosmic-ray for those in TensorFlow, against all tests of the subject (tools/mutation_fork.py). All mutants are tried of
`batchnorm`, a fixed random sample of every other subject: `SUBJECTS` has its size, `--sample 60` sets another. Both
tools work on copies of the course, `--jobs` of them side by side, and are fetched by uv in a pinned version. `--again`
tries only what survived the recorded run, once tests were added.

Leaves docs/results/trust/mutants-NAME.json; why a survivor is none that a test should kill stands in
tools/mutation_survivors.toml.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from mutation_tools import COSMIC_RAY, MUTMUT, ROOT, copied, with_cosmic_ray, with_mutmut
from trust.commands import FOLDER, about, write

SAMPLE = 100


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
    part: tuple = (0, 1)
    """(k, n): the k-th of n parts of what is tried, which are tried side by side."""

    def chosen(self, names):
        """Which of these mutants are tried."""
        all_parts = chosen(set(names) & set(self.only), None) if self.only else chosen(names, self.sample)
        return all_parts[self.part[0] :: self.part[1]]


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
        (
            *_tests("test_tf_moments.py", "test_tf_batchnorm_replicas.py", "test_tf_batchnorm_precision.py"),
            *_tests("test_tf_batchnorm.py"),
        ),
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


def chosen(names, sample):
    """All names, or a fixed random sample of them; the same on every machine."""
    names = sorted(names)
    return names if sample is None or sample >= len(names) else sorted(random.Random(0).sample(names, sample))


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


def tried(name, subject, earlier=None, jobs=1):
    """Try the mutants, or only those that survived the earlier run, and what came of it as a part of the page."""
    begin = time.time()
    if earlier:
        subject = replace(subject, only=tuple(one["name"] for one in earlier["survivors"]))
    number, killed, changes = _side_by_side(subject, jobs)
    usual = subject.sample == SUBJECTS[name].sample
    options = ["--again"] if earlier else [] if usual else ["--sample", str(subject.sample)]
    run = about(["tools/mutation.py", name, *options], begin, 0)
    if earlier:
        more = {"killed": earlier["killed"] + sum(killed.values()), "survivors": explained(name, changes)}
        return earlier | more | {"again": run | {"tried": len(killed), "killed": sum(killed.values())}}
    counts = {"tool": subject.tool, "mutants": number, "tried": len(killed), "killed": sum(killed.values())}
    return counts | {"survivors": explained(name, changes)} | run


def _side_by_side(subject, jobs):
    """As `with_mutmut`, in `jobs` parts, each on a copy of the course."""
    run = with_mutmut if subject.tool == MUTMUT else with_cosmic_ray

    def part(k):
        folder = Path(parent, str(k))
        folder.mkdir()
        copied(folder)
        return run(replace(subject, part=(k, jobs)), folder)

    with tempfile.TemporaryDirectory(prefix="mutants-") as parent, ThreadPoolExecutor(jobs) as pool:
        numbers, killed, changes = zip(*pool.map(part, range(jobs)), strict=True)
    all_killed = {name: dead for one in killed for name, dead in one.items()}
    if not all_killed:
        raise SystemExit("No mutant was tried: the names of those asked for are not among the mutants.")
    return numbers[0], all_killed, {name: change for one in changes for name, change in one.items()}


def main(arguments=None):
    """Exit status 1 where fewer than 90% of a subject's mutants were killed."""
    parser = argparse.ArgumentParser(prog="tools/mutation.py", description=__doc__.splitlines()[0])
    parser.add_argument("subjects", nargs="+", choices=SUBJECTS, metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--sample", type=int, help="how many mutants are tried; the subject's own number without")
    parser.add_argument("--again", action="store_true", help="only those that survived the recorded run")
    parser.add_argument("--explain", action="store_true", help="try none; look the recorded survivors' reasons up anew")
    parser.add_argument("--jobs", type=int, default=1, help="so many mutants side by side (default 1)")
    asked, enough = parser.parse_args(arguments), True
    for name in asked.subjects:
        subject = replace(SUBJECTS[name], sample=asked.sample or SUBJECTS[name].sample)
        part = recorded(name, subject) if asked.again or asked.explain else None
        if asked.explain:
            part["survivors"] = explained(name, {one["name"]: one["change"] for one in part["survivors"]})
        else:
            part = tried(name, subject, part, asked.jobs)
        write(f"mutants-{name}", part)
        told = f"{part['killed']} of {part['tried']} mutants killed ({part['mutants']} in all)"
        print(f"{name}: {told}; {FOLDER.name}/mutants-{name}.json")
        enough = enough and part["killed"] >= 0.9 * part["tried"]
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
