"""Check of lesson 05: a whole batch normalization layer in TensorFlow."""

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.hints import say
from helpers.checks.l05 import layer_script
from helpers.tf.quiet import keras, tf

LEARNED, REMEMBERED = ("gamma", "beta"), ("moving_mean", "moving_variance")


@exercise("tf_layer", arguments=("momentum", "epsilon"))
def tf_layer(attempt):
    """Check `cls`, a Keras layer: `cls(momentum=0.99, epsilon=0.001)`, then `layer(x, training=…)`.

    Features are on the last axis of x, (N, C) or (N, H, W, C). Its weights are gamma, beta, moving_mean and
    moving_variance, attributes of these names.
    """
    tf_network.require_function(attempt)
    with tf_trace.seeded():
        script = layer_script.play(lambda *settings: Adapter(attempt, *settings))
        yours = {name: np.asarray(value, np.float64) for name, value in script}
        attempt.no_side_effects()
        due = dict(layer_script.play(layer_script.ScriptedLayer))
        differences = {name: np.abs(yours[name] - due[name]).max() for name in due}
        for name, difference in differences.items():
            attempt.row(name, bool(layer_script.alike(yours[name], due[name])), difference, 1e-2)
        wrong = [name for name in due if not layer_script.alike(yours[name], due[name])]
        if wrong:
            facts = {"name": wrong[0], "difference": f"{differences[wrong[0]]:.2g}", "on": "", "place": ""}
            slug = layer_script.diagnose(yours, due)
            broken = next((name for name in due if not np.isfinite(yours[name]).all()), None)
            if slug is None and broken is not None:
                attempt.fail("not-finite", name=broken, on="")
            attempt.fail(slug or "wrong-values", **facts)
        _stable(attempt)


class Adapter:
    """The learner's layer with the interface of the script."""

    def __init__(self, attempt, momentum, epsilon):
        self.attempt = attempt
        make = attempt.submission
        self.layer = self._run(lambda: make(momentum=momentum, epsilon=epsilon))
        if not isinstance(self.layer, keras.layers.Layer):
            tf_network.wrong_form(attempt, self.layer, say("tf_layer.makes"), say("tf_layer.a_layer"))

    def __call__(self, x, training):
        x = tf.constant(x, tf.float32)
        y = self._run(lambda: self.layer(x, training=training), x.shape)
        return self._array(say("tf_layer.output"), y, tuple(x.shape))

    def gradients(self, x, dy):
        variables = [self._variable(name) for name in LEARNED]

        def compute():
            inputs = tf.constant(x, tf.float32)
            with tf.GradientTape() as tape:
                tape.watch([inputs, *(v.value for v in variables)])
                loss = tf.reduce_sum(self.layer(inputs, training=True) * tf.constant(dy, tf.float32))
            zero = tf.UnconnectedGradients.ZERO
            return tape.gradient(loss, [inputs, *(v.value for v in variables)], unconnected_gradients=zero)

        dx, dgamma, dbeta = self._run(compute, x.shape)
        return np.asarray(dx, np.float64), np.ravel(dgamma).astype(np.float64), np.ravel(dbeta).astype(np.float64)

    def set_learned(self, gamma, beta):
        for name, value in zip(LEARNED, (gamma, beta)):
            variable = self._variable(name)
            variable.assign(tf.reshape(tf.cast(value, variable.dtype), variable.shape))

    def memory(self):
        return [np.ravel(self._variable(name).numpy()).astype(np.float64) for name in REMEMBERED]

    def _variable(self, name):
        variable = getattr(self.layer, name, None)
        if variable is None:
            self.attempt.fail("weights-missing", name=name)
        if not hasattr(variable, "assign"):
            self.attempt.fail("weights-missing", hint="not-assigned", name=name)
        size = int(tf.size(variable))
        if size != 5:
            self.attempt.fail("per-position-statistics" if size == 40 else "wrong-axis")
        return variable

    def _run(self, function, shape=None):
        on = "" if shape is None else say("tf_layer.x", shape=tuple(shape))
        return self.attempt.call(function=function, on=on, copies=False, random="free")

    def _array(self, name, value, shape):
        if tf_network.shape_of(value) != shape:
            tf_network.wrong_form(self.attempt, value, name, say("reading.of_shape", shape=shape))
        return np.asarray(value, np.float64)


def _stable(attempt):
    """Few rows, a mean of 1e4, a spread of 1, float32: two passes keep three digits, one pass none."""
    layer = Adapter(attempt, 0.0, 1e-3)
    x = 1e4 + np.array([[-1.0], [1.0], [0.5], [-0.5]]) * np.ones(5)
    layer(x, training=False)
    y = layer(x, training=True)
    ok = bool(np.abs(y.std(axis=0) - 1).max() < 0.02)
    attempt.row(say("tf_layer.large_mean"), ok, np.abs(y.std(axis=0) - 1).max(), 0.02)
    attempt.require(ok, "unstable-variance")
