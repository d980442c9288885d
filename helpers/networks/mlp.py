"""A fully connected network from scratch: forward and backward of each layer, to be read in one sitting.

x is (..., N, features): all axes before the last two are runs side by side, each with kernels of its own,
(..., n_in, n_out). Variance is biased (1/m), in two passes, over the examples N. `in_place` computes the
same in place, for speed.
"""

import numpy as np


def dense(x, kernel, bias):
    """x @ kernel + bias; bias None means none."""
    z = x @ kernel
    return z if bias is None else z + bias[..., None, :]


def dense_backward(dz, x, kernel):
    """Gradients dx, dkernel and dbias for dz, the gradient with respect to dense(x, kernel, bias)."""
    return dz @ kernel.swapaxes(-1, -2), x.swapaxes(-1, -2) @ dz, dz.sum(axis=-2)


def normalize(x, gamma, beta, epsilon):
    """Batch normalization of each feature over the examples, and what `normalize_backward` needs."""
    centred = x - x.mean(axis=-2, keepdims=True)
    inv_std = 1 / np.sqrt(np.square(centred).mean(axis=-2, keepdims=True) + np.asarray(epsilon, x.dtype))
    x_hat = centred * inv_std
    return x_hat * gamma[..., None, :] + beta[..., None, :], (x_hat, inv_std, gamma)


def normalize_backward(dy, cache):
    """Gradients dx, dgamma and dbeta (Ioffe & Szegedy 2015, section 3, in one line)."""
    x_hat, inv_std, gamma = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=-2), dy.sum(axis=-2)
    through = dy - dy.mean(axis=-2, keepdims=True) - x_hat * (dy * x_hat).mean(axis=-2, keepdims=True)
    return gamma[..., None, :] * inv_std * through, dgamma, dbeta


def normalize_inference(x, gamma, beta, moving_mean, moving_variance, epsilon):
    """Batch normalization with the moving statistics: each example alone."""
    scale = gamma / np.sqrt(moving_variance + np.asarray(epsilon, x.dtype))
    return (x - moving_mean[..., None, :]) * scale[..., None, :] + beta[..., None, :]


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
