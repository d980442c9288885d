"""Check of lesson 10: the eight snippets of the gallery, mended."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers import batchnorm
from helpers.checks.engine.core import exercise
from helpers.checks.hints import say
from helpers.networks.network import Network

BOUND = 1e-3


class Snippet(NamedTuple):
    """A function of the gallery: what it is called with, what it should give, and what it gives while it is faulty."""

    slug: str
    arguments: Callable
    right: Callable
    faulty: Callable


def _network(seed, memory=True):
    """A network for four numbers and three classes, with one normalization whose memory is far from 0 and 1."""
    rng = np.random.default_rng(seed)
    hidden = {"kernel": rng.normal(size=(4, 6)), "gamma": rng.uniform(1, 2, 6), "beta": rng.normal(size=6)}
    moving = {"moving_mean": rng.normal(1, 2, 6), "moving_variance": rng.uniform(4, 9, 6)}
    start = {"moving_mean": np.zeros(6), "moving_variance": np.ones(6)}
    last = {"kernel": rng.normal(size=(6, 3)), "bias": rng.normal(size=3)}
    statistics = [moving if memory else start]
    return Network([hidden, last], statistics, activation="relu", normalized="before")


def _variance(rng):
    return (rng.normal(1e4, 1.0, (60, 20)).astype("float32"),)


def _gradient(rng):
    x, dy = rng.normal(size=(2, 12, 5))
    cache = batchnorm.forward(x, np.ones(5), np.zeros(5))[1]
    return dy, cache.x_hat, cache.inv_std, rng.uniform(1, 3, 5)


def _dx(dy, x_hat, inv_std, gamma):
    return gamma * inv_std * (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0))


def _normalized(x, axes, epsilon=1e-3):
    return (x - x.mean(axis=axes)) / np.sqrt(x.var(axis=axes) + epsilon)


def _class(network, image, training=False):
    return network.predict(image[None], training=training).argmax()


def _restored(network, fresh):
    """What the restored network answers; `fresh` of the check is a new one at each call."""
    copy = network.copy()
    return copy.predict(IMAGES)


def _restored_in_part(network, fresh):
    copy = network.copy()
    copy.moving_statistics = _network(1, memory=False).moving_statistics
    return copy.predict(IMAGES)


IMAGES = np.random.default_rng(5).normal(0, 3, (30, 4))

SNIPPETS = {
    "variance": Snippet(
        "unstable-variance",
        _variance,
        lambda x: x.astype(np.float64).var(axis=0),
        lambda x: (x**2).mean(axis=0) - x.mean(axis=0) ** 2,
    ),
    "backward": Snippet("detached-statistics", _gradient, _dx, lambda dy, x_hat, inv_std, gamma: dy * gamma * inv_std),
    "service": Snippet(
        "batch-statistics-at-inference",
        lambda rng: (_network(0), IMAGES),
        lambda network, images: np.array([_class(network, image) for image in images]),
        lambda network, images: np.array([_class(network, image, training=True) for image in images]),
    ),
    "normalize_maps": Snippet(
        "per-position-statistics",
        lambda rng: (rng.normal(size=(20, 1, 1, 1)) + rng.normal(0, 3, (20, 4, 4, 3)) + rng.normal(0, 3, (4, 4, 1)),),
        lambda x: _normalized(x, (0, 1, 2)),
        lambda x: _normalized(x, 0),
    ),
    "normalize": Snippet(
        "epsilon-outside-sqrt",
        lambda rng: (rng.normal(0, [0.01, 0.02, 1.0], (12, 3)), 1e-3),
        lambda x, epsilon: _normalized(x, 0, epsilon),
        lambda x, epsilon: (x - x.mean(axis=0)) / (x.std(axis=0) + epsilon),
    ),
    "update": Snippet(
        "momentum-inverted",
        lambda rng: (3.0, 100.0),
        lambda moving, batch: moving * 0.99 + batch * 0.01,
        lambda moving, batch: moving * 0.01 + batch * 0.99,
    ),
    "output": Snippet(
        "after-output",
        lambda rng: (rng.normal(size=(12, 4)), rng.normal(size=(4, 3)), np.array([5.0, 0.0, 1.0])),
        lambda x, kernel, bias: x @ kernel + bias,
        lambda x, kernel, bias: _normalized(x @ kernel + bias, 0),
    ),
    "restore": Snippet(
        "restored-without-moving-statistics",
        lambda rng: (_network(0), _network(1, memory=False)),
        _restored,
        _restored_in_part,
    ),
}


@exercise("gallery", arguments=())
def gallery(attempt):
    """Check `fn()` -> {"variance": function, "backward": function, ...}: the eight snippets, mended.

    Each function has the arguments that it has in its snippet. The table says which of them are right.
    """
    functions = _read(attempt, attempt.call())
    found = {name: _judge(attempt, name, functions[name]) for name in SNIPPETS if name in functions}
    for name in SNIPPETS:
        attempt.row(name, None if name not in functions else found[name] is None)
    attempt.no_side_effects()
    for slug, facts in filter(None, found.values()):
        attempt.fail(slug, **facts)
    missing = [name for name in SNIPPETS if name not in functions]
    if missing:
        attempt.fail("wrong-shape", hint="some-missing", missing=", ".join(missing))


def _read(attempt, value):
    if not isinstance(value, dict):
        received = say("reading.none") if value is None else say("reading.an_object", kind=type(value).__name__)
        attempt.fail("wrong-shape", hint="not-a-dict", received=received)
    others = [str(name) for name, one in value.items() if name not in SNIPPETS or not callable(one)]
    if others:
        attempt.fail("wrong-shape", hint="other-names", more=", ".join(others), names=", ".join(SNIPPETS))
    return value


def _judge(attempt, name, function):
    """None, or (slug, facts)."""
    snippet = SNIPPETS[name]
    given = snippet.arguments(np.random.default_rng(2))
    on = say("gallery.on", name=name)
    due, faulty = snippet.right(*given), snippet.faulty(*given)
    if name == "service":
        network, images = given
        yours = [attempt.call(network, image, function=function, on=on) for image in images]
    elif name == "restore":
        network, fresh = given
        restored = attempt.call(network, fresh, function=function, on=on, copies=False)
        restored = fresh if restored is None else restored
        yours = attempt.call(IMAGES, function=getattr(restored, "predict", None) or _no_network, on=on)
    else:
        yours = attempt.call(*given, function=function, on=on)
    try:
        yours = np.asarray(yours, np.float64)
    except (TypeError, ValueError):
        yours = np.array(np.nan)
    if yours.shape != due.shape if np.ndim(due) else yours.size != 1:
        shapes = {
            "due": say("reading.of_shape", shape=np.shape(due)),
            "received": say("reading.of_shape", shape=yours.shape),
        }
        return "wrong-shape", {"name": f"`{name}`", "on": "", **shapes}
    if np.abs(yours - due).max() < BOUND:
        return None
    if np.abs(yours - faulty).max() < BOUND:
        return snippet.slug, {"name": name}
    off = f"{np.abs(yours - due).max():.2g}"
    return "wrong-values", {"name": f"`{name}`", "difference": off, "on": "", "place": ""}


def _no_network(images):
    raise TypeError(say("gallery.no_network"))
