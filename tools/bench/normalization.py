"""helpers.batchnorm, forward and backward, against one copy of its input and against Keras's layer under XLA."""

import numpy as np

from bench.measure import copies, ratio
from helpers import batchnorm

SHAPE = (4096, 1024)
TIMES = 5


def rows(settings):
    """Times of forward and backward together, in copies of the input and against Keras's layer."""
    x, gamma, beta, dy = _inputs(settings.shape or SHAPE)
    contest = {
        "both": _times(lambda: batchnorm.backward(dy, batchnorm.forward(x, gamma, beta)[1])),
        "Keras under XLA": _times(keras(x, gamma, beta, dy)),
        "copy": copies(x),
    }
    rates = settings.contest("normalization", contest)
    group = f"helpers.batchnorm, {x.shape[0]} x {x.shape[1]} float32"
    copy, compiled, both = rates["copy"], rates["Keras under XLA"], rates["both"]
    bandwidth = 2 * x.nbytes * np.median(copy) / 1e9  # a copy reads and writes
    one = f"a copy takes {_ms(copy)} ms: {bandwidth:.1f} GB/s read and written"
    return [
        ratio(group, "both / Keras under XLA", compiled, both, aim=("at most", 3), note=_ms(both, compiled)),
        ratio(group, "both / one copy", copy, both, note=f"{_ms(both)} ms; {one}"),
        ratio(group, "Keras under XLA / one copy", copy, compiled, note=f"{_ms(compiled)} ms; {one}"),
    ]


def keras(x, gamma, beta, dy):
    """keras.layers.BatchNormalization, forward and backward compiled together, as a function without arguments."""
    from helpers.tf.quiet import keras, tf

    layer = keras.layers.BatchNormalization()
    layer.build(x.shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    x, dy = tf.constant(x), tf.constant(dy)

    @tf.function(jit_compile=True)
    def both(x, dy):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return y, tape.gradient(y, [x, layer.gamma, layer.beta], output_gradients=dy)

    def call():
        y, gradients = both(x, dy)
        return y, gradients, gradients[2].numpy()  # waits for the end; asking for all of it would copy it

    return call


def _inputs(shape):
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, *shape), dtype=np.float32)
    return x, np.ones(shape[1], np.float32), np.zeros(shape[1], np.float32), dy


def _times(call):
    def way():
        for _ in range(TIMES):
            call()
        return TIMES

    return way


def _ms(*rates):
    return " against ".join(f"{1e3 / np.median(rate):.3g}" for rate in rates) + (" ms" if len(rates) > 1 else "")
