"""Replicas on logical CPU devices, which must be made before TensorFlow starts: one process for all these tests.

Of `BatchNorm(synchronized=True)`, of `helpers.lessons.l09.tf_replicas`, and of `helpers.tf.quiet`, since the process
imports TensorFlow in an environment that says nothing of it.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

pytestmark = [pytest.mark.keras, pytest.mark.slow]

PROGRAM = '''
import json
import os
import numpy as np
from helpers.lessons.l09 import tf_replicas
from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras, tf
from helpers.tf.recurrent import BatchNormLSTM

def refusal(function):
    try:
        function()
    except (RuntimeError, ValueError) as error:
        return str(error)

names = tf_replicas.logical_devices(4)
rng = np.random.default_rng(0)
x = (rng.normal(size=(32, 6)) + np.linspace(-2, 2, 32)[:, None]).astype("float32")
dy = rng.normal(size=x.shape).astype("float32")
told = {
    "GPUs": tf.config.list_physical_devices("GPU"),
    "backend": keras.backend.backend(),
    "names": names,
    "again": tf_replicas.logical_devices(4) == names,
    "too many": refusal(lambda: tf_replicas.logical_devices(6)),
    "unequal": refusal(lambda: tf_replicas.one_step(BatchNorm, x, dy, replicas=3)),
}
# First operation and first compilation by XLA: neither may write a line.
tf.function(lambda z: z @ z + 1, jit_compile=True)(tf.ones((3, 3)) @ tf.ones((3, 3)))
model = keras.Sequential([keras.layers.Dense(2)])
model.compile("sgd", "mse", jit_compile=True)
model.fit(tf.ones((4, 3)), tf.ones((4, 2)), verbose=0)

alone = tf_replicas.one_step(BatchNorm, x, dy, replicas=1)
keras_layer = keras.layers.BatchNormalization()
y = keras_layer(x, training=True)
told["alone"] = max(float(np.abs(a - b).max()) for a, b in (
    (alone.y, y), (alone.moving_mean, keras_layer.moving_mean), (alone.moving_variance, keras_layer.moving_variance)))
for synchronized in (True, False):
    for replicas in (2, 4):
        step = tf_replicas.one_step(lambda: BatchNorm(synchronized=synchronized), x, dy, replicas=replicas)
        told[f"{synchronized} {replicas}"] = step.difference(alone)

# Two steps with masks, the replicas' means and counts being far apart.
rng = np.random.default_rng(0)
x = np.cumsum(rng.normal(20, 3, (16, 4, 3)), axis=0).astype("float32")
dy = rng.normal(size=(16, 4, 3)).astype("float32")
mask = rng.random((16, 4)) < np.linspace(0.2, 0.9, 16)[:, None]

def outcome(replicas, synchronized, masked):
    strategy = tf.distribute.MirroredStrategy(names[:replicas], tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        layer = BatchNorm(momentum=0.5, synchronized=synchronized)
        layer.build(x.shape)

    def step(x, dy, mask):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True, mask=mask if masked else None)
            loss = tf.reduce_sum(y * dy)
        return y, *tape.gradient(loss, [x, layer.gamma.value])

    def share(a):
        return strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(np.split(a, replicas)[context.replica_id_in_sync_group]))

    run = tf.function(lambda *batch: strategy.run(step, args=batch))
    for _ in range(2):
        y, dx, dgamma = map(strategy.experimental_local_results, run(share(x), share(dy), share(mask)))
    numbers = {"y": np.concatenate(y), "dx": np.concatenate(dx), "dgamma": np.sum(dgamma, axis=0),
               "moving_mean": np.array(layer.moving_mean), "moving_variance": np.array(layer.moving_variance)}
    return {name: number.tolist() for name, number in numbers.items()}

cases = {"plain": (True, False), "masked": (True, True), "apart": (False, False)}
with tf_replicas._quiet():
    told["steps"] = {n: {name: outcome(n, *case) for name, case in cases.items()} for n in (1, 2, 4)}

def train_on_nine_rows(layer, shape):
    """Losses of batches of 4 on two replicas, and whether all is finite: of the last batch one gets no row."""
    x = np.random.default_rng(0).normal(3, 2, (9, *shape)).astype("float32")
    with tf_replicas._quiet():
        strategy = tf.distribute.MirroredStrategy(names[:2], tf.distribute.ReductionToOneDevice())
        with strategy.scope():
            keras.utils.set_random_seed(0)
            model = keras.Sequential([keras.Input(shape), layer(), keras.layers.Dense(1)])
            model.compile(keras.optimizers.SGD(0.05), "mse")
        settings = {"batch_size": 4, "epochs": 4, "shuffle": False, "verbose": 0}
        losses = model.fit(x, x.reshape(9, -1)[:, :1], **settings).history["loss"]
        numbers = [model(x, training=False), *(np.array(weight) for weight in model.weights)]
    return losses, all(bool(np.isfinite(number).all()) for number in numbers)

told["nine rows"] = {
    "keras": train_on_nine_rows(lambda: keras.layers.BatchNormalization(synchronized=True), (5,)),
    "synchronized": train_on_nine_rows(lambda: BatchNorm(synchronized=True), (5,)),
    "apart, behind the recurrent one": train_on_nine_rows(
        lambda: keras.Sequential([BatchNormLSTM(4), BatchNorm()]), (4, 3)),
}
os.write(2, b"still here")
print(json.dumps(told))
'''


@pytest.fixture(scope="module")
def told():
    # Keras 3.15 hands NumPy a variable whose __array__ does not know NumPy 2's `copy`.
    command = [sys.executable, "-W", "ignore:__array__:DeprecationWarning", "-c", PROGRAM]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "CUDA_", "KERAS_BACKEND"))}
    environment |= {"CUDA_VISIBLE_DEVICES": "0", "KERAS_BACKEND": "numpy"}
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert process.returncode == 0, process.stderr
    assert process.stderr == "still here"  # what is written later is not swallowed, and nothing else was written
    return json.loads(process.stdout)


@pytest.fixture(scope="module")
def steps(told):
    """By number of replicas, then by case: what came out of two training steps on the same 16 examples."""
    return {
        int(replicas): {case: {k: np.array(v) for k, v in numbers.items()} for case, numbers in cases.items()}
        for replicas, cases in told["steps"].items()
    }


def test_the_import_finds_keras_on_tensorflow_and_no_gpu_whatever_the_environment_asks_for(told):
    assert (told["GPUs"], told["backend"]) == ([], "tensorflow")


def test_one_cpu_becomes_four_devices_and_asking_again_changes_nothing(told):
    assert told["names"] == ["CPU:0", "CPU:1", "CPU:2", "CPU:3"]
    assert told["again"]


def test_one_replica_computes_what_keras_does(told):
    assert told["alone"] < 1e-5


@pytest.mark.parametrize("replicas", [2, 4])
def test_synchronized_replicas_compute_what_one_device_does_and_others_do_not(told, replicas):
    assert told[f"True {replicas}"] < 1e-5
    assert told[f"False {replicas}"] > 0.5


@pytest.mark.parametrize("replicas", [2, 4])
@pytest.mark.parametrize("case", ["plain", "masked"])
def test_two_synchronized_steps_are_those_of_one_device_on_the_whole_batch(steps, replicas, case):
    for name, expected in steps[1][case].items():
        scale = np.abs(expected).max()
        np.testing.assert_allclose(steps[replicas][case][name] / scale, expected / scale, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("replicas", [2, 4])
def test_without_synchronized_each_replica_has_its_own_statistics(steps, replicas):
    apart, whole = steps[replicas]["apart"], steps[1]["apart"]
    shares = apart["y"].reshape(replicas, -1, 4, 3)
    np.testing.assert_allclose(shares.mean(axis=(1, 2)), np.zeros((replicas, 3)), atol=1e-4)
    assert np.abs(apart["y"] - whole["y"]).max() > 0.5
    np.testing.assert_allclose(apart["moving_mean"], whole["moving_mean"], rtol=1e-5)  # the mean of the replicas' means
    assert (apart["moving_variance"] < 0.5 * whole["moving_variance"]).all()  # the variance of the means is missing


@pytest.mark.parametrize("layer", ["synchronized", "apart, behind the recurrent one"])
def test_a_replica_without_rows_makes_nothing_nan(told, layer):
    losses, finite = told["nine rows"][layer]
    assert finite
    assert losses[-1] < losses[0]
    if layer == "synchronized":
        np.testing.assert_allclose(losses, told["nine rows"]["keras"][0], rtol=1e-4)


def test_what_is_refused(told):
    assert told["too many"] == (
        "TensorFlow must not have started yet. Received: count=6, devices=4. "
        "Restart the kernel and run this cell before any other that uses TensorFlow."
    )
    assert told["unequal"] == (
        "`x` must divide equally. Received: replicas=3, examples=32. Pass a multiple of the number of replicas."
    )
