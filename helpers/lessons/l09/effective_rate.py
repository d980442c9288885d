"""What weight decay does to a kernel that is followed by batch normalization: it changes the learning rate.

Batch normalization gives the same y for w and for a * w (as epsilon goes to 0), and the gradient at a * w is 1/a of
that at w. So the direction of w moves as if |w| were 1 and the rate were rate / |w|², the effective rate
(van Laarhoven 2017).
"""

import numpy as np

from helpers._support import validate
from helpers.lessons.l09.norm_training import batches, images, initial, take

OPTIMIZERS = ("gradient descent", "Adam, L2", "AdamW")
TINY = 1e-12
"""An epsilon that does not disturb the scale invariance, in float64."""


def with_decay(decay, *, optimizer="gradient descent", rate=0.5, seeds=10, steps=400, batch_size=60):
    """Train with weight decay on every kernel; the squared lengths (S, steps) and the test accuracy (S,) at the end.

        gradient descent, AdamW    w = (1 - rate * decay) * w - step(gradient)
        Adam, L2                   w = w - step(gradient + decay * w)

    gamma, beta and bias: without decay. The squared length is |w|² of a unit's kernel in the first layer, the mean over
    units.

    Parameters
    ----------
    decay, rate : float
        rate * decay is below 1.
    optimizer : one of OPTIMIZERS
        A step of gradient descent is rate * gradient; of Adam, see `Adam`.
    seeds : int or sequence of int
        n means 0 to n - 1.
    steps, batch_size : int
    """
    validate.number("decay", decay, low=0, high=1 / rate, advice="Pass a small number such as 0.001.")
    validate.one_of("optimizer", optimizer, OPTIMIZERS)
    seeds = validate.seeds(seeds)
    digits, stack, squares = images(seeds), initial(seeds, (rate,), momentum=0.9), []
    step = (lambda _, gradient: rate * gradient) if optimizer == "gradient descent" else Adam(rate)
    order = batches(seeds, digits.train[0].shape[2], batch_size, steps)
    for x, labels in take(order, *digits.train):
        _, gradients = stack.gradients(x, labels)
        for number, (layer, gradient) in enumerate(zip(stack.layers, gradients)):
            if optimizer == "Adam, L2":
                gradient["kernel"] += decay * layer["kernel"]
            else:
                layer["kernel"] *= 1 - rate * decay
            for name, g in gradient.items():
                layer[name] -= step((number, name), g)
        squares.append(np.square(stack.layers[0]["kernel"]).sum(axis=-2).mean(axis=-1)[:, 0])
    return np.array(squares).T, stack.accuracy(*digits.test)[:, 0]


class Adam:
    """The step of Adam for any number of parameters: rate * m / (√v + 1e-7), both averages without their bias.

        m = 0.9 * m + 0.1 * gradient,   v = 0.999 * v + 0.001 * gradient²

    Examples
    --------
    >>> Adam(0.1)("w", np.array([2.0, -0.5])).round(6).tolist()
    [0.1, -0.1]
    """

    def __init__(self, rate):
        self.rate, self._kept = rate, {}

    def __call__(self, parameter, gradient):
        """What is subtracted from the parameter of this name; each of its calls is one step."""
        t, m, v = self._kept.get(parameter, (0, 0.0, 0.0))
        t, m, v = t + 1, 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * np.square(gradient)
        self._kept[parameter] = t, m, v
        return self.rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)


def lockstep(decay, *, rate=0.3, seeds=5, steps=200, batch_size=60):
    """Two trainings from equal weights on equal batches: one decays its normalized kernels, the other's rate grows.

        decaying   w = (1 - rate * decay) * w - rate * gradient
        growing    w = w - rate_t * gradient,   rate_t = rate / (1 - rate * decay)^(2t + 1),   t = 0, 1, 2, ...

    All other parameters are trained at `rate` in both. Computed in float64 with an epsilon of 1e-12.

    Returns
    -------
    decaying, growing : (S, N, 10)
        Logits for the test images, as one batch.
    growth : float
        By how much the second rate has grown.
    shrinkage : float
        |w|² of the decaying first kernel as a share of the growing one's, the mean over units and seeds.

    Notes
    -----
    With w_t = (1 - rate * decay)^t * v_t, v is the growing one's kernel: put it in, and use that the gradient at a * v
    is 1/a of that at v (Li & Arora 2020).
    """
    keep, seeds = 1 - rate * decay, validate.seeds(seeds)
    digits, stacks = images(seeds), [_in_float64(seeds) for _ in range(2)]
    order = batches(seeds, digits.train[0].shape[2], batch_size, steps)
    for t, (x, labels) in enumerate(take(order, *digits.train)):
        for stack, kept, own_rate in zip(stacks, (keep, 1.0), (rate, rate / keep ** (2 * t + 1))):
            _, gradients = stack.gradients(x.astype(np.float64), labels)
            for layer, gradient in zip(stack.layers, gradients):
                for name, g in gradient.items():
                    normalized = name == "kernel" and "gamma" in layer
                    layer[name] = kept * layer[name] - own_rate * g if normalized else layer[name] - rate * g
    decaying, growing = (stack.forward(digits.test[0].astype(np.float64))[0][:, 0] for stack in stacks)
    lengths = [np.square(stack.layers[0]["kernel"]).sum(axis=-2) for stack in stacks]
    return decaying, growing, keep ** (-2 * steps), float(np.mean(lengths[0] / lengths[1]))


def _in_float64(seeds):
    stack = initial(seeds, (1.0,), epsilon=TINY)
    for layer in stack.layers:
        for name in layer:
            layer[name] = layer[name].astype(np.float64)
    return stack
