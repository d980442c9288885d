"""Every random draw of an experiment, from its seed and its purpose alone: this is what makes comparisons fair.

Batch normalization has no part in any of them, so that a pair with and without it starts from the same kernels and
sees the same batches. A purpose and a layer have their own generator: other hidden sizes, or dropout, shift no other
draw.
"""

import numpy as np

KERNEL, BATCHES, DROPOUT, NOISE = range(4)


def generator(seed, purpose, layer=0):
    """The random generator of one purpose and one layer of seed `seed`."""
    return np.random.default_rng([seed, purpose, layer])


def initial_kernels(experiment, seed, inputs, classes):
    """The initial kernels of all layers, float32 (n_in, n_out), the output layer's last."""
    sizes = (inputs, *experiment.hidden, classes)
    output = experiment.init_scale if experiment.output_init_scale is None else experiment.output_init_scale
    scales = [experiment.init_scale] * len(experiment.hidden) + [output]
    kernels = []
    for layer, (n_in, n_out, scale) in enumerate(zip(sizes[:-1], sizes[1:], scales)):
        sd = np.sqrt(2 / n_in) if scale == "he" else scale
        draw = generator(seed, KERNEL, layer).standard_normal((n_in, n_out), dtype=np.float32)
        kernels.append(draw * np.float32(sd))
    return kernels


class Batches:
    """The order of the training images of one seed: shuffled epochs, the incomplete last batch of each dropped.

    `take(k)` gives the indices of the next k batches as an int array (k, batch_size). It depends on the seed, on the
    number of images and on the batch size, and on nothing else.
    """

    def __init__(self, seed, images, batch_size):
        self._rng = generator(seed, BATCHES)
        self._images, self._batch_size = images, batch_size
        self._left = np.empty((0, batch_size), dtype=np.intp)

    def take(self, k):
        parts, missing = [], k
        while missing > len(self._left):
            parts.append(self._left)
            missing -= len(self._left)
            whole = self._images - self._images % self._batch_size
            self._left = self._rng.permutation(self._images)[:whole].reshape(-1, self._batch_size)
        parts.append(self._left[:missing])
        self._left = self._left[missing:]
        return np.concatenate(parts)
