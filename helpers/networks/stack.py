"""R networks of equal shape, trained side by side by plain gradient descent."""

from functools import partial

import numpy as np

from helpers.networks import engine, layers
from helpers.networks.network import Network

ACTIVATION = {"relu": engine.Relu, "sigmoid": engine.Sigmoid, "tanh": engine.Tanh}


class StackedNetwork:
    """R networks, one for each list of initial kernels; `step` trains each on its own batch.

    Parameters
    ----------
    kernels : list of (R, n_in, n_out) float32
        The initial kernels of all layers; they are trained in place. Biases and beta start at 0, gamma at 1.
    learning_rates, weight_decays : sequences of R floats
    batch_size : int
    activation : "relu", "sigmoid" or "tanh"
    normalized : "before", "after" or None
        Where batch normalization stands: before the activation, after it, or nowhere.
    dropout, noise : float
    dropout_generators, noise_generators : lists, for each hidden layer, of R random generators
        Needed where dropout or noise is above 0.

    Note
    ----
    Runs know nothing of each other: a run alone and the same run among twenty give the same numbers (up to rounding).
    """

    def __init__(
        self,
        kernels,
        *,
        learning_rates,
        batch_size,
        activation,
        normalized,
        weight_decays=None,
        momentum=0.99,
        epsilon=1e-3,
        dropout=0.0,
        noise=0.0,
        dropout_generators=None,
        noise_generators=None,
    ):
        dtype, runs = kernels[0].dtype, len(kernels[0])
        self._settings = {"activation": activation, "normalized": normalized, "epsilon": epsilon}
        self._settings |= {"dropout": dropout, "noise": noise}
        rates = np.asarray(learning_rates, np.float64).reshape(runs, 1, 1)
        decay = None
        if weight_decays is not None and np.any(weight_decays):
            decay = (1 - rates * np.reshape(weight_decays, (runs, 1, 1))).astype(dtype)
        scratch = engine.Scratch(_largest(kernels, batch_size), dtype)
        self._dense, self._norms, self._layers = [], [], []
        for i, kernel in enumerate(kernels):
            units, above = kernel.shape[2], len(kernels) - 1 - i
            bias = None if normalized == "before" and above else np.zeros((runs, 1, units), dtype)
            self._dense.append(engine.Dense(kernel, bias, batch_size, scratch, decay=decay, above=above))
            self._layers.append(self._dense[-1])
            if not above:
                break
            shape = (runs, batch_size, units)
            act, norm, extra, drop = [ACTIVATION[activation](shape, scratch)], [], [], []
            if normalized:
                start = (np.full((runs, 1, units), value, dtype) for value in (1, 0, 0, 1))
                settings = {"momentum": momentum, "epsilon": dtype.type(epsilon), "overwrite": normalized == "before"}
                norm = [engine.BatchNorm(*start, batch_size, scratch, **settings)]
            if noise:
                extra = [engine.Random(partial(layers.draw_noise, strength=noise), noise_generators[i], shape, dtype)]
            if dropout:
                drop = [engine.Random(partial(layers.draw_dropout, rate=dropout), dropout_generators[i], shape, dtype)]
            block = [*norm, *extra, *act, *drop] if normalized == "before" else [*act, *norm, *extra, *drop]
            self._norms += norm
            self._layers += block
        self._loss = engine.SoftmaxCrossEntropy((runs, batch_size, units), rates, dtype)

    def step(self, x, labels):
        """Train on one batch each, x (R, B, inputs) and labels (R, B); the losses (R,) before the update."""
        for layer in self._layers:
            x = layer.forward(x)
        losses, gradient = self._loss(x, labels)
        for layer in reversed(self._layers[1:]):
            gradient = layer.backward(gradient)
        self._layers[0].backward(gradient, first=True)
        return losses

    def network(self, run):
        """Network number `run`, sharing its arrays with the stack: it follows the training."""
        for norm in self._norms:
            norm.update_moving()
        parameters, moving = [], []
        for i, dense in enumerate(self._dense):
            parameters.append({"kernel": dense.kernel[run]})
            if dense.bias is not None:
                parameters[-1]["bias"] = dense.bias[run, 0]
            if i < len(self._norms):
                norm = self._norms[i]
                parameters[-1] |= {"gamma": norm.gamma[run, 0], "beta": norm.beta[run, 0]}
                moving.append(
                    {"moving_mean": norm.moving_mean[run, 0], "moving_variance": norm.moving_variance[run, 0]}
                )
        return Network(parameters, moving, **self._settings)


def _largest(kernels, batch_size):
    """How many numbers the largest array has that layers share: a block of kernels, or a batch at a hidden layer."""
    batches = [len(kernel) * batch_size * kernel.shape[2] for kernel in kernels]
    inputs = len(kernels[0]) * batch_size * kernels[0].shape[1]
    return max(engine.CACHED, inputs, *batches, *(kernel[0].size for kernel in kernels))
