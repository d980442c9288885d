"""Dense residual networks side by side, to see what the last gamma of each branch decides (lesson 09).

    x = relu(BN(x W))                                  the first layer
    x = x + BN(relu(BN(x W1)) W2)                      each block; gamma of its second BN is "the last gamma"
    logits = x W + b

Every BN has gamma and beta of its own, and uses the statistics of the batch. The last gamma at 0 makes each block the
identity at the start (Goyal et al. 2017, section 5.1).
"""

from functools import partial
from itertools import pairwise

import numpy as np

from helpers._support import validate
from helpers.lessons.l09.norm_training import batches, images, take
from helpers.networks import draws, layers, norm_stack
from helpers.networks.normalizations import normalize


class ResidualStack:
    """S seeds by Q rates of residual networks: `blocks` blocks of `width` units.

    Parameters
    ----------
    seeds : sequence of int
        Kernels: normal, sd sqrt(2 / inputs), drawn from the seed, in the same order whatever `last_gamma` is.
    rates : sequence of float
        Learning rates of plain gradient descent.
    blocks, width : int
    last_gamma : float
        What gamma of each block's second normalization starts at.
    epsilon : float
        Added to the variance, under the root.
    """

    def __init__(self, seeds, rates, *, blocks=10, width=32, last_gamma=1.0, epsilon=1e-3):
        self.rates = np.asarray(rates, np.float32)[None, :, None, None]
        self._normalize = partial(normalize, epsilon=epsilon)
        generators = [draws.generator(seed, draws.KERNEL) for seed in seeds]

        def kernel(inputs, units):
            drawn = np.stack([rng.standard_normal((inputs, units), dtype=np.float32) for rng in generators])
            return np.repeat(drawn[:, None] * np.float32(np.sqrt(2 / inputs)), len(rates), axis=1)

        def layer(inputs, gamma=1.0):
            return norm_stack.hidden_layer(kernel(inputs, width), gamma)

        self.first = layer(64)
        self.blocks = [(layer(width), layer(width, last_gamma)) for _ in range(blocks)]
        self.last = norm_stack.output_layer(kernel(width, 10))

    def forward(self, x):
        """Logits (S, Q, N, 10), x after each block, and what `step` needs, for images x (S, 1, N, 64)."""
        y, entry = norm_stack.forward(self.first, x, self._normalize)
        x = np.maximum(y, 0)
        states, trace = [x], [(entry, x)]
        for inner, outer in self.blocks:
            y, entry = norm_stack.forward(inner, x, self._normalize)
            hidden = np.maximum(y, 0)
            branch, exit_ = norm_stack.forward(outer, hidden, self._normalize)
            x = x + branch
            states.append(x)
            trace.append((entry, hidden, exit_))
        return x @ self.last["kernel"] + self.last["bias"], states, trace

    def step(self, x, labels):
        """One step of gradient descent; the losses (S, Q) before it."""
        logits, states, trace = self.forward(x)
        loss, dz = layers.cross_entropy(logits, np.broadcast_to(labels, logits.shape[:-1]))
        dx, found = norm_stack.output_backward(self.last, states[-1], dz)
        updates = [(self.last, found)]
        for (inner, outer), (entry, hidden, exit_) in zip(self.blocks[::-1], trace[:0:-1]):
            dhidden, found = norm_stack.backward(outer, exit_, dx)
            updates.append((outer, found))
            through, found = norm_stack.backward(inner, entry, dhidden * (hidden > 0))
            updates.append((inner, found))
            dx = dx + through
        entry, x = trace[0]
        updates.append((self.first, norm_stack.backward(self.first, entry, dx * (x > 0), first=True)[1]))
        for layer, gradients in updates:
            for name, gradient in gradients.items():
                layer[name] -= self.rates * gradient
        return loss


def spreads(stack, x):
    """For each block and each seed, (blocks, S): the sd over examples of its input, and of its branch alone.

    Of the first rate, root mean square over units.
    """
    _, states, _ = stack.forward(x)
    inputs = [np.sqrt(state.var(axis=-2).mean(axis=-1))[:, 0] for state in states[:-1]]
    branches = [np.sqrt((b - a).var(axis=-2).mean(axis=-1))[:, 0] for a, b in pairwise(states)]
    return np.array(inputs), np.array(branches)


def train(seeds, rates, *, steps, batch_size=60, **settings):
    """Training losses (steps, S, Q) of a ResidualStack, and the test accuracy (S, Q) of the test set as one batch."""
    seeds = validate.seeds(seeds)
    digits, stack = images(seeds), ResidualStack(seeds, rates, **settings)
    order = batches(seeds, digits.train[0].shape[2], batch_size, steps)
    with np.errstate(all="ignore"):  # a rate that is too high is counted as a failure, not warned of
        losses = [stack.step(x, labels) for x, labels in take(order, *digits.train)]
        logits, _, _ = stack.forward(digits.test[0])
    return np.array(losses), norm_stack.share_right(logits, digits.test[1])
