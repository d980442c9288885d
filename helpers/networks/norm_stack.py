"""Networks side by side whose normalization can be chosen, and frozen: what lesson 09 trains.

A hidden layer is Dense without bias, normalization, gamma and beta, ReLU; the output layer is Dense with bias. All
arrays have two leading axes, S seeds and Q learning rates, so that one call trains S * Q networks. The formulas of the
normalizations are in `helpers.networks.normalizations`.
"""

import copy

import numpy as np

from helpers.networks import mlp
from helpers.networks.normalizations import OF_THE_BATCH, batch_statistics, normalize, normalize_backward


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
        self.layers, self.memory = [], []
        for kernel in kernels[:-1]:
            per_unit = (*kernel.shape[:-2], 1, kernel.shape[-1])
            ones, zeros = (np.full(per_unit, value, kernel.dtype) for value in (1, 0))
            self.layers.append({"kernel": kernel, "gamma": ones, "beta": zeros})
            self.memory.append({"mean": zeros.copy(), "variance": ones.copy()})
        last = kernels[-1]
        self.layers.append({"kernel": last, "bias": np.zeros((*last.shape[:-2], 1, last.shape[-1]), last.dtype)})
        self._kernels = None

    def forward(self, x, *, frozen=False, remember=False):
        """Logits (S, Q, N, classes) of x (S, 1 or Q, N, inputs), and what `backward` needs.

        `frozen` normalizes with the memory, as in inference mode; `remember` moves the memory along.
        """
        trace = []
        for layer, memory in zip(self.layers, self.memory):
            z = x @ layer["kernel"]
            if frozen and self.kind in OF_THE_BATCH:
                inv_std = 1 / np.sqrt(memory["variance"] + np.asarray(self.epsilon, z.dtype))
                x_hat, cache = (z - memory["mean"]) * inv_std, inv_std
            else:
                x_hat, cache = normalize(z, self.kind, self.size, epsilon=self.epsilon)
                if remember and self.kind in OF_THE_BATCH:
                    self._remember(memory, cache)
            y = layer["gamma"] * x_hat + layer["beta"]
            trace.append((x, x_hat, cache, y))
            x = np.maximum(y, 0)
        last = self.layers[-1]
        return x @ last["kernel"] + last["bias"], [*trace, (x,)]

    def gradients(self, x, labels, *, frozen=False, remember=True, times=1.0):
        """Mean losses (S, Q) of the labels (S, 1 or Q, N), and the gradients, a list of dicts like `layers`.

        The gradients are multiplied by `times`, such as the learning rates (S, Q). Those of kernels stay in arrays that
        the next call writes to, because making such arrays costs as much as filling them: copy what you keep.
        """
        logits, trace = self.forward(x, frozen=frozen, remember=remember)
        loss, dz = mlp.cross_entropy(logits, np.broadcast_to(labels, logits.shape[:-1]))
        dz *= np.asarray(times, dz.dtype)[..., None, None]
        if self._kernels is None:
            self._kernels = [np.empty_like(layer["kernel"]) for layer in self.layers]
        gradients, (x,) = [], trace[-1]
        dkernel = np.matmul(x.swapaxes(-1, -2), dz, out=self._kernels[-1])
        gradients.append({"kernel": dkernel, "bias": dz.sum(axis=-2, keepdims=True)})
        dx = dz @ self.layers[-1]["kernel"].swapaxes(-1, -2)
        hidden = zip(self.layers[-2::-1], trace[-2::-1], self._kernels[-2::-1])
        for layer, (x, x_hat, cache, y), kept in hidden:
            dy = dx * (y > 0)
            found = {"gamma": (dy * x_hat).sum(axis=-2, keepdims=True), "beta": dy.sum(axis=-2, keepdims=True)}
            dx_hat = dy * layer["gamma"]
            dz = dx_hat * cache if isinstance(cache, np.ndarray) else normalize_backward(dx_hat, cache)
            gradients.append(found | {"kernel": np.matmul(x.swapaxes(-1, -2), dz, out=kept)})
            if layer is not self.layers[0]:
                dx = dz @ layer["kernel"].swapaxes(-1, -2)
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
            memory["mean"] = z.mean(axis=-2, keepdims=True)
            memory["variance"] = z.var(axis=-2, keepdims=True)
            x_hat = (z - memory["mean"]) / np.sqrt(memory["variance"] + np.asarray(self.epsilon, z.dtype))
            x = np.maximum(layer["gamma"] * x_hat + layer["beta"], 0)

    def accuracy(self, x, labels):
        """Share of x (S, 1, N, inputs) that is recognized in inference mode, (S, Q); what is not finite is wrong."""
        logits, _ = self.forward(x, frozen=True)
        right = (logits.argmax(axis=-1) == labels) & np.isfinite(logits).all(axis=-1)
        return right.mean(axis=-1)

    def repeated(self, rates):
        """A stack of its own in which each network of this one, which has one rate, is there `rates` times."""
        other = self.copy()
        other._kernels = None
        for arrays in (*other.layers, *other.memory):
            for name in arrays:
                arrays[name] = np.repeat(arrays[name], rates, axis=1)
        return other

    def copy(self):
        """Networks of their own with equal parameters and memory."""
        return copy.deepcopy(self)

    def _remember(self, memory, cache):
        for name, batch in zip(("mean", "variance"), batch_statistics(cache)):
            memory[name] = memory[name] * self.momentum + batch * (1 - self.momentum)
