"""The layers of a fully connected network but batch normalization (`helpers.batchnorm`): forward and backward.

x is (..., N, features): all axes before the last two are runs side by side, each with its own kernels
(..., n_in, n_out).
"""

import numpy as np


def dense(x, kernel, bias):
    """x @ kernel + bias; bias None means none."""
    z = x @ kernel
    return z if bias is None else z + bias[..., None, :]


def dense_backward(dz, x, kernel):
    """Gradients dx, dkernel and dbias for dz, the gradient with respect to dense(x, kernel, bias)."""
    return dz @ kernel.swapaxes(-1, -2), x.swapaxes(-1, -2) @ dz, dz.sum(axis=-2)


def relu(z):
    return np.maximum(z, 0)


def sigmoid(z):
    return 0.5 + 0.5 * np.tanh(0.5 * z)  # 1 / (1 + exp(-z)), which cannot overflow


ACTIVATION = {"relu": relu, "sigmoid": sigmoid, "tanh": np.tanh}

# Each derivative from the activation's output y, which is all that needs to be kept.
DERIVATIVE = {
    "relu": lambda y: (y > 0).astype(y.dtype),
    "sigmoid": lambda y: y * (1 - y),
    "tanh": lambda y: 1 - y * y,
}


def softmax(logits):
    """Probabilities, each row's sum 1."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def cross_entropy(logits, labels):
    """Mean loss over the examples (...,) and its gradient with respect to the logits (..., N, classes)."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    true = labels[..., None]
    loss = (log_sum - np.take_along_axis(shifted, true, axis=-1)).mean(axis=(-2, -1))
    gradient = np.exp(shifted - log_sum)
    np.put_along_axis(gradient, true, np.take_along_axis(gradient, true, axis=-1) - 1, axis=-1)
    return loss, gradient / labels.shape[-1]


def draw_dropout(rng, shape, rate, dtype):
    """Factor, 0 with probability `rate` and else 1 / (1 - rate), and shift 0."""
    return (rng.random(shape, dtype=np.float32) >= rate) / dtype.type(1 - rate), dtype.type(0)


def draw_noise(rng, shape, strength, dtype):
    """Factor and shift (N, units), each unit's centres drawn once for the whole batch (see Experiment.noise)."""
    units = shape[-1]
    shift, factor = rng.uniform(-strength, strength, units), rng.uniform(1, 1 + strength / 2, units)
    shift = shift + rng.uniform(-strength / 5, strength / 5, shape)
    factor = factor + strength / 5 * rng.standard_normal(shape)
    return factor.astype(dtype), shift.astype(dtype)
