"""Networks that know the digits, and other images to fine-tune them on: with frozen statistics or with moving ones.

The new images are digits of the same splits, seen differently. Each seed is a network of its own, with its own split.
"""

import numpy as np

from helpers._support import validate
from helpers.lessons.l09 import norm_training
from helpers.lessons.l09.norm_training import Images, batches, follow, images, initial, measure

MOMENTUM = 0.9
FEW = 200
"""How many images of the new kind there are to train on."""


def inverted(x):
    """White on black instead of black on white: 1 - x."""
    return 1 - x


def turned(x):
    """Each image (..., 64) mirrored at its diagonal: rows become columns. The label stays."""
    return x.reshape(*x.shape[:-1], 8, 8).swapaxes(-1, -2).reshape(x.shape)


NEW = {"turned": turned, "inverted": inverted}


def pretrained(seeds=10, *, steps=300):
    """A NormStack with batch normalization, trained on the digits of each seed, and the Images it was trained on.

    Batches of 32, rate 0.3, momentum 0.9: moving = moving * 0.9 + batch * 0.1.
    """
    seeds = validate.seeds(seeds)
    stack, digits = initial(seeds, (0.3,), momentum=MOMENTUM), images(seeds)
    order = batches(seeds, digits.train[0].shape[2], 32, steps)
    return follow(stack, order, *digits.train, 0.3), digits


def changed(digits, change, *, few=FEW):
    """The Images with `change` applied to each; of the training images only the first `few`."""
    (x, labels), *others = digits.train, digits.validation, digits.test
    return Images((change(x[:, :, :few]), labels[:, :, :few]), *((change(x), labels) for x, labels in others))


def tune(stack, new, batch_size, *, frozen, rates=(0.03, 0.1, 0.3, 1.0), seen=1200):
    """Train a copy of `stack` at each rate on `new` Images, with `seen` images in all, and return the Trained.

    Parameters
    ----------
    stack : NormStack
        Of one rate, as `pretrained` gives it; it stays as it is.
    new : Images
    batch_size : int
    frozen : bool
        True: the statistics stay as they are, and the training normalizes with them, as inference does. False: each
        batch is normalized with its own, and the memory moves. All weights are trained either way.
    rates : sequence of float
        As in `helpers.lessons.l09.norm_training.train`: for batches of 32, scaled in proportion to the batch.
    seen : int
    """
    batch_size = validate.integer("batch_size", batch_size, low=1, advice="Pass a number of images, such as 8.")
    tuned = stack.repeat(len(rates))
    seeds = range(len(new.train[0]))
    order = batches(seeds, new.train[0].shape[2], batch_size, seen // batch_size)
    scaled = np.asarray(rates, float) * batch_size / norm_training.SCALED_FROM
    return measure(follow(tuned, order, *new.train, scaled, frozen=frozen), new, rates)
