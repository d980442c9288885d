"""The experiments need no TensorFlow, and start at once."""

import subprocess
import sys


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_training_imports_no_tensorflow():
    code = """
import sys
from helpers.experiments import Experiment, train
train(Experiment(True, "relu", steps=3), seeds=1, progress=False).table()
print([name for name in sys.modules if name.split(".")[0] in ("tensorflow", "keras", "torch", "matplotlib")])
"""
    assert run(code) == "[]"


def test_import_takes_at_most_half_a_second_beyond_numpys():
    code = """
import time, numpy
begin = time.process_time()
import helpers.experiments
print(time.process_time() - begin)
"""
    assert min(float(run(code)) for _ in range(3)) < 0.5
