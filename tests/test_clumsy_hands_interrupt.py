"""Ctrl-C in every long call, by a real signal: it returns what is done, or ends with KeyboardInterrupt, and soon.

How soon `train` and `sweep` react is measured in test_experiments_interrupt; here a call that would go on for minutes
or hours must end at all. Some of the calls in `make test-slow`, all in `make test-weekly`.
"""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")

SOON = 100  # seconds, on a machine that does something else besides; uninterrupted these calls take hours
SCRIPT = """
import json, os, signal, threading, time
{before}
asked = []
def ask():
    asked.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer({after}, ask).start()
try:
    {call}
    end = "returned"
except KeyboardInterrupt:
    end = "KeyboardInterrupt"
except Exception as error:
    end = f"{{type(error).__name__}}: {{error}}"
print(json.dumps(dict(end=end, waited=time.perf_counter() - asked[0] if asked else None)), flush=True)
os._exit(0)
"""
BASE = "from helpers.experiments import Experiment; base = Experiment(True, 'relu', steps=10**6, hidden=(30,))"
NUMPY = {
    "benefits.training_speed": ("from helpers.lessons.l02 import benefits", "benefits.training_speed(progress=False)"),
    "drift.step_drift": (f"from helpers.lessons.l12 import drift; {BASE}", "drift.step_drift(base, at=10**6)"),
    "landscape.survey": (f"from helpers.lessons.l12 import landscape; {BASE}", "landscape.survey(base, [1.0])"),
    "norm_training.sweep": (
        "from helpers.lessons.l09 import norm_training",
        "norm_training.sweep({n: dict(kind='batch', batch_size=n, seen=10**7) for n in range(2, 12)})",
    ),
    "residual.train": ("from helpers.lessons.l09 import residual", "residual.train(10, [0.1], steps=10**6)"),
    "effective_rate.with_decay": (
        "from helpers.lessons.l09 import effective_rate",
        "effective_rate.with_decay(0.001, steps=10**6)",
    ),
    "effective_rate.lockstep": (
        "from helpers.lessons.l09 import effective_rate",
        "effective_rate.lockstep(0.001, steps=10**6)",
    ),
    "a check's own submission": (
        "from helpers import checks",
        "checks.standardize(lambda x: time.sleep(300))",
    ),
}
DATA = "from helpers import data; d = data.load(); x, y = d.x_train, d.y_train"
KERAS = {
    "tf.fit.fit": (
        "from helpers.lessons.l03.tf_dense import dense_network; from helpers.tf.fit import compile_classifier, fit; "
        f"{DATA}; m = compile_classifier(dense_network())",
        "fit(m, x, y, epochs=10**6)",
    ),
    "tf.sweep.sweep, compiled": (
        "from helpers.tf.sweep import sweep; from helpers.lessons.l07.tf_sequences import row_reader",
        "sweep({'a': row_reader}, learning_rates=[0.1], steps=10**6, evaluations=1, xla=True)",
    ),
    "tf.sweep.sweep": (
        "from helpers.lessons.l03.tf_dense import dense_network; from helpers.tf.sweep import sweep",
        "sweep({'a': dense_network}, learning_rates=[0.1], steps=10**6)",
    ),
    "tf_gan_training.train": (
        "from helpers.lessons.l08 import tf_gan, tf_gan_training",
        "tf_gan_training.train(tf_gan.pair, updates=10**6)",
    ),
    "tf_capstone.train": (
        "from helpers import data; from helpers.checks.l11 import tf_capstone",
        "tf_capstone.train((), [data.load()], steps=10**6)",
    ),
}


SAMPLE = ("landscape.survey", "a check's own submission", "tf.fit.fit", "tf_gan_training.train")


def calls(listed):
    """A parameter for each call."""
    return [pytest.param(name, marks=pytest.mark.slow if name in SAMPLE else pytest.mark.weekly) for name in listed]


def ended(before, call, after):
    environment = os.environ | {"BATCHNORM_COURSE_PROGRESS": "0"}
    script = SCRIPT.format(before=before, call=call, after=after)
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def assert_soon(told):
    assert told["waited"] is not None, f"over before Ctrl-C: {told['end']}"
    assert told["waited"] < SOON
    refused = "Received: finished=" in told["end"] or "The training was stopped before" in told["end"]
    assert told["end"] in ("returned", "KeyboardInterrupt") or refused, told["end"]


@pytest.mark.parametrize("name", calls(NUMPY))
def test_a_long_call_in_numpy_ends_soon_after_ctrl_c(name):
    assert_soon(ended(*NUMPY[name], after=3))


@pytest.mark.keras
@pytest.mark.parametrize("name", calls(KERAS))
def test_a_long_call_in_tensorflow_ends_soon_after_ctrl_c(name):
    assert_soon(ended(*KERAS[name], after=12))
