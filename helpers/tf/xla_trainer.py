"""Plain gradient descent compiled by XLA, for small recurrent networks: `helpers.tf.trainer.Trainer`'s methods.

Weights and the learning rate are arguments of the compiled function, so all trainings of networks of one structure run
through the same machine code, and several can run side by side. An LSTM of 32 units on 8 steps trains ten times as fast
as by a traced step; convolutions do not, and their compilation takes longer.
"""

import ctypes
import json
import platform
import threading

import numpy as np

from helpers.tf.quiet import tf
from helpers.tf.trainer import count_accuracy, softmax_loss


class XlaTrainer:
    """Trains networks of one structure by plain gradient descent to a small softmax loss.

    Parameters
    ----------
    network : keras.Model
        Gives logits. It stays as it is: weights go in by `start`, and come out by `get_weights`.
    """

    STEPS_AT_ONCE = 21

    def __init__(self, network):
        self._program, self._state, self._rate = _program_for(network), None, None

    def start(self, weights, learning_rate):
        """Begin a training with these weights, in the order of `network.get_weights()`, and this rate."""
        self._state, self._rate = [tf.constant(value) for value in weights], tf.constant(learning_rate, tf.float32)

    def steps(self, x, y):
        """The losses (K,) of one step for each batch of x (K, batch, ...) and y (K, batch); compiled for each shape."""
        self._state, losses = self._program.run(self._state, tf.constant(x), tf.constant(y), self._rate)
        return losses.numpy()

    def accuracy(self, x, y):
        """The share of inputs that the network, in inference mode, classifies correctly."""
        return count_accuracy(lambda part: self._program.logits(self._state, part), x, y)

    def get_weights(self):
        return [value.numpy() for value in self._state]


def _program_for(network):
    """The compiled training of such a network, shared with all networks of the same structure."""
    structure = json.dumps(_without_starts(network.get_config()), sort_keys=True, default=str)
    if structure not in _PROGRAMS:
        _PROGRAMS[structure] = _Program(network)
    return _PROGRAMS[structure]


_PROGRAMS = {}
_COMPILING = threading.Lock()
"""A compilation takes up to 300 MB: one at a time costs a second, two at once would double the peak of a notebook."""


def _without_starts(config):
    """A configuration without names and without initial values: the compiled function depends on neither."""
    if isinstance(config, dict):
        return {k: _without_starts(v) for k, v in config.items() if k not in ("name", "initial_gamma")}
    return [_without_starts(item) for item in config] if isinstance(config, (list, tuple)) else config


def _give_memory_back():
    """Return what a compilation has freed to the system, about half of what it took; glibc would keep it."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


class _Program:
    """Pure functions of a network's weights, which stand in the order of `network.weights`."""

    def __init__(self, network):
        self.network, self._compiled, self._lock = network, {}, threading.Lock()
        place = {id(variable): i for i, variable in enumerate(network.weights)}
        self._trained = [place[id(variable)] for variable in network.trainable_variables]
        self._kept = [place[id(variable)] for variable in network.non_trainable_variables]
        state = [tf.TensorSpec(variable.shape, variable.dtype) for variable in network.weights]
        self.logits = tf.function(self._predict).get_concrete_function(state, tf.TensorSpec(network.input_shape))

    def run(self, state, x, y, rate):
        """The state after a step for each batch, and the losses (K,)."""
        with self._lock:
            if x.shape not in self._compiled:
                compiled = tf.function(self._steps, jit_compile=True)
                self._compiled[x.shape] = compiled.get_concrete_function(state, x, y, rate)
                with _COMPILING:
                    result = self._compiled[x.shape](state, x, y, rate)
                    _give_memory_back()
                return result
        return self._compiled[x.shape](state, x, y, rate)

    def _split(self, state):
        return [state[i] for i in self._trained], [state[i] for i in self._kept]

    def _steps(self, state, x, y, rate):
        steps = x.shape[0]

        def step(k, trained, kept, losses):
            with tf.GradientTape() as tape:
                tape.watch(trained)
                logits, kept = self.network.stateless_call(trained, kept, x[k], training=True)
                loss = softmax_loss(y[k], logits)
            gradients = tape.gradient(loss, trained)
            trained = [value - rate * gradient for value, gradient in zip(trained, gradients)]
            return k + 1, trained, kept, losses.write(k, loss)

        losses = tf.TensorArray(tf.float32, steps, element_shape=())
        _, trained, kept, losses = tf.while_loop(
            lambda k, *_: k < steps, step, (0, *self._split(state), losses), maximum_iterations=steps
        )
        places = np.argsort([*self._trained, *self._kept])
        return [[*trained, *kept][i] for i in places], losses.stack()

    def _predict(self, state, x):
        return self.network.stateless_call(*self._split(state), x, training=False)[0]
