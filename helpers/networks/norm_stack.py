"""Networks side by side whose normalization can be chosen, and frozen: what lesson 09 trains.

A hidden layer is Dense without bias, normalization, gamma and beta, ReLU; the output layer is Dense with bias. All
arrays have two leading axes, S seeds and Q learning rates, so that one call trains S * Q networks.
"""

import copy
from functools import partial

import numpy as np

from helpers import batchnorm
from helpers.networks import layers
from helpers.networks.normalizations import OF_THE_BATCH, batch_statistics, normalize, normalize_backward


def hidden_layer(kernel, gamma=1.0):
    """The parameters of a hidden layer, gamma and beta (S, Q, 1, units)."""
    ones = np.ones((*kernel.shape[:-2], 1, kernel.shape[-1]), kernel.dtype)
    return {"kernel": kernel, "gamma": ones * kernel.dtype.type(gamma), "beta": 0 * ones}


def output_layer(kernel):
    """The parameters of the output layer, bias (S, Q, 1, classes)."""
    return {"kernel": kernel, "bias": np.zeros((*kernel.shape[:-2], 1, kernel.shape[-1]), kernel.dtype)}


def forward(layer, x, normalize):
    """y before the activation, and what `backward` needs; `normalize` is called with x @ kernel."""
    x_hat, cache = normalize(x @ layer["kernel"])
    return layer["gamma"] * x_hat + layer["beta"], (x, x_hat, cache)


def backward(layer, entry, dy, *, out=None, first=False):
    """dx (None for the first layer, which needs none), and the layer's gradients."""
    x, x_hat, cache = entry
    found = {"gamma": (dy * x_hat).sum(axis=-2, keepdims=True), "beta": dy.sum(axis=-2, keepdims=True)}
    dx_hat = dy * layer["gamma"]
    # Frozen statistics are constants: only their scale is left of the way back.
    dz = dx_hat * cache if isinstance(cache, np.ndarray) else normalize_backward(dx_hat, cache)
    found["kernel"] = np.matmul(x.swapaxes(-1, -2), dz, out=out)
    return None if first else dz @ layer["kernel"].swapaxes(-1, -2), found


def output_backward(layer, x, dz, *, out=None):
    """dx, and the gradients of the output layer."""
    dkernel = np.matmul(x.swapaxes(-1, -2), dz, out=out)
    return dz @ layer["kernel"].swapaxes(-1, -2), {"kernel": dkernel, "bias": dz.sum(axis=-2, keepdims=True)}


def share_right(logits, labels):
    """Share of the examples whose highest logit is their label's, (S, Q); what is not finite is wrong."""
    return ((logits.argmax(axis=-1) == labels) & np.isfinite(logits).all(axis=-1)).mean(axis=-1)


class NormStack:
    """Networks side by side, with one kind of normalization.

    Parameters
    ----------
    kernels : list of (S, Q, n_in, n_out) arrays
        The initial kernels of all layers, the output layer's last; they are trained in place.
    kind, size
        As for `helpers.networks.normalizations.normalize`.
    momentum : float in [0, 1]
        moving = moving * momentum + batch * (1 - momentum): the weight of the OLD value.
    epsilon : float
        Added to the variance, under the root.

    Attributes
    ----------
    layers : list of dict
        For each layer "kernel", and "gamma", "beta" (S, Q, 1, units) or, in the last, "bias".
    memory : list of dict
        For each hidden layer "mean" and "variance" (S, Q, 1, units); unused by "group" and "layer".
    """

    def __init__(self, kernels, kind="batch", size=None, *, momentum=0.99, epsilon=1e-3):
        self.kind, self.size, self.momentum, self.epsilon = kind, size, momentum, epsilon
        self.layers = [*map(hidden_layer, kernels[:-1]), output_layer(kernels[-1])]
        self.memory = [{"mean": layer["beta"].copy(), "variance": layer["gamma"].copy()} for layer in self.layers[:-1]]
        self._kernels = None

    def forward(self, x, *, frozen=False, remember=False):
        """Logits (S, Q, N, classes) of x (S, 1 or Q, N, inputs), and what `gradients` needs.

        `frozen` normalizes with the memory, as in inference mode; `remember` moves the memory along.
        """
        trace = []
        for layer, memory in zip(self.layers, self.memory):
            y, entry = forward(layer, x, partial(self._normalize, memory, frozen, remember))
            trace.append((*entry, y))
            x = np.maximum(y, 0)
        last = self.layers[-1]
        return x @ last["kernel"] + last["bias"], [*trace, x]

    def gradients(self, x, labels, *, frozen=False, remember=True, times=1.0):
        """Mean losses (S, Q) of the labels (S, 1 or Q, N), and the gradients, a list of dicts like `layers`.

        The gradients are multiplied by `times`, such as the learning rates (S, Q). Those of kernels stay in arrays that
        the next call writes to, because making such arrays costs as much as filling them: copy what you keep.
        """
        logits, trace = self.forward(x, frozen=frozen, remember=remember)
        loss, dz = layers.cross_entropy(logits, np.broadcast_to(labels, logits.shape[:-1]))
        dz *= np.asarray(times, dz.dtype)[..., None, None]
        if self._kernels is None:
            self._kernels = [np.empty_like(layer["kernel"]) for layer in self.layers]
        dx, found = output_backward(self.layers[-1], trace[-1], dz, out=self._kernels[-1])
        gradients = [found]
        for layer, (*entry, y), out in zip(self.layers[-2::-1], trace[-2::-1], self._kernels[-2::-1]):
            dx, found = backward(layer, entry, dx * (y > 0), out=out, first=layer is self.layers[0])
            gradients.append(found)
        return loss, gradients[::-1]

    def step(self, x, labels, rates, *, frozen=False):
        """One step of gradient descent on every weight; rates broadcast to (S, Q). The losses (S, Q) before it."""
        loss, gradients = self.gradients(x, labels, frozen=frozen, remember=not frozen, times=rates)
        for layer, gradient in zip(self.layers, gradients):
            for name in gradient:
                np.subtract(layer[name], gradient[name], out=layer[name])
        return loss

    def calibrate(self, x):
        """Replace the memory by the exact statistics of x (S, 1, N, inputs), layer by layer in inference mode."""
        for layer, memory in zip(self.layers, self.memory):
            z = x @ layer["kernel"]
            memory["mean"], memory["variance"], _ = batchnorm.moments(z, -2)
            x_hat, _ = self._normalize(memory, True, False, z)
            x = np.maximum(layer["gamma"] * x_hat + layer["beta"], 0)

    def accuracy(self, x, labels):
        """Share of x (S, 1, N, inputs) that is recognized in inference mode, (S, Q); what is not finite is wrong."""
        return share_right(self.forward(x, frozen=True)[0], labels)

    def repeat(self, rates):
        """A new stack with each network of this one, which has one rate, copied `rates` times."""
        other = self.copy()
        other._kernels = None
        for arrays in (*other.layers, *other.memory):
            for name in arrays:
                arrays[name] = np.repeat(arrays[name], rates, axis=1)
        return other

    def copy(self):
        """A copy that shares no array with this stack."""
        return copy.deepcopy(self)

    def _normalize(self, memory, frozen, remember, z):
        if frozen and self.kind in OF_THE_BATCH:
            scale = batchnorm.inverse_std(memory["variance"], self.epsilon)
            return (z - memory["mean"]) * scale, scale
        x_hat, cache = normalize(z, self.kind, self.size, epsilon=self.epsilon)
        if remember and self.kind in OF_THE_BATCH:
            for name, batch in zip(("mean", "variance"), batch_statistics(cache)):
                memory[name] = batchnorm.move(memory[name], batch, self.momentum)
        return x_hat, cache
