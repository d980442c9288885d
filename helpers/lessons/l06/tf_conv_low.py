"""The convolutional network of `helpers.lessons.l06.tf_conv` in low-level TensorFlow operations, and Adam, written out.

No Keras layer, no Keras optimizer: every variable, every update of a moving statistic and both modes are visible. From
the same kernels and on the same batches it makes the same steps as the Keras network, as
tests/test_lessons_l06_tf_conv_low.py shows.
"""

from helpers.lessons.l06.tf_conv import strides
from helpers.tf.quiet import keras, tf

MOMENTUM, EPSILON = 0.99, 0.001
"""Keras's defaults. moving = moving * momentum + batch * (1 - momentum)."""


def normalize(z, layer, training):
    """z (..., C), normalized over all axes but the last with the batch's statistics (training) or the moving ones.

    Parameters
    ----------
    z : tensor (N, C) or (N, H, W, C)
    layer : dict
        "gamma", "beta", "moving_mean" and "moving_variance", all (C,) variables; the last two are updated in training.
    training : bool
    """
    mean, variance = layer["moving_mean"], layer["moving_variance"]
    if training:
        mean, variance = tf.nn.moments(z, axes=list(range(len(z.shape) - 1)))
        for name, batch in (("moving_mean", mean), ("moving_variance", variance)):
            layer[name].assign(layer[name] * MOMENTUM + batch * (1 - MOMENTUM))
    return tf.nn.batch_normalization(z, mean, variance, layer["beta"], layer["gamma"], EPSILON)


def conv_layer(x, layer, stride, training):
    """relu(batch normalization(convolution(x))); without a "gamma" in `layer`, relu(convolution(x) + bias)."""
    z = tf.nn.conv2d(x, layer["kernel"], stride, "SAME")
    return tf.nn.relu(normalize(z, layer, training) if "gamma" in layer else z + layer["bias"])


class LowLevelNetwork:
    """A network that takes images (N, height, width) and gives logits (N, classes), from the weights of a Keras one.

    Parameters
    ----------
    keras_network : keras.Model
        From `helpers.lessons.l06.tf_conv.conv_network`; its weights are copied, in its precision.
    stride_every : int
        The same as there.
    layer : function
        `layer(x, weights, stride, training)` -> the output of one convolutional layer; `conv_layer` or your own.

    Attributes
    ----------
    layers : list of dict of tf.Variable
        "kernel" and "bias" of each layer, or "kernel", "gamma", "beta", "moving_mean" and "moving_variance".
    trainable_variables : list of tf.Variable

    Examples
    --------
    >>> from helpers.lessons.l06.tf_conv import conv_network
    >>> low = LowLevelNetwork(conv_network(layers=2))
    >>> low(tf.zeros((5, 8, 8)), training=True).shape
    TensorShape([5, 10])
    """

    def __init__(self, keras_network, *, stride_every=3, layer=conv_layer):
        self.layers, self.layer = [], layer
        for part in keras_network.layers:
            if isinstance(part, (keras.layers.Conv2D, keras.layers.Dense)):
                self.layers.append({})
            for weight in part.weights:
                learned = not weight.name.startswith("moving")
                self.layers[-1][weight.name] = tf.Variable(weight.numpy(), trainable=learned, name=weight.name)
        self.strides = strides(len(self.layers) - 2, stride_every)

    def __call__(self, images, training=False):
        *convolutions, dense, output = self.layers
        x = images[..., tf.newaxis]
        for layer, stride in zip(convolutions, self.strides):
            x = self.layer(x, layer, stride, training)
        z = tf.reshape(x, (-1, dense["kernel"].shape[0])) @ dense["kernel"]
        x = tf.nn.relu(normalize(z, dense, training) if "gamma" in dense else z + dense["bias"])
        return x @ output["kernel"] + output["bias"]

    @property
    def weights(self):
        return [variable for layer in self.layers for variable in layer.values()]

    @property
    def trainable_variables(self):
        return [variable for variable in self.weights if variable.trainable]

    def get_weights(self):
        """All variables as arrays, in the order of the Keras network's."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, values):
        for variable, value in zip(self.weights, values, strict=True):
            variable.assign(value)


class Adam:
    """Adam (Kingma & Ba 2015, Algorithm 1, in the form of the end of its section 2), with Keras's defaults.

        m = 0.9 * m + 0.1 * gradient,   v = 0.999 * v + 0.001 * gradient²
        variable = variable - rate * sqrt(1 - 0.999^t) / (1 - 0.9^t) * m / (sqrt(v) + 1e-7)

    Parameters
    ----------
    learning_rate : float
    """

    def __init__(self, learning_rate):
        self.learning_rate = tf.Variable(learning_rate, trainable=False, dtype=tf.float64)
        self.variables = []

    def build(self, variables):
        """Make m and v for each variable, and the step counter t, all 0."""
        zeros = [
            tf.Variable(tf.zeros(variable.shape, variable.dtype), trainable=False)
            for variable in [*variables, *variables]
        ]
        self.variables = [tf.Variable(tf.zeros((), variables[0].dtype), trainable=False), *zeros]

    def apply(self, gradients, variables):
        """One step."""
        t, *moments = self.variables
        t.assign_add(1)
        rate = tf.cast(self.learning_rate, t.dtype) * tf.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        for variable, gradient, m, v in zip(variables, gradients, moments, moments[len(variables) :]):
            m.assign(0.9 * m + 0.1 * gradient)
            v.assign(0.999 * v + 0.001 * tf.square(gradient))
            variable.assign_sub(rate * m / (tf.sqrt(v) + 1e-7))
