"""Gradients through time, exact statistics for each time step, and statistics shared by all of them.

All of this is done to networks whose second-last layer is a `helpers.tf.recurrent.BatchNormLSTM`, as
`helpers.lessons.l07.tf_sequences.row_reader` builds it.
"""

import numpy as np

from helpers.tf.quiet import keras, tf
from helpers.tf.recurrent_cell import PLACES

__all__ = ["calibrate", "gradient_norms", "share_in_time"]


def gradient_norms(networks, batches):
    """|dLoss/dh_t| for each of the T time steps, h_t being the hidden states (N, units) after step t: (S, T) float64.

    The loss is the mean cross-entropy of the logits; normalization is in training mode. One network, one row.

    Parameters
    ----------
    networks : sequence of S keras.Sequential
        BatchNormLSTM (normalized or not), then a layer that gives logits; equal but for their weights.
    batches : sequence of S pairs
        x (N, T, D) and labels (N,), all of one shape.

    Notes
    -----
    A number `nudge`, 0, is added to each hidden state. The gradient for the nudge of step t is that for h_t itself.
    """
    network = _copy(networks[0])
    cell, logits = network.layers[-2].cell, network.layers[-1]
    rows, steps, _ = batches[0][0].shape
    nudges = tf.zeros((steps, rows, cell.units))

    def gradient(x, y):
        sequence, zeros = tf.transpose(x, [1, 0, 2]), tf.zeros((rows, cell.units))

        def step(t, h, c):
            h, c, _ = cell.step(sequence[t], h, c, t, training=True)
            return t + 1, h + nudges[t], c

        with tf.GradientTape() as tape:
            tape.watch(nudges)
            _, h, _ = tf.while_loop(lambda t, *_: t < steps, step, (0, zeros, zeros), maximum_iterations=steps)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits(h)))
        return tf.norm(tf.reshape(tape.gradient(loss, nudges), (steps, -1)), axis=1)

    batches = [(tf.constant(x), tf.constant(y)) for x, y in batches]
    traced, norms = tf.function(gradient).get_concrete_function(*batches[0]), []
    for other, (x, y) in zip(networks, batches):
        network.set_weights(other.get_weights())
        norms.append(traced(x, y).numpy())
    return np.array(norms, dtype=np.float64)


def calibrate(network, x):
    """The network with the exact statistics of x (N, T, D) in its memory, all N sequences as one batch; a copy.

    Statistics of a time step come from states that were themselves normalized with those of x.
    """
    copy = _copy(network)
    cell = copy.layers[-2].cell
    momentum, cell.momentum = cell.momentum, 0.0  # the memory is the last batch alone
    copy(tf.constant(x), training=True)
    cell.momentum = momentum
    return copy


def share_in_time(network):
    """The network with one set of moving statistics for all time steps: the mean of theirs; a copy.

    It is what `BatchNormLSTM(shared_statistics=True)` remembers after the same training, since training normalizes with
    the batch's own statistics in both, and a moving average of means is the mean of moving averages.
    """
    copy = _copy(network)
    for place in PLACES:
        for statistic in ("mean", "variance"):
            moving = copy.layers[-2].cell.moving(statistic, place)
            values = moving.numpy()
            moving.assign(np.broadcast_to(values.mean(axis=0), values.shape))
    return copy


def _copy(network):
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy
