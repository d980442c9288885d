"""One training step of one layer on several replicas, which are logical CPU devices: a cluster in one process.

    names = logical_devices(4)                       # first of all: before TensorFlow starts
    step = one_step(BatchNorm(synchronized=True), x, dy, replicas=4)

Each replica gets an equal, consecutive share of the batch, as `tf.distribute` gives it to a GPU.
"""

import contextlib
import logging
from dataclasses import dataclass

import numpy as np

from helpers._support import validate
from helpers.tf.quiet import tf


@dataclass(frozen=True, eq=False)
class Step:
    """What one step computed, put together from all replicas.

    y, dx : like the batch
        The layer's output, and the gradient of sum(y * dy) with respect to the batch.
    dgamma, dbeta : (C,)
        Summed over replicas.
    moving_mean, moving_variance : (C,)
        The layer's memory after the step.
    """

    y: np.ndarray
    dx: np.ndarray
    dgamma: np.ndarray
    dbeta: np.ndarray
    moving_mean: np.ndarray
    moving_variance: np.ndarray

    def difference(self, other):
        """The largest difference of any of the six to `other`'s, as a share of the largest number of its kind.

        Examples
        --------
        >>> ones = Step(*[np.ones(2)] * 6)
        >>> ones.difference(Step(*[np.ones(2)] * 5, np.full(2, 4.0)))
        0.75
        """
        pairs = [(getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__]
        return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)


def logical_devices(count=4):
    """Divide this machine's CPU into `count` logical devices, and return their names, such as "CPU:0".

    Raises
    ------
    RuntimeError
        If TensorFlow has started already, with fewer.

    Notes
    -----
    Devices can be made only before TensorFlow's first operation: call this in the first cell. A second call with the
    same number changes nothing.
    """
    count = validate.integer("count", count, low=1, advice="Pass the number of replicas that are needed.")
    cpu = tf.config.list_physical_devices("CPU")[0]
    with contextlib.suppress(RuntimeError):  # it has started: are there enough?
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    there = len(tf.config.list_logical_devices("CPU"))
    if there < count:
        raise RuntimeError(
            f"TensorFlow must not have started yet. {validate.received(count=count, devices=there)} "
            "Restart the kernel and run this cell before any other that uses TensorFlow."
        )
    return [f"CPU:{i}" for i in range(count)]


def one_step(build, x, dy, *, replicas):
    """The Step that the layer of `build()` makes on `replicas` logical devices, from its initial weights.

    Parameters
    ----------
    build : function
        `build()` -> a batch normalization layer with gamma, beta, moving_mean and moving_variance; it is called in the
        scope of the strategy.
    x, dy : (N, ..., C) arrays
        The whole batch, and the gradient that arrives from above. N is a multiple of `replicas`.
    replicas : int
        At most as many as `logical_devices` made.

    Raises
    ------
    ValueError
        If the batch cannot be divided equally.
    """
    replicas = validate.integer("replicas", replicas, low=1, advice="Pass the number of devices.")
    if len(x) % replicas:
        raise ValueError(
            f"`x` must divide equally. {validate.received(replicas=replicas, examples=len(x))} "
            "Pass a multiple of the number of replicas."
        )
    with _quiet():
        devices = [f"CPU:{i}" for i in range(replicas)]
        strategy = tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())
        with strategy.scope():
            layer = build()
            layer.build(x.shape)

        def share(a):
            parts = np.split(np.asarray(a, np.float32), replicas)
            return strategy.experimental_distribute_values_from_function(
                lambda context: tf.constant(parts[context.replica_id_in_sync_group])
            )

        def on_replica(x, dy):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x, training=True)
                loss = tf.reduce_sum(y * dy)
            return y, *tape.gradient(loss, [x, layer.gamma.value, layer.beta.value])

        results = tf.function(lambda *batch: strategy.run(on_replica, args=batch))(share(x), share(dy))
        y, dx, dgamma, dbeta = (strategy.experimental_local_results(result) for result in results)
        memory = np.array(layer.moving_mean), np.array(layer.moving_variance)
    return Step(np.concatenate(y), np.concatenate(dx), np.sum(dgamma, axis=0), np.sum(dbeta, axis=0), *memory)


@contextlib.contextmanager
def _quiet():
    """Inside, TensorFlow does not say on stderr that CPUs have no NCCL."""
    logger = tf.get_logger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
