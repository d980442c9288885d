"""The inputs of checks that normalize a batch, what is right for them, and what can be told from outside."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine.reading import within
from helpers.checks.engine.values import Answer, Case, in_float64
from helpers.checks.hints import say

ROUNDING = 1e-5
"""Share of |scale * x| + |beta| that a result may be off: 80 roundings of float32, so that `a * x + b` passes."""

NARROW = 1
"""The feature that hardly varies."""

FAR = 1e4
"""A mean beside which a spread of 1 is small in float32."""


def ordinary(rows, features, *, epsilon, dtype=np.float64, seed=0):
    """x (rows, features), gamma, beta, epsilon: means up to 4, spreads 0.8 to 5; feature NARROW has spread 0.01."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features))
    x = (x - x.mean(axis=0)) / x.std(axis=0)  # so that the spreads below are exact
    spread = np.linspace(0.8, 5.0, features)
    mean = rng.uniform(-4.0, 4.0, features)
    spread[NARROW : NARROW + 1], mean[NARROW : NARROW + 1] = 0.01, 0.3
    gamma = rng.uniform(1.5, 4.0, features) * rng.permutation(np.resize([1.0, -1.0], features))
    beta = rng.uniform(2.0, 6.0, features) * rng.permutation(np.resize([1.0, 1.0, -1.0], features))
    return (x * spread + mean).astype(dtype), gamma.astype(dtype), beta.astype(dtype), epsilon


def answer(x, gamma, beta, epsilon, axis=-1):
    """The Answer of `forward` for float64 arrays."""
    y, cache = batchnorm.forward(x, gamma, beta, epsilon=epsilon, axis=axis)
    steps = {"mean": cache.mean, "variance": cache.variance, "std": np.sqrt(cache.variance + epsilon)}
    steps |= {"inv_std": cache.inv_std, "x_hat": cache.x_hat}
    axis %= x.ndim
    others = tuple(i for i in range(x.ndim) if i != axis)
    size = np.abs(gamma) * cache.inv_std * np.abs(x).max(axis=others) + np.abs(beta) + 1e-3
    bound = ROUNDING * size

    def seen(results):
        return seen_of(results["y"], x, others, cache, bound)

    return Answer({"y": y}, steps, {"y": bound.reshape([-1 if i == axis else 1 for i in range(x.ndim)])}, seen)


def seen_of(y, x, others, cache, bound):
    """Each feature's mean, spread, gain (how much of x_hat is in it) and offset (what is left where x_hat is 0)."""
    mean, spread = y.mean(axis=others), y.std(axis=others)
    strength = np.square(cache.x_hat).mean(axis=others)
    with np.errstate(all="ignore"):
        gain = np.where(strength > 1e-6, (y * cache.x_hat).mean(axis=others) / strength, 0.0)
    offset = mean - gain * cache.x_hat.mean(axis=others)
    return {
        say("values.mean_of_each_feature"): (mean, bound),
        say("values.spread_of_each_feature"): (spread, bound),
        say("values.gain_of_each_feature"): (gain, bound * np.sqrt(1 / np.maximum(strength, 1e-2))),
        say("values.offset_of_each_feature"): (offset, bound),
    }


def inference_answer(x, gamma, beta, mean, variance, epsilon):
    """The Answer of `inference` for float64 arrays."""
    y = batchnorm.inference(x, gamma, beta, mean, variance, epsilon=epsilon)
    inv_std = 1 / np.sqrt(variance + epsilon)
    steps = {"std": 1 / inv_std, "inv_std": inv_std, "x_hat": (x - mean) * inv_std}
    size = np.abs(gamma) * inv_std * (np.abs(x).max(axis=0) + np.abs(mean)) + np.abs(beta) + 1e-3
    return Answer({"y": y}, steps, {"y": ROUNDING * size})


def spreads(y, right, wide=0):
    """Facts for hints: the spreads of feature NARROW and of feature `wide`, in y and as due, features last."""
    yours, due = (one.reshape(-1, one.shape[-1]).std(axis=0) for one in (y, right))
    places = {"narrow": NARROW % len(due), "wide": wide}
    return {f"{n}{end}": f"{s[i]:.2g}" for n, i in places.items() for end, s in (("", yours), ("_due", due))}


def one_row():
    x, gamma, beta, epsilon = ordinary(8, 4, epsilon=1e-3, seed=5)
    return Case("one row", (x[:1], gamma, beta, epsilon))


def one_feature():
    x, gamma, beta, epsilon = ordinary(6, 3, epsilon=1e-3, seed=6)
    return Case("a single feature", (x[:, :1], gamma[:1], beta[:1], epsilon))


def constant_columns():
    """One column constant at 3, and a batch that is constant at -2; both can be averaged without rounding."""
    x, gamma, beta, epsilon = ordinary(8, 4, epsilon=1e-3, seed=7)
    x[:, 2] = 3.0
    return (
        Case("a column that is constant", (x, gamma, beta, epsilon)),
        Case("a batch of zero variance", (np.full((4, 3), -2.0), gamma[:3], beta[:3], epsilon)),
    )


def large_mean():
    """Eight rows at mean 10,000 and spread 1 in float32: E[x²] - E[x]² has no digit left."""
    x, gamma, beta, epsilon = ordinary(8, 3, epsilon=1e-3, seed=8)
    arguments = (far(x), gamma.astype(np.float32), beta.astype(np.float32) / 10, epsilon)
    return far_case(arguments)


def far_case(arguments, *, name="a mean of 10,000 in float32", place=0, relative=0.02):
    """A Case whose argument number `place` is `far`."""
    return Case(name, arguments, relative=relative, verdict=unstable_variance(place))


def far(x):
    """x at spread 1 and mean 10,000, in multiples of 1/4, so that float32 holds it exactly."""
    return (FAR + np.round(4 * (x - x.mean(axis=0)) / x.std(axis=0)) / 4).astype(np.float32)


def unstable_variance(place):
    """A verdict for an input whose argument number `place` is `far`: `unstable-variance`, or None.

    It holds if the submission is right for the same numbers in float64. One that computes in float32 whatever it is
    given is known by two signs: it is right at mean 100, and its result changes when 37.25 is added to the far x.
    """

    def verdict(run, trial):
        if not trial.returned or trial.problem is not None:
            return None

        def moved(shift):
            x = trial.arguments[place] + np.float32(shift)
            return run(trial.case._replace(arguments=(*trial.arguments[:place], x, *trial.arguments[place + 1 :])))

        if run(trial.case._replace(arguments=in_float64(trial.arguments))).right:
            return "unstable-variance"
        again = moved(37.25)
        steady = all(within(again.results[n], y, trial.answer.tolerance[n]) for n, y in trial.results.items())
        return "unstable-variance" if moved(100 - FAR).right and not steady else None

    return verdict
