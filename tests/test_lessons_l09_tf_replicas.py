"""Replicas on logical CPU devices, which must be made before TensorFlow starts: a process of its own."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.keras

PROGRAM = """
import json
import numpy as np
from helpers.lessons.l09 import tf_replicas
from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras, tf

names = tf_replicas.logical_devices(4)
again = tf_replicas.logical_devices(4)
rng = np.random.default_rng(0)
x = (rng.normal(size=(32, 6)) + np.linspace(-2, 2, 32)[:, None]).astype("float32")
dy = rng.normal(size=x.shape).astype("float32")
told = {"names": names, "again": again == names}
try:
    tf_replicas.logical_devices(6)
except RuntimeError as error:
    told["too many"] = str(error)
try:
    tf_replicas.one_step(BatchNorm, x, dy, replicas=3)
except ValueError as error:
    told["unequal"] = str(error)
alone = tf_replicas.one_step(BatchNorm, x, dy, replicas=1)
keras_layer = keras.layers.BatchNormalization()
y = keras_layer(x, training=True)
told["alone"] = max(float(np.abs(a - b).max()) for a, b in (
    (alone.y, y), (alone.moving_mean, keras_layer.moving_mean), (alone.moving_variance, keras_layer.moving_variance)))
for synchronized in (True, False):
    for replicas in (2, 4):
        step = tf_replicas.one_step(lambda: BatchNorm(synchronized=synchronized), x, dy, replicas=replicas)
        told[f"{synchronized} {replicas}"] = step.difference(alone)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told():
    process = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=240)
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    return json.loads(process.stdout)


def test_one_cpu_becomes_four_devices_and_asking_again_changes_nothing(told):
    assert told["names"] == ["CPU:0", "CPU:1", "CPU:2", "CPU:3"]
    assert told["again"]


def test_one_replica_computes_what_keras_does(told):
    assert told["alone"] < 1e-5


@pytest.mark.parametrize("replicas", [2, 4])
def test_synchronized_replicas_compute_what_one_device_computes_on_the_whole_batch(told, replicas):
    assert told[f"True {replicas}"] < 1e-5


@pytest.mark.parametrize("replicas", [2, 4])
def test_replicas_with_statistics_of_their_own_do_not(told, replicas):
    assert told[f"False {replicas}"] > 0.5


def test_more_devices_than_were_made_are_refused(told):
    assert told["too many"] == (
        "TensorFlow must not have started yet. Received: count=6, devices=4. "
        "Restart the kernel and run this cell before any other that uses TensorFlow."
    )


def test_a_batch_that_cannot_be_shared_equally_is_refused(told):
    assert told["unequal"] == (
        "`x` must divide equally. Received: replicas=3, examples=32. Pass a multiple of the number of replicas."
    )
