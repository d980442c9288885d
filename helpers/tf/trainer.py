"""A network and its optimizer, traced once and trained from several starts: K steps in one call.

Tracing a network of 19 convolutions takes as long as some hundred of its steps, so trainings that differ in seed or
rate share a trainer: weights and the optimizer's memory are put in from outside.
"""

import numpy as np

from helpers.tf.quiet import tf

EVALUATED_AT_ONCE = 512


def softmax_loss(labels, logits):
    """The mean cross-entropy, in nats, of the softmax of the logits."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


def sigmoid_loss(labels, logits):
    """The mean cross-entropy, in nats, of one yes-or-no answer for each class, by a sigmoid of its logit.

    The loss of the lesson with 19 convolutions which this course descends from (Udacity 2017). Guessing ten classes by
    their frequency costs -(0.1 * ln 0.1 + 0.9 * ln 0.9) = 0.325.
    """
    each = tf.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(each, logits))


def apply(optimizer, gradients, variables):
    """One step of an optimizer, without a sum over replicas: there is one.

    Keras sums in any replica context, by an operation with a gradient of its own, which TensorFlow keeps in a list that
    is never emptied, and with it the whole graph; in a cross-replica context it does not.
    """
    tf.distribute.get_replica_context().merge_call(lambda _: optimizer.apply(gradients, variables))


class Trainer:
    """Trains `network` by `optimizer(learning_rate=...)` to a small `loss`; traced at the first step.

    Parameters
    ----------
    network : callable
        `network(images (N, height, width), training=...)` gives logits; it has `trainable_variables`, `get_weights` and
        `set_weights`.
    optimizer : class
        Has `build(variables)`, `apply(gradients, variables)`, `variables` and a variable `learning_rate`.
    loss : function
        `loss(labels, logits)`, such as `softmax_loss` or `sigmoid_loss`.

    Examples
    --------
    >>> from helpers.lessons.l06.tf_conv import conv_network
    >>> from helpers.lessons.l06.tf_conv_low import Adam
    >>> trainer = Trainer(conv_network(layers=1, dense=2), Adam)
    >>> trainer.start(trainer.network.get_weights(), learning_rate=0.01)
    >>> trainer.steps(np.ones((3, 5, 8, 8), "float32"), np.ones((3, 5), int)).shape
    (3,)
    """

    def __init__(self, network, optimizer, loss=softmax_loss):
        self.network, self.optimizer, self.loss = network, optimizer(learning_rate=0.0), loss
        self.optimizer.build(network.trainable_variables)
        self._fresh = [variable.numpy() for variable in self.optimizer.variables]
        self._steps = tf.function(self._each_step, reduce_retracing=True)
        self._logits = None

    def start(self, weights, learning_rate):
        """Begin a training: these weights, this rate, and an optimizer that remembers nothing."""
        self.network.set_weights(weights)
        for variable, value in zip(self.optimizer.variables, self._fresh):
            variable.assign(value)
        self.optimizer.learning_rate.assign(learning_rate)

    def steps(self, x, y):
        """The losses (K,) of one step for each batch of x (K, batch, height, width) and y (K, batch)."""
        return self._steps(tf.constant(x), tf.constant(y)).numpy()

    def accuracy(self, x, y):
        """The share of images that the network, in inference mode, gives their label."""
        right = 0
        if self._logits is None:
            in_inference = tf.function(lambda x: self.network(x, training=False))
            self._logits = in_inference.get_concrete_function(tf.TensorSpec((None, *x.shape[1:]), x.dtype))
        for begin in range(0, len(x), EVALUATED_AT_ONCE):
            part = slice(begin, begin + EVALUATED_AT_ONCE)
            right += np.sum(np.argmax(self._logits(tf.constant(x[part])), axis=1) == y[part])
        return right / len(x)

    def _each_step(self, x, y):
        losses = tf.TensorArray(x.dtype, size=tf.shape(x)[0])
        for i in tf.range(tf.shape(x)[0]):
            losses = losses.write(i, self._one_step(x[i], y[i]))
        return losses.stack()

    def _one_step(self, x, y):
        with tf.GradientTape() as tape:
            loss = self.loss(y, self.network(x, training=True))
        variables = self.network.trainable_variables
        apply(self.optimizer, tape.gradient(loss, variables), variables)
        return loss
