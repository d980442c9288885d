"""A network and its optimizer, traced once and trained from several starts: K steps in one call.

Tracing a network of 19 convolutions takes as long as several hundred of its steps, so trainings that differ in seed or
rate share a trainer: weights and the optimizer's state are set from outside. `helpers.tf.xla_trainer` has the same
methods for small recurrent networks.
"""

import math

import numpy as np

from helpers.tf.quiet import keras, tf

EVALUATED_AT_ONCE = 512


def softmax_loss(labels, logits):
    """The mean cross-entropy, in nats, of the softmax of the logits."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


def sigmoid_loss(labels, logits):
    """The mean cross-entropy, in nats, of one yes-or-no answer for each class, by a sigmoid of its logit.

    The loss of the original lesson with 19 convolutions (Udacity 2017). Guessing ten classes by their frequency costs
    -(0.1 * ln 0.1 + 0.9 * ln 0.9) = 0.325.
    """
    each = tf.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(each, logits))


def apply(optimizer, gradients, variables):
    """One step of an optimizer, without a sum over replicas, as there is only one.

    In any replica context Keras sums by an operation with a custom gradient, which TensorFlow keeps in a list that is
    never emptied, and with it the whole graph. In a cross-replica context it does not.
    """
    tf.distribute.get_replica_context().merge_call(lambda _: optimizer.apply(gradients, variables))


def set_variables(variables, values):
    """Assign each value to its variable."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _in_a_row(arrays):
    """All numbers of the arrays, one after the other (M,)."""
    return tf.concat([tf.reshape(array, [-1]) for array in arrays], axis=0)


def scan_steps(step, *batches):
    """In a graph, what `step(*batch)` returns for each of K batches: one tensor (K, ...), of float32 or the like."""
    results = tf.TensorArray(batches[0].dtype, size=tf.shape(batches[0])[0])
    for i in tf.range(tf.shape(batches[0])[0]):
        results = results.write(i, step(*(batch[i] for batch in batches)))
    return results.stack()


def count_accuracy(predict, x, y):
    """The share of images whose label `predict` (images -> logits) gives, a few hundred images at a time."""
    parts = [slice(begin, begin + EVALUATED_AT_ONCE) for begin in range(0, len(x), EVALUATED_AT_ONCE)]
    return sum(np.sum(np.argmax(predict(tf.constant(x[part])), axis=1) == y[part]) for part in parts) / len(x)


class Trainer:
    """Trains `network` with `optimizer(learning_rate=...)` to minimize `loss`; traced at the first step.

    Parameters
    ----------
    network : callable
        `network(images (N, height, width), training=...)` gives logits; it has `trainable_variables`, `get_weights` and
        `set_weights`.
    optimizer : class
        Has `build(variables)`, `apply(gradients, variables)`, `variables` and a variable `learning_rate`. It treats
        each number by itself, as gradient descent and Adam do: it is given all variables as one, which is traced in
        half the time.
    loss : function
        `loss(labels, logits)`, such as `softmax_loss` or `sigmoid_loss`.
    training : bool
        The mode of the forward pass in a training step: True, unless its being forgotten is what is studied.

    Examples
    --------
    >>> from helpers.lessons.l06.tf_conv import conv_network
    >>> from helpers.lessons.l06.tf_conv_low import Adam
    >>> trainer = Trainer(conv_network(layers=1, dense=2), Adam)
    >>> trainer.start(trainer.network.get_weights(), learning_rate=0.01)
    >>> trainer.steps(np.ones((3, 5, 8, 8), "float32"), np.ones((3, 5), int)).shape
    (3,)
    """

    STEPS_AT_ONCE = 5

    def __init__(self, network, optimizer, loss=softmax_loss, *, training=True):
        self.network, self.optimizer, self.loss, self.training = network, optimizer(learning_rate=0.0), loss, training
        variables = network.trainable_variables
        self._all = keras.Variable(_in_a_row(variables), dtype=variables[0].dtype)
        self.optimizer.build([self._all])
        self._fresh = [variable.numpy() for variable in self.optimizer.variables]
        self._steps = tf.function(lambda x, y: scan_steps(self._one_step, x, y), reduce_retracing=True)
        self._logits = None

    def start(self, weights, learning_rate):
        """Begin a training with these weights, this rate, and an optimizer that remembers nothing."""
        self.network.set_weights(weights)
        self._all.assign(_in_a_row(self.network.trainable_variables))
        set_variables(self.optimizer.variables, self._fresh)
        self.optimizer.learning_rate.assign(learning_rate)

    def steps(self, x, y):
        """The losses (K,) of one step for each batch of x (K, batch, height, width) and y (K, batch)."""
        return self._steps(tf.constant(x), tf.constant(y)).numpy()

    def accuracy(self, x, y):
        """The share of images that the network, in inference mode, classifies correctly."""
        if self._logits is None:
            in_inference = tf.function(lambda x: self.network(x, training=False))
            self._logits = in_inference.get_concrete_function(tf.TensorSpec((None, *x.shape[1:]), x.dtype))
        return count_accuracy(self._logits, x, y)

    def get_weights(self):
        return self.network.get_weights()

    def _one_step(self, x, y):
        with tf.GradientTape() as tape:
            loss = self.loss(y, self.network(x, training=self.training))
        variables = self.network.trainable_variables
        apply(self.optimizer, [_in_a_row(tape.gradient(loss, variables))], [self._all])
        parts = tf.split(self._all.value, [math.prod(variable.shape) for variable in variables])
        set_variables(variables, [tf.reshape(part, variable.shape) for part, variable in zip(parts, variables)])
        return loss
