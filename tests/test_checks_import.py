"""helpers.checks: a NumPy exercise never waits for TensorFlow."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPT = """
import sys
from helpers import checks
from tests.wrong_answers import NUMPY, load
wrong, correct = load(*NUMPY)
for exercise in NUMPY:
    submission = next(one for one in correct if one.exercise == exercise)
    assert getattr(checks, exercise)(submission.function).passed, exercise
print(sorted(name for name in sys.modules if name.split(".")[0] in ("tensorflow", "keras")))
"""


def test_no_numpy_exercise_imports_tensorflow():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_importing_the_checks_imports_none_of_them():
    code = "import sys; import helpers.checks; print([n for n in sys.modules if n.startswith('helpers.checks.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"
