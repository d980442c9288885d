"""Answers to `gallery`: all eight right, and each one left as it was or wrong in the same way once more."""

import numpy as np

from helpers import batchnorm
from tests.wrong_answers.registry import correct, wrong, wrong_lines

GALLERY = "gallery"


def restore(network, fresh):
    saved = network.copy()
    fresh.parameters, fresh.moving_statistics = saved.parameters, saved.moving_statistics
    return fresh


def restore_in_part(network, fresh):
    fresh.parameters = network.copy().parameters
    return fresh


def true_backward(dy, x_hat, inv_std, gamma):
    return gamma * inv_std * (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0))


RIGHT = {
    "variance": lambda x: ((x - x.mean(axis=0)) ** 2).mean(axis=0),
    "backward": true_backward,
    "service": lambda network, image: network.predict(image[None]).argmax(),
    "normalize_maps": lambda x: (x - x.mean(axis=(0, 1, 2))) / np.sqrt(x.var(axis=(0, 1, 2)) + 1e-3),
    "normalize": lambda x, epsilon=1e-3: (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon),
    "update": lambda moving, batch: moving * 0.99 + batch * 0.01,
    "output": lambda x, kernel, bias: x @ kernel + bias,
    "restore": restore,
}


@correct(GALLERY)
def eight_lines():
    return dict(RIGHT)


@correct(GALLERY)
def by_the_heart():
    def backward(dy, x_hat, inv_std, gamma):
        by_hat = dy * gamma
        return inv_std * (by_hat - by_hat.mean(axis=0) - x_hat * np.mean(by_hat * x_hat, axis=0))

    return RIGHT | {
        "variance": lambda x: batchnorm.batch_moments(x)[1],
        "backward": backward,
        "normalize_maps": lambda x: batchnorm.forward(x, np.ones(x.shape[-1]), np.zeros(x.shape[-1]))[0],
    }


@correct(GALLERY)
def in_another_order_and_in_place():
    def restored(network, fresh):
        for name in ("parameters", "moving_statistics"):
            for own, saved in zip(getattr(fresh, name), getattr(network, name), strict=True):
                own.update({key: array.copy() for key, array in saved.items()})
        return fresh

    return dict(reversed((RIGHT | {"restore": restored, "variance": lambda x: x.var(axis=0)}).items()))


def mended_but(**faulty):
    return lambda: RIGHT | faulty


wrong_lines(
    GALLERY,
    {
        "unstable-variance": dict(
            as_it_was=mended_but(variance=lambda x: (x**2).mean(axis=0) - x.mean(axis=0) ** 2),
            as_products=mended_but(variance=lambda x: (x * x).mean(axis=0) - x.mean(axis=0) * x.mean(axis=0)),
        ),
        "detached-statistics": dict(
            gradient_as_it_was=mended_but(backward=lambda dy, x_hat, inv_std, gamma: dy * gamma * inv_std),
            divided=mended_but(backward=lambda dy, x_hat, inv_std, gamma: dy * gamma / (1 / inv_std)),
        ),
        "batch-statistics-at-inference": dict(
            service_as_it_was=mended_but(service=lambda n, image: n.predict(image[None], training=True).argmax()),
            one_at_a_time=mended_but(
                service=lambda n, image: n.predict(image[None], training=True, batch_size=1).argmax()
            ),
        ),
        "per-position-statistics": dict(
            maps_as_they_were=mended_but(normalize_maps=lambda x: (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3)),
            kept_axis=mended_but(
                normalize_maps=lambda x: (x - x.mean(0, keepdims=True)) / np.sqrt(x.var(0, keepdims=True) + 1e-3)
            ),
        ),
        "epsilon-outside-sqrt": dict(
            epsilon_as_it_was=mended_but(normalize=lambda x, e=1e-3: (x - x.mean(0)) / (x.std(0) + e)),
            root_of_the_variance=mended_but(normalize=lambda x, e=1e-3: (x - x.mean(0)) / (np.sqrt(x.var(0)) + e)),
        ),
        "momentum-inverted": dict(
            update_as_it_was=mended_but(update=lambda moving, batch: moving * 0.01 + batch * 0.99),
            as_a_step=mended_but(update=lambda moving, batch: moving + 0.99 * (batch - moving)),
        ),
        "after-output": dict(
            output_as_it_was=mended_but(
                output=lambda x, k, b: batchnorm.forward(x @ k + b, np.ones(k.shape[1]), np.zeros(k.shape[1]))[0]
            ),
            by_hand=mended_but(output=lambda x, k, b: (x @ k - (x @ k).mean(0)) / np.sqrt((x @ k).var(0) + 1e-3)),
        ),
        "restored-without-moving-statistics": dict(
            restore_as_it_was=mended_but(restore=restore_in_part),
            nothing_returned=mended_but(restore=lambda network, fresh: restore_in_part(network, fresh) and None),
        ),
        "wrong-shape": dict(
            seven=lambda: {name: one for name, one in RIGHT.items() if name != "output"},
            a_list=lambda: list(RIGHT.values()),
            other_names=lambda: {f"{name}_mended": one for name, one in RIGHT.items()},
            results=lambda: {"variance": 1.0},
            one_number=mended_but(variance=lambda x: x.var()),
        ),
        "wrong-values": dict(
            unbiased=mended_but(normalize=lambda x, e=1e-3: (x - x.mean(0)) / np.sqrt(x.var(0, ddof=1) + e)),
            softmax=mended_but(output=lambda x, k, b: np.exp(x @ k + b)),
        ),
        "raises": dict(
            other_arguments=mended_but(variance=lambda x, axis: x.var(axis)),
            takes_something=lambda snippets: RIGHT,
        ),
    },
)


@wrong(GALLERY, "wrong-shape")
def forgets_to_return():
    dict(RIGHT)
