"""`synchronized=True` on logical CPU devices, which must be made before TensorFlow starts: a process of its own."""

import json
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.keras

PROGRAM = """
import json, sys
import numpy as np
from helpers.tf.quiet import keras, tf
replicas = int(sys.argv[1])
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * replicas)
from helpers.tf.batchnorm import BatchNorm

rng = np.random.default_rng(0)
x = np.cumsum(rng.normal(20, 3, (16, 4, 3)), axis=0).astype("float32")  # the replicas' means differ by much
dy = rng.normal(size=(16, 4, 3)).astype("float32")
mask = rng.random((16, 4)) < np.linspace(0.2, 0.9, 16)[:, None]  # the replicas' counts differ too
strategy = tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(replicas)])

def outcome(synchronized, masked):
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

print(json.dumps({"plain": outcome(True, False), "masked": outcome(True, True), "apart": outcome(False, False)}))
"""


@pytest.fixture(scope="module")
def outcomes():
    """By number of replicas, then by case: what came out of two training steps on the same 16 examples."""
    processes = {
        replicas: subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(replicas)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for replicas in (1, 2, 4)
    }
    results = {}
    for replicas, process in processes.items():
        output, errors = process.communicate(timeout=240)
        assert process.returncode == 0, errors
        cases = json.loads(output.splitlines()[-1])
        results[replicas] = {case: {k: np.array(v) for k, v in numbers.items()} for case, numbers in cases.items()}
    return results


@pytest.mark.parametrize("replicas", [2, 4])
@pytest.mark.parametrize("case", ["plain", "masked"])
def test_replicas_together_compute_what_one_device_computes_on_the_whole_batch(outcomes, replicas, case):
    for name, expected in outcomes[1][case].items():
        scale = np.abs(expected).max()
        np.testing.assert_allclose(outcomes[replicas][case][name] / scale, expected / scale, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("replicas", [2, 4])
def test_without_synchronized_each_replica_has_its_own_statistics(outcomes, replicas):
    apart, whole = outcomes[replicas]["apart"], outcomes[1]["apart"]
    shares = apart["y"].reshape(replicas, -1, 4, 3)
    np.testing.assert_allclose(shares.mean(axis=(1, 2)), np.zeros((replicas, 3)), atol=1e-4)
    assert np.abs(apart["y"] - whole["y"]).max() > 0.5
    np.testing.assert_allclose(apart["moving_mean"], whole["moving_mean"], rtol=1e-5)  # the mean of the replicas' means
    assert (apart["moving_variance"] < 0.5 * whole["moving_variance"]).all()  # the variance of the means is missing
