"""Networks that know the digits, and other images to fine-tune them on: with frozen statistics or with moving ones.

The new images are digits of the same splits, seen differently. Each seed is a network of its own, with its own split.
"""

import threading

import numpy as np
from scipy import ndimage

from helpers._support import validate
from helpers._support.blas import one_thread
from helpers._support.parallel import run_in_pairs
from helpers.lessons.l09.norm_training import Images, batches, follow, images, initial, measure

MOMENTUM = 0.9
FEW = 200
"""How many images of the new kind there are to train on."""


def invert(x):
    """White on black instead of black on white: 1 - x."""
    return 1 - x


def turn(x):
    """Each image (..., 64) mirrored at its diagonal: rows become columns. The label stays."""
    return x.reshape(*x.shape[:-1], 8, 8).swapaxes(-1, -2).reshape(x.shape)


def faint(x):
    """Ink at 70%: 0.7 x."""
    return 0.7 * x


def noisy(x):
    """Each pixel with normal noise of sd 0.2, the same for the same shape."""
    noise = np.random.default_rng(0).standard_normal(x.shape, dtype=np.float32)
    return x + np.float32(0.2) * noise


def rotate(x):
    """Each image (..., 64) rotated by 15 degrees about its centre, by linear interpolation."""
    images = x.reshape(*x.shape[:-1], 8, 8)
    return ndimage.rotate(images, 15, axes=(-2, -1), reshape=False, order=1).reshape(x.shape)


NEW = {"faint": faint, "noisy": noisy, "rotated": rotate, "turned": turn, "inverted": invert}
WAYS = ("moving", "frozen", "calibrated, frozen")
"""Whose statistics normalize while the weights are tuned, in this order the batch, the old images, the new images."""


def pretrain(seeds=10, *, steps=300):
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


def tune(stack, new, batch_size, *, way, rates=(0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0), steps=150, stop=None):
    """Train a copy of `stack` at each rate on `new` Images, all weights, and return the Trained.

    Parameters
    ----------
    stack : NormStack
        Of one rate, as `pretrain` gives it; it stays as it is.
    new : Images
    batch_size : int
    way : one of WAYS
        "moving": each batch is normalized with its own statistics, and the memory moves along. "frozen": the memory of
        the old images normalizes, and stays. "calibrated, frozen": the memory is first replaced by the exact statistics
        of the new training images, then normalizes, and stays.
    rates : sequence of float
        The learning rates, not scaled.
    steps : int
        Training steps, whatever the batch size.
    stop : threading.Event or None
        Ends the training once it is set.
    """
    batch_size = validate.integer("batch_size", batch_size, low=1, advice="Pass a number of images, such as 8.")
    validate.one_of("way", way, WAYS)
    tuned = stack.repeat(len(rates))
    if way == "calibrated, frozen":
        tuned.calibrate(new.train[0])
    order = batches(range(len(new.train[0])), new.train[0].shape[2], batch_size, steps)
    follow(tuned, order, *new.train, np.asarray(rates), frozen=way != "moving", stop=stop)
    return measure(tuned, new, rates)


def tune_each(stack, settings):
    """{key: Trained} for {key: settings of `tune`}, two at a time; Ctrl-C ends all of them."""
    stop = threading.Event()
    with one_thread():
        found = run_in_pairs(lambda key: tune(stack, **settings[key], stop=stop), settings, stop)
    return dict(zip(settings, found))
