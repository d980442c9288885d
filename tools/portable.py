"""The committed solutions under other processors' arithmetic: `python tools/portable.py [--only NAME] [LESSON ...]`.

The libraries choose their routines by the processor they find, and other routines round otherwise. Variables that force
an older choice stand in for other machines: strict nbval must pass under each, for a text output states facts with a
margin, not digits. (They cannot stand in for a processor newer than this one.)
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from lesson_names import UnknownLessonError, chosen

ROOT = Path(__file__).resolve().parents[1]
# What is forced, by name. Threads: of BLAS and of TensorFlow, also where a lesson's work would take more.
PROCESSORS = {
    "nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "onednn-off": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "onednn-on": {"TF_ENABLE_ONEDNN_OPTS": "1"},
    # The products and convolutions of TensorFlow that XLA does not compile take oneDNN's kernels even where it is off.
    "tf-sse4": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    "tf-avx": {"ONEDNN_MAX_CPU_ISA": "AVX"},
    "tf-avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2"},
    "xla-sse4": {"XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2"},
    "xla-avx2": {"XLA_FLAGS": "--xla_cpu_max_isa=AVX2"},
    "one-thread": {"OPENBLAS_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
    "two-threads": {"OPENBLAS_NUM_THREADS": "2", "TF_NUM_INTRAOP_THREADS": "2", "TF_NUM_INTEROP_THREADS": "2"},
}
STRICT = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]
STRICT += ["--nbval-cell-timeout", "240"]


def command(lessons, jobs):
    """The call of pytest that compares these lessons' solutions, or all.

    Raises UnknownLessonError where one of them has no solution: without paths, pytest would run tests/ instead.
    """
    found = sorted((ROOT / "solutions").glob("*.ipynb"))
    wanted = [f"solutions/{path.name}" for path in chosen(found, lessons)]
    return [sys.executable, "-m", "pytest", "-q", "-n", str(jobs), "--dist", "loadscope", *STRICT, *wanted]


def main(arguments=None, run=subprocess.run):
    """Exit status 0 if the solutions pass under each processor asked for, 1 if not or if no lesson has a name given."""
    parser = argparse.ArgumentParser(prog="tools/portable.py", description=__doc__.split(":")[0] + ".")
    parser.add_argument("--only", choices=PROCESSORS, action="append", help="this one (may be given again)")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks side by side")
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="like 04 or 04_demo; none means all")
    asked = parser.parse_args(arguments)
    try:
        compare = command(asked.lessons, asked.jobs)
    except UnknownLessonError as error:
        print(error, file=sys.stderr)
        return 1
    if platform.machine().lower() not in ("x86_64", "amd64"):
        print(f"The simulated processors are x86-64, and this machine is {platform.machine()}: nothing was compared.")
        return 0
    failed = []
    for name in asked.only or PROCESSORS:
        begin = time.perf_counter()
        done = run(compare, cwd=ROOT, env=os.environ | PROCESSORS[name])
        told = "passed" if done.returncode == 0 else "FAILED"
        print(f"{name}: {told} in {time.perf_counter() - begin:.0f} s", flush=True)
        failed += [name] if done.returncode else []
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
