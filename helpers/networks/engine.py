"""The layers of a network for R runs side by side, trained in place: kernels (R, n_in, n_out), batches (R, B, n).

This is the one place that computes batch normalization beside `helpers.batchnorm`; the tests compare the two step by
step. Of its steps a second the formulas there make 0.86 (64 inputs) to 0.94 (784). With arrays used again and means as
products they make 0.98 to 1.02, but round otherwise, which changes what a chaotic training gives in the lessons.

Making an array costs as much as filling it, and one that has left the processor's cache costs more to fill. So a layer
overwrites its input where the layer before needs it no more, and what is needed for a moment only is written into
`Scratch`, which all layers share.
`backward` receives the gradient already multiplied by the run's learning rate (every later product passes the factor
on), so that a parameter is updated by one subtraction, while its gradient is still in the processor's cache.
A sum over the batch is a product with a row of ones: a fifth of the time of `z.sum(axis=1)`.
"""

import math

import numpy as np

from helpers import batchnorm

# A gradient of at most this many numbers is computed at once; larger ones run by run.
CACHED = 2**17


class Scratch:
    """Memory for a moment: arrays of one name share it, whatever their shapes; `numbers` is the size of the largest."""

    def __init__(self, numbers, dtype):
        self._numbers, self._dtype, self._memory = numbers, dtype, {}

    def array(self, name, shape):
        """An array of the memory called `name`, which is zero until somebody writes into it."""
        memory = self._memory.setdefault(name, np.zeros(self._numbers, self._dtype))
        return memory[: math.prod(shape)].reshape(shape)


class Dense:
    """x @ kernel + bias; bias None means none. `above`: the number of Dense layers above this one, odd or even."""

    def __init__(self, kernel, bias, batch_size, scratch, *, decay=None, above=0):
        runs, n_in, n_out = kernel.shape
        self.kernel, self.bias = kernel, bias
        self._decay = decay  # (R, 1, 1): what weight decay leaves of a kernel at each step, or None
        self._z = np.empty((runs, batch_size, n_out), kernel.dtype)
        self._dx = scratch.array(f"dx {above % 2}", (runs, batch_size, n_in))  # dz lies in the other of the two
        self._block = max(1, min(runs, CACHED // (n_in * n_out)))
        self._dkernel = scratch.array("kernel", (self._block, n_in, n_out))
        self._transposed = scratch.array("kernel", (self._block, n_out, n_in))
        self._ones = np.ones((1, batch_size), kernel.dtype)
        self._dbias = None if bias is None else np.empty_like(bias)

    def forward(self, x):
        self._x = x
        np.matmul(x, self.kernel, out=self._z)
        if self.bias is not None:
            np.add(self._z, self.bias, out=self._z)
        return self._z

    def backward(self, dz, *, first=False):
        x, runs = self._x.swapaxes(1, 2), len(self.kernel)
        for block in (slice(i, i + self._block) for i in range(0, runs, self._block)):
            kernel = self.kernel[block]
            if not first:
                # BLAS is slow where the second factor is transposed: copying it first takes less time.
                transposed = self._transposed[: len(kernel)]
                np.copyto(transposed, kernel.swapaxes(1, 2))
                np.matmul(dz[block], transposed, out=self._dx[block])
            if self._decay is not None:
                np.multiply(kernel, self._decay[block], out=kernel)
            dkernel = np.matmul(x[block], dz[block], out=self._dkernel[: len(kernel)])
            np.subtract(kernel, dkernel, out=kernel)
        if self.bias is not None:
            np.matmul(self._ones, dz, out=self._dbias)
            np.subtract(self.bias, self._dbias, out=self.bias)
        return None if first else self._dx


class BatchNorm:
    """Batch normalization; gamma, beta and the moving statistics are (R, 1, units).

    `overwrite` allows it to centre its input in place. The batches' moments are kept, and `update_moving` takes up to
    `MEMORY` of them into the moving statistics at once.
    """

    MEMORY = 64

    def __init__(self, gamma, beta, moving_mean, moving_variance, batch_size, scratch, *, momentum, epsilon, overwrite):
        runs, _, units = gamma.shape
        shape, dtype = (runs, batch_size, units), gamma.dtype
        self._parameters = np.stack([gamma, beta])  # in one array, so that one subtraction trains both
        self.gamma, self.beta = self._parameters
        self.moving_mean, self.moving_variance = moving_mean, moving_variance
        self._momentum, self._epsilon, self._overwrite = momentum, epsilon, overwrite
        self._means, self._variances = (np.empty((self.MEMORY, *gamma.shape), dtype) for _ in range(2))
        self._pending = 0
        self._ones, self._average = np.ones((1, batch_size), dtype), np.full((1, batch_size), 1 / batch_size, dtype)
        self._share = dtype.type(1 / batch_size)
        self._centred, self._y = None if overwrite else np.empty(shape, dtype), np.empty(shape, dtype)
        self._product = scratch.array("product", shape)
        self._gradients, self._through = np.empty_like(self._parameters), np.empty_like(self._parameters)
        self._scale = np.empty_like(gamma)

    def forward(self, x):
        if self._pending == self.MEMORY:
            self.update_moving()
        mean, variance = self._means[self._pending], self._variances[self._pending]
        self._pending += 1
        if self._overwrite:
            self._centred = x
        np.matmul(self._average, x, out=mean)
        np.subtract(x, mean, out=self._centred)
        np.multiply(self._centred, self._centred, out=self._product)
        np.matmul(self._average, self._product, out=variance)
        self._inv_std = batchnorm.inverse_std(variance, self._epsilon)
        np.multiply(self.gamma, self._inv_std, out=self._scale)
        np.multiply(self._centred, self._scale, out=self._y)
        return np.add(self._y, self.beta, out=self._y)

    def backward(self, dy):
        # dx = scale * (dy - dbeta / m - x_hat * dgamma / m),  scale = gamma * inv_std,  x_hat = centred * inv_std
        dgamma, dbeta = self._gradients
        np.matmul(self._ones, dy, out=dbeta)
        np.multiply(dy, self._centred, out=self._product)
        np.matmul(self._ones, self._product, out=dgamma)
        np.multiply(dgamma, self._inv_std, out=dgamma)
        through_variance, through_mean = self._through
        np.multiply(self._gradients, self._share, out=self._through)
        np.multiply(self._through, self._scale, out=self._through)
        np.multiply(through_variance, self._inv_std, out=through_variance)
        np.multiply(self._centred, through_variance, out=self._centred)
        np.multiply(dy, self._scale, out=dy)
        np.subtract(dy, through_mean, out=dy)
        np.subtract(dy, self._centred, out=dy)
        np.subtract(self._parameters, self._gradients, out=self._parameters)
        return dy

    def update_moving(self):
        """moving = moving * momentum + batch * (1 - momentum), once for each batch since the last call.

        After k batches: moving * momentum^k + sum of batch_j * (1 - momentum) * momentum^(k - 1 - j).
        """
        k = self._pending
        if not k:
            return  # many networks are looked at between two steps
        powers = self._momentum ** np.arange(k, -1, -1).reshape(-1, 1, 1, 1)  # float64, (k + 1, 1, 1, 1)
        for moving, batches in ((self.moving_mean, self._means), (self.moving_variance, self._variances)):
            moving[...] = moving * powers[0] + ((1 - self._momentum) * powers[1:] * batches[:k]).sum(axis=0)
        self._pending = 0


class Relu:
    """max(z, 0). (Of z and an array of zeros: NumPy takes three times as long for the larger of z and one zero.)"""

    def __init__(self, shape, scratch):
        self._zeros, self._positive = scratch.array("zeros", shape), np.empty(shape, bool)

    def forward(self, z):
        self._y = np.maximum(z, self._zeros, out=z)
        return self._y

    def backward(self, dy):
        np.greater(self._y, 0, out=self._positive)
        return np.multiply(dy, self._positive, out=dy)


class Tanh:
    """tanh(z), slope 1 - y²."""

    def __init__(self, shape, scratch):
        self._slope = scratch.array("product", shape)

    def forward(self, z):
        self._y = np.tanh(z, out=z)
        return self._y

    def backward(self, dy):
        np.multiply(self._y, self._y, out=self._slope)
        np.subtract(1, self._slope, out=self._slope)
        return np.multiply(dy, self._slope, out=dy)


class Sigmoid:
    """1 / (1 + exp(-z)) = 0.5 + 0.5 * tanh(0.5 * z), which cannot overflow; slope y * (1 - y)."""

    def __init__(self, shape, scratch):
        self._slope = scratch.array("product", shape)

    def forward(self, z):
        np.multiply(z, 0.5, out=z)
        np.tanh(z, out=z)
        np.multiply(z, 0.5, out=z)
        self._y = np.add(z, 0.5, out=z)
        return self._y

    def backward(self, dy):
        np.subtract(1, self._y, out=self._slope)
        np.multiply(self._slope, self._y, out=self._slope)
        return np.multiply(dy, self._slope, out=dy)


class Random:
    """y * factor + shift, both drawn for each run from its own generator: dropout (shift 0), or noise."""

    def __init__(self, draw, generators, shape, dtype):
        self._draw, self._generators = draw, generators
        self._factor, self._y = np.empty(shape, dtype), np.empty(shape, dtype)

    def forward(self, y):
        for run, rng in enumerate(self._generators):
            self._factor[run], shift = self._draw(rng, y.shape[1:], dtype=y.dtype)
            np.multiply(y[run], self._factor[run], out=self._y[run])
            self._y[run] += shift
        return self._y

    def backward(self, dy):
        return np.multiply(dy, self._factor, out=dy)


class SoftmaxCrossEntropy:
    """Loss of each run, and the gradient of the mean loss times the learning rate; rates are (R, 1, 1)."""

    def __init__(self, shape, rates, dtype):
        runs, batch_size, classes = shape
        self._scale = (rates / batch_size).astype(dtype)
        self._scales = np.repeat(self._scale.ravel(), batch_size)
        self._dz = np.empty(shape, dtype)
        self._column, self._sum = np.empty((runs, batch_size, 1), dtype), np.empty((runs, batch_size, 1), dtype)
        self._ones, self._average = np.ones(classes, dtype), np.full(batch_size, 1 / batch_size, dtype)
        self._rows = np.arange(runs * batch_size) * classes

    def __call__(self, logits, labels):
        """Losses (R,) for labels (R, B), and the gradient (R, B, classes)."""
        np.maximum.reduce(logits, axis=2, keepdims=True, out=self._column)
        np.subtract(logits, self._column, out=logits)
        true = self._rows + labels.ravel()
        np.exp(logits, out=self._dz)
        np.matmul(self._dz, self._ones, out=self._sum[:, :, 0])
        np.divide(self._scale, self._sum, out=self._column)
        np.multiply(self._dz, self._column, out=self._dz)
        self._dz.reshape(-1)[true] -= self._scales
        losses = np.log(self._sum.reshape(labels.shape))
        losses -= logits.reshape(-1)[true].reshape(labels.shape)
        return losses @ self._average, self._dz
