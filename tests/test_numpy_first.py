"""The from-scratch code starts at once: no TensorFlow, and next to nothing beyond NumPy's own import."""

import subprocess
import sys
from pathlib import Path

import pytest

from helpers.course.lessons import EXERCISES

ROOT = Path(__file__).resolve().parents[1]
KERAS_CHECKS = {name for name, exercise in EXERCISES.items() if exercise.keras}
"""Modules that helpers.checks imports when one of them is asked for."""


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def may_import_tensorflow(name):
    last = name.split(".")[-1]
    return name.startswith("helpers.tf.") or last.startswith(("tf_", "torch_")) or last in KERAS_CHECKS


def modules():
    """Every module of the package that has to do without TensorFlow, with dots."""
    paths = [path.relative_to(ROOT).with_suffix("") for path in sorted((ROOT / "helpers").rglob("*.py"))]
    names = [".".join(path.parts).removesuffix(".__init__") for path in paths]
    return [name for name in names if not may_import_tensorflow(name)]


def test_no_module_imports_tensorflow_unless_its_name_begins_with_tf():
    code = f"""
import importlib, sys
for name in {modules()!r}:
    importlib.import_module(name)
    found = sorted(m for m in sys.modules if m in ("tensorflow", "keras", "torch"))
    if found:
        print(name, found)
        break
"""
    assert run(code) == ""


@pytest.mark.parametrize(("module", "seconds"), [("helpers.batchnorm", 0.3), ("helpers.experiments", 0.5)])
def test_import_takes_little_time_beyond_numpys(module, seconds):
    code = f"""
import time, numpy
begin = time.process_time()
import {module}
print(time.process_time() - begin)
"""
    assert any(float(run(code)) < seconds for _ in range(3))


def test_training_imports_no_tensorflow():
    code = """
import sys
from helpers.experiments import Experiment, train
train(Experiment(True, "relu", steps=3), seeds=1, progress=False).table()
print([name for name in sys.modules if name.split(".")[0] in ("tensorflow", "keras", "torch", "matplotlib")])
"""
    assert run(code) == "[]"


def test_batchnorm_imports_no_package_beside_numpy():
    code = """
import sys
import helpers.batchnorm
heavy = {"scipy", "pandas", "sklearn", "matplotlib", "tensorflow", "keras"}
print("numpy" in sys.modules, sorted(heavy & set(sys.modules)))
"""
    assert run(code) == "True []"
