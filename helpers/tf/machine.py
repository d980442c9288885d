"""A network's training, compiled by XLA once for all seeds and rates: weights go in, weights come out, nothing is kept.

Its weights, its images and the learning rate are arguments of the compiled function, so every training of such a
network runs through the same machine code, and several can run side by side.
"""

import ctypes
import json
import platform
import threading

import numpy as np

from helpers.tf.quiet import tf


def machine(network):
    """The compiled training of such a network, compiled by an earlier call if there was one."""
    structure = json.dumps(_without_starts(network.get_config()), sort_keys=True, default=str)
    if structure not in _MACHINES:
        _MACHINES[structure] = Machine(network)
    return _MACHINES[structure]


_MACHINES = {}
_COMPILING = threading.Lock()
"""A compilation takes up to 300 MB: one at a time costs a second, two at once would double the peak of a notebook."""


def _without_starts(config):
    """A configuration without names and without where weights start: the compiled function depends on neither."""
    if isinstance(config, dict):
        return {k: _without_starts(v) for k, v in config.items() if k not in ("name", "initial_gamma")}
    return [_without_starts(item) for item in config] if isinstance(config, (list, tuple)) else config


def taken(network):
    """The network's weights as tensors: those that are trained, and those that are kept."""
    parts = network.trainable_variables, network.non_trainable_variables
    return tuple([tf.convert_to_tensor(variable) for variable in part] for part in parts)


def give(network, state):
    for part, values in zip((network.trainable_variables, network.non_trainable_variables), state):
        for variable, value in zip(part, values):
            variable.assign(value)


def give_memory_back():
    """What a compilation has freed goes back to the system, about half of what it took; glibc would keep it."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


class Machine:
    """A network compiled for training: weights go in and come out, nothing is kept."""

    def __init__(self, network):
        self.network = network
        self._epochs, self._lock = {}, threading.Lock()
        state = tuple([tf.TensorSpec(v.shape, v.dtype) for v in part] for part in taken(network))
        self._logits = tf.function(self._predict).get_concrete_function(state, tf.TensorSpec(network.input_shape))

    def epoch(self, state, x, y, order, rate):
        """The state after an epoch; compiled when first called, and again where a shape is new."""
        arguments = state, tf.constant(x), tf.constant(y), tf.constant(order), tf.constant(rate, tf.float32)
        shapes = x.shape, order.shape
        with self._lock:
            if shapes not in self._epochs:
                compiled = tf.function(self._epoch, jit_compile=True)
                self._epochs[shapes] = compiled.get_concrete_function(*arguments)
                with _COMPILING:
                    state = self._epochs[shapes](*arguments)
                    give_memory_back()
                return state
        return self._epochs[shapes](*arguments)

    def accuracy(self, state, x, y):
        return float(np.mean(np.argmax(self._logits(state, tf.constant(x)), axis=1) == y))

    def _epoch(self, state, x, y, order, rate):
        """The state after one step for each row of order (K, batch size)."""
        steps = order.shape[0]

        def step(k, trained, kept):
            with tf.GradientTape() as tape:
                tape.watch(trained)
                logits, kept = self.network.stateless_call(trained, kept, tf.gather(x, order[k]), training=True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.gather(y, order[k]), logits)
                loss = tf.reduce_mean(losses)
            gradients = tape.gradient(loss, trained)
            return k + 1, [value - rate * gradient for value, gradient in zip(trained, gradients)], kept

        _, trained, kept = tf.while_loop(lambda k, *_: k < steps, step, (0, *state), maximum_iterations=steps)
        return trained, kept

    def _predict(self, state, x):
        return self.network.stateless_call(*state, x, training=False)[0]
