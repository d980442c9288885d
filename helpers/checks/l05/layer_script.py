"""A batch normalization layer in NumPy with a switch for each known mistake, and a script that makes all of them show.

The script runs on anything with the layer's interface. What a learner's layer does is compared with the right layer,
and where it differs, with this one under each mistake: a mistake is named only if it reproduces every number.
"""

import itertools
from typing import NamedTuple

import numpy as np

MOMENTA, EPSILONS = (0.8, 0.3), (0.01, 0.1)


class Mistake(NamedTuple):
    """A slug, and the settings of ScriptedLayer that make the mistake."""

    slug: str
    settings: dict


MISTAKES = (
    Mistake("wrong-axis", {"axes": "all"}),
    Mistake("wrong-axis", {"axes": "rows"}),
    Mistake("divides-by-variance", {"spread": "variance"}),
    Mistake("unbiased-variance", {"ddof": 1, "memory_ddof": 1}),
    Mistake("unbiased-variance", {"memory_ddof": 1}),
    Mistake("epsilon-outside-sqrt", {"spread": "outside"}),
    Mistake("epsilon-ignored", {"fixed_epsilon": 0.0}),
    Mistake("epsilon-ignored", {"fixed_epsilon": 1e-3}),
    Mistake("missing-gamma", {"gamma": "missing"}),
    Mistake("missing-beta", {"beta": "missing"}),
    Mistake("gamma-beta-swapped", {"gamma": "beta", "beta": "gamma"}),
    Mistake("detached-statistics", {"detached": "both"}),
    Mistake("detached-variance", {"detached": "variance"}),
    Mistake("detached-mean", {"detached": "mean"}),
    Mistake("std-not-variance", {"remembers": "std"}),
    Mistake("momentum-inverted", {"momentum_of": "new"}),
    Mistake("momentum-ignored", {"fixed_momentum": 0.99}),
    Mistake("momentum-ignored", {"fixed_momentum": 0.9}),
    Mistake("missing-training-flag", {"mode": "inference"}),
    Mistake("moving-statistics-in-training", {"reads": "new memory"}),
    Mistake("moving-statistics-in-training", {"reads": "old memory"}),
    Mistake("moving-not-updated", {"writes": "never"}),
    Mistake("moving-updated-at-inference", {"writes": "always"}),
    Mistake("batch-statistics-at-inference", {"mode": "training"}),
    Mistake("batch-statistics-at-inference", {"reads": "never"}),
    Mistake("variance-starts-at-zero", {"first_variance": 0.0}),
    Mistake("per-position-statistics", {"axes": "batch"}),
    Mistake("instance-statistics", {"axes": "image"}),
)
"""In the order in which they are to be mended."""

RIGHT = {
    "axes": "features",
    "spread": "std",
    "ddof": 0,
    "memory_ddof": 0,
    "fixed_epsilon": None,
    "gamma": "gamma",
    "beta": "beta",
    "detached": "",
    "remembers": "variance",
    "momentum_of": "old",
    "fixed_momentum": None,
    "mode": "given",
    "writes": "training",
    "reads": "inference",
    "first_variance": 1.0,
}


class ScriptedLayer:
    """Batch normalization over the last axis, right but for the settings."""

    def __init__(self, momentum, epsilon, **settings):
        self.momentum, self.epsilon = momentum, epsilon
        self.settings = RIGHT | settings
        self.moving_mean, self.moving_variance = 0.0, self.settings["first_variance"]
        self.learned = {"gamma": np.ones(5), "beta": np.zeros(5)}

    def set_learned(self, gamma, beta):
        self.learned = {"gamma": gamma, "beta": beta}

    def memory(self):
        return np.broadcast_to(self.moving_mean, (5,)), np.broadcast_to(self.moving_variance, (5,))

    def __call__(self, x, training):
        s = self.settings
        training = training if s["mode"] == "given" else s["mode"] == "training"
        old_memory = self.memory()
        if s["writes"] == "always" or (training and s["writes"] == "training"):
            self._remember(x)
        if training and s["reads"] == "old memory":
            return self._normalized(x, *old_memory)
        if training and s["reads"] == "new memory":
            return self._normalized(x, *self.memory())
        if training or s["reads"] == "never":
            return self._normalized(x, *self._moments(x, s["ddof"]))
        return self._normalized(x, *self.memory())

    def gradients(self, x, dy):
        """dx, dgamma, dbeta of sum(dy * y) in training mode: by central differences for x."""
        s = self.settings
        training, old_memory = s["mode"] != "inference", self.memory()
        if training and s["writes"] != "never":
            self._remember(x)
        from_memory = {"old memory": old_memory, "new memory": self.memory()}.get(s["reads"])
        training = training and from_memory is None
        fixed = self._moments(x, s["ddof"]) if training else from_memory or self.memory()
        live = {"mean": s["detached"] not in ("mean", "both"), "variance": s["detached"] not in ("variance", "both")}

        def loss(values):
            moments = self._moments(values, s["ddof"])
            mean, variance = (m if live[name] and training else f for name, m, f in zip(live, moments, fixed))
            return np.sum(dy * self._normalized(values, mean, variance))

        dx, step = np.empty_like(x), 1e-5
        for place in np.ndindex(x.shape):
            up, down = x.copy(), x.copy()
            up[place] += step
            down[place] -= step
            dx[place] = (loss(up) - loss(down)) / (2 * step)
        x_hat = self._scaled(x, *fixed)
        through = {"gamma": np.sum(dy * x_hat, axis=0), "beta": np.sum(dy, axis=0), "missing": 0.0}
        found = {"gamma": 0.0, "beta": 0.0, "missing": 0.0}
        found[s["gamma"]] = through["gamma"]
        found[s["beta"]] = through["beta"]
        return dx, np.broadcast_to(found["gamma"], (5,)), np.broadcast_to(found["beta"], (5,))

    def _moments(self, x, ddof):
        axes = {
            "features": tuple(range(x.ndim - 1)),
            "all": None,
            "rows": tuple(range(1, x.ndim)),
            "batch": (0,),
            "image": tuple(range(1, x.ndim - 1)) if x.ndim > 2 else (0,),
        }[self.settings["axes"]]
        return x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True, ddof=ddof)

    def _remember(self, x):
        s = self.settings
        momentum = self.momentum if s["fixed_momentum"] is None else s["fixed_momentum"]
        old, new = (momentum, 1 - momentum) if s["momentum_of"] == "old" else (1 - momentum, momentum)
        mean, variance = self._moments(x, s["memory_ddof"])
        batch = (mean, np.sqrt(variance) if s["remembers"] == "std" else variance)
        # A memory of one number for each feature: what has more is averaged into it.
        mean, variance = (np.broadcast_to(m, x.shape).reshape(-1, x.shape[-1]).mean(axis=0) for m in batch)
        self.moving_mean = old * self.moving_mean + new * mean
        self.moving_variance = old * self.moving_variance + new * variance

    def _scaled(self, x, mean, variance):
        s = self.settings
        epsilon = self.epsilon if s["fixed_epsilon"] is None else s["fixed_epsilon"]
        spread = {
            "std": np.sqrt(variance + epsilon),
            "variance": variance + epsilon,
            "outside": np.sqrt(variance) + epsilon,
        }[s["spread"]]
        return (x - mean) / spread

    def _normalized(self, x, mean, variance):
        s = self.settings
        learned = self.learned | {"missing": None}
        y = self._scaled(x, mean, variance)
        y = y if learned[s["gamma"]] is None else y * learned[s["gamma"]]
        return y if learned[s["beta"]] is None else y + learned[s["beta"]]


def play(make):
    """(name, array) of everything the script looks at, one by one; `make(momentum, epsilon)` gives a layer."""
    rng = np.random.default_rng(0)
    scale, mean = np.array([2.0, 0.5, 0.05, 3.0, 1.0]), np.array([1.0, -2.0, 3.0, 0.0, 4.0])
    gamma, beta = np.array([2.0, -1.5, 0.5, 3.0, -0.7]), np.array([3.0, 1.0, -2.0, 0.5, -4.0])
    batches = [rng.normal(mean, scale, (8, 5)) for _ in range(10)]
    images = rng.normal(mean, scale, (3, 4, 2, 5)) + rng.normal(0, 1, (3, 4, 2, 1)) + rng.normal(0, 1, (3, 1, 1, 1))

    layer = make(MOMENTA[0], EPSILONS[0])
    yield "inference before any training", layer(batches[0], training=False)
    layer.set_learned(gamma, beta)
    for step, x in enumerate(batches, start=1):
        y = layer(x, training=True)
        if step in (1, 2, 10):
            yield f"training output, step {step}", y
            for name, values in zip(("moving mean", "moving variance"), layer.memory()):
                yield f"{name} after step {step}", values
    yield "inference output", layer(batches[0], training=False)
    yield "inference output of one row", layer(batches[1][:1], training=False)
    yield "moving mean after inference", layer.memory()[0]
    for name, values in zip(("dx", "dgamma", "dbeta"), layer.gradients(batches[2], rng.normal(size=(8, 5)))):
        yield name, values

    layer = make(MOMENTA[1], EPSILONS[1])
    layer(images, training=False)
    layer.set_learned(gamma, beta)
    yield "training output of images", layer(images, training=True)
    for name, values in zip(("moving mean", "moving variance"), layer.memory()):
        yield f"{name} of images", values
    yield "inference output of images", layer(images + 1, training=False)


def alike(a, b):
    """Whether two arrays agree to float32 and another order of computation."""
    return a.shape == b.shape and np.all(np.abs(a - b) <= 1e-3 + 1e-3 * np.abs(b))


def diagnose(yours, due):
    """The slug of the first mistake to mend, of the one or two that together give exactly `yours`; or None.

    Both are dicts of what the script looked at: in the submission, and in the right layer.
    """
    for together in (1, 2):
        for some in itertools.combinations((*MISTAKES, *_read_off(yours, due)), together):
            settings = {key: value for mistake in some for key, value in mistake.settings.items()}
            if len(settings) == sum(len(mistake.settings) for mistake in some) and _reproduces(settings, yours):
                return some[0].slug
    return None


def _read_off(yours, due):
    """Mistakes with a constant of the learner's own: the epsilon and the momentum that the numbers speak of."""
    found = []
    with np.errstate(all="ignore"):
        first, right = (values["inference before any training"] for values in (yours, due))
        found.append(("epsilon-ignored", "fixed_epsilon", (1 + EPSILONS[0]) * np.median(right / first) ** 2 - 1))
        first, right = (values["moving mean after step 1"] for values in (yours, due))
        found.append(("momentum-ignored", "fixed_momentum", 1 - (1 - MOMENTA[0]) * np.median(first / right)))
    return [Mistake(slug, {name: value}) for slug, name, value in found if np.isfinite(value) and 0 <= value <= 1]


def _reproduces(settings, yours):
    with np.errstate(all="ignore"):
        script = play(lambda momentum, epsilon: ScriptedLayer(momentum, epsilon, **settings))
        return all(alike(np.asarray(yours[name]), np.asarray(value)) for name, value in script)
