"""Checks of lesson 10: folding into the layer before, and Keras's settings in PyTorch's words."""

from numbers import Real

import numpy as np

from helpers import batchnorm
from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import INVERSE_SWITCHES, inverse, split
from helpers.checks.engine.mistakes import CONSTANTS, DIVIDES_BY_VARIANCE, EPSILON, epsilon_read_off
from helpers.checks.engine.values import Answer, Case, Task, judge

NARROW = 1
"""The feature whose moving variance is small."""


def layers(shape, *, epsilon, seed, bias=True, dtype=np.float64):
    """kernel (features last), bias, gamma, beta, moving_mean, moving_variance, epsilon."""
    rng, features = np.random.default_rng(seed), shape[-1]
    gamma = rng.uniform(1.5, 4.0, features) * np.resize([1.0, -1.0, 1.0], features)
    beta, mean = rng.normal(0.0, 5.0, (2, features)) + 3.0
    variance = rng.uniform(4.0, 16.0, features)
    variance[NARROW : NARROW + 1] = 2e-4
    kernel, old_bias = rng.normal(size=shape), rng.normal(2.0, 3.0, features)
    arrays = [array.astype(dtype) for array in (kernel, old_bias, gamma, beta, mean, variance)]
    if not bias:
        arrays[1] = None
    return (*arrays, epsilon)


def answer(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    statistics = gamma, beta, moving_mean, moving_variance
    new_kernel, new_bias = batchnorm.fold(kernel, bias, *statistics, epsilon=epsilon)
    inv_std = 1 / np.sqrt(moving_variance + epsilon)
    size = np.abs(gamma) * inv_std
    old_bias = np.zeros_like(gamma) if bias is None else bias
    steps = {"std": 1 / inv_std, "inv_std": inv_std, "scale": gamma * inv_std}
    tolerance = {
        "kernel": batches.ROUNDING * size * (np.abs(kernel).max() + 1e-3),
        "bias": batches.ROUNDING * (size * (np.abs(old_bias) + np.abs(moving_mean)) + np.abs(beta) + 1e-3),
    }
    return Answer({"kernel": new_kernel, "bias": new_bias}, steps, tolerance)


def compute(
    kernel,
    bias,
    gamma,
    beta,
    moving_mean,
    moving_variance,
    epsilon,
    *,
    gain="gamma",
    offset="beta",
    old_bias="scaled",
    mean="scaled",
    scaled="kernel",
    along="features",
    **settings,
):
    """Kernel and bias with switches.

    old_bias, mean: "scaled", "as it is" or None; scaled: None for a kernel that stays as it was; along: the axis of the
    kernel that the scale acts along.
    """
    of_inverse, _ = split(settings, INVERSE_SWITCHES)
    given = {"gamma": gamma, "beta": beta}
    scale = inverse(moving_variance, epsilon, **of_inverse) * (1.0 if gain is None else given[gain])
    factor = {"scaled": scale, "as it is": 1.0, None: 0.0}
    old = np.zeros_like(scale) if bias is None else bias
    new_bias = old * factor[old_bias] - moving_mean * factor[mean] + (0.0 if offset is None else given[offset])
    if scaled is None:
        return kernel, new_bias
    return kernel * (scale if along == "features" else scale[:, None]), new_bias


def estimate(trials):
    """The constant that stands where epsilon should, read off the kernel."""
    trial = next((trial for trial in trials if trial.returned and trial.problem is None), None)
    if trial is None:
        return ()
    kernel, _, gamma, _, _, variance, _ = trial.arguments
    place = np.unravel_index(np.argmax(np.abs(kernel[..., NARROW])), kernel.shape[:-1])
    gain = trial.results["kernel"][(*place, NARROW)] / float(kernel[(*place, NARROW)])
    found = epsilon_read_off(float(gamma[NARROW]), float(variance[NARROW]), gain)
    return tuple(one._replace(slug="fold-ignores-epsilon") for one in found)


def facts(trials):
    trial = next((trial for trial in trials if trial.returned and not trial.right), trials[0])
    results, right = trial.results, trial.answer.results
    if any(name not in results or results[name].shape != right[name].shape for name in right):
        return {}
    feature = int(np.argmax(np.abs(results["bias"] - right["bias"])))
    gains = [
        np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0) for kernel in (results["kernel"], right["kernel"])
    ]
    with np.errstate(all="ignore"):
        gains = gains[0] / gains[1]
    wide = int(np.argmax(trial.arguments[5]))
    return {
        "bias": f"{results['bias'][feature]:.2f}",
        "bias_due": f"{right['bias'][feature]:.2f}",
        "narrow": f"{gains[NARROW]:.3g}",
        "wide": f"{gains[wide]:.3g}",
        "variance": f"{trial.arguments[5][NARROW]:g}",
    }


MISTAKES = (
    *DIVIDES_BY_VARIANCE,
    *(one for one in EPSILON if one.slug == "epsilon-outside-sqrt"),
    mistake("missing-gamma", "gain", gain=None),
    mistake("missing-beta", "offset", offset=None),
    mistake("gamma-beta-swapped", "gain and offset", gain="beta", offset="gamma"),
    mistake("gamma-wrong-axis", "along", along="inputs"),
    mistake("fold-ignores-bias", "bias", old_bias=None),
    *(mistake("fold-ignores-epsilon", "epsilon", rare=c not in (0.0, 1e-5), constant=c) for c in CONSTANTS),
    mistake("bias-not-scaled", "bias", old_bias="as it is"),
    mistake("mean-not-folded", "mean", mean=None),
    mistake("mean-not-folded", "mean", mean="as it is"),
    mistake("kernel-not-scaled", scaled=None),
)

TASK = Task(
    cases=(
        Case("a kernel of shape (6, 5)", layers((6, 5), epsilon=1e-3, seed=0)),
        Case("a kernel of shape (4, 4) in float32", layers((4, 4), epsilon=0.02, seed=1, dtype=np.float32)),
        Case("a convolution's kernel of shape (3, 2, 4, 5)", layers((3, 2, 4, 5), epsilon=0.3, seed=2)),
        Case("a layer without bias", layers((2, 3), epsilon=1e-3, seed=3, bias=False)),
    ),
    edges=(
        Case("a kernel of shape (3, 3, 1, 6)", layers((3, 3, 1, 6), epsilon=1e-3, seed=4)),
        Case("a single unit", tuple(a[..., :1] if np.ndim(a) else a for a in layers((5, 2), epsilon=1e-3, seed=5))),
        Case("moving variances of 0", (*layers((4, 3), epsilon=1e-3, seed=6)[:5], np.zeros(3), 1e-3)),
    ),
    answer=answer,
    compute=compute,
    mistakes=MISTAKES,
    estimate=estimate,
    facts=facts,
)


@exercise("fold", arguments=("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "epsilon"))
def fold(attempt):
    """Check `fn(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon)` -> kernel, bias of the one layer.

    Features are on the kernel's last axis: dense (D, C), convolution (kh, kw, D, C). `bias` is (C,) or None; the bias
    that comes back is (C,). `fn` may return `((kernel, bias), {"scale": ...})` to have its steps compared too.
    """
    judge(attempt, TASK)


SETTINGS = ((0.99, 1e-3), (0.9, 1e-5), (0.3, 0.02), (0.0, 0.5), (1.0, 1e-7))
KEYS = ("momentum", "eps")
BOUND = 1e-6


@exercise("to_pytorch", arguments=("momentum", "epsilon"))
def to_pytorch(attempt):
    """Check `fn(momentum, epsilon)` -> `{"momentum": ..., "eps": ...}`: Keras's two numbers as PyTorch wants them.

    In Keras `momentum` is the weight of the OLD value, in PyTorch that of the new one.
    """
    yours = np.array([_settings(attempt, *given) for given in SETTINGS])
    attempt.no_side_effects()
    given = np.array(SETTINGS)
    due = np.stack([1 - given[:, 0], given[:, 1]], axis=1)
    apart = np.abs(yours - due).max(axis=0)
    for name, difference in zip(KEYS, apart):
        attempt.row(name, bool(difference < BOUND), difference, BOUND)
    momentum, eps = yours.T
    on = f" on momentum={SETTINGS[0][0]:g}, epsilon={SETTINGS[0][1]:g}"
    for name, values in zip(KEYS, yours.T):
        attempt.require(np.isfinite(values).all(), "not-finite", name=f"`{name}`", on=on)
    if apart[0] >= BOUND:
        attempt.require(np.abs(momentum - given[:, 0]).max() >= BOUND, "pytorch-momentum-same")
        attempt.require(np.ptp(momentum) >= BOUND, "momentum-ignored", yours=f"{momentum[0]:g}")
        _wrong_values(attempt, "momentum", momentum - due[:, 0])
    if apart[1] >= BOUND:
        attempt.require(np.ptp(eps) >= BOUND, "epsilon-ignored", yours=f"{eps[0]:g}")
        _wrong_values(attempt, "eps", eps - due[:, 1])


def _settings(attempt, momentum, epsilon):
    """momentum and eps as floats, or the end of the check because of their form."""
    on = f"momentum={momentum:g}, epsilon={epsilon:g}"
    value = attempt.call(momentum, epsilon, on=on)
    due = 'a dict with the keys "momentum" and "eps"'
    if not isinstance(value, dict):
        received = "None (is there a `return`?)" if value is None else f"an object of type {type(value).__name__}"
        attempt.fail("wrong-shape", hint="not-a-dict", name="what comes back", due=due, received=received, on="")
    if set(value) != set(KEYS):
        received = ", ".join(f'"{key}"' for key in value) or "no key"
        attempt.fail("wrong-shape", hint="other-keys", received=received)
    for name in KEYS:
        number = value[name]
        array = isinstance(number, np.ndarray) and number.size == 1 and number.dtype.kind in "fiu"
        if not array and (isinstance(number, bool) or not isinstance(number, Real)):
            attempt.fail("wrong-dtype", hint="not-a-number", name=f"`{name}`", received=type(number).__name__)
    return [float(np.ravel(value[name])[0]) for name in KEYS]


def _wrong_values(attempt, name, apart):
    place = int(np.argmax(np.abs(apart)))
    momentum, epsilon = SETTINGS[place]
    on = f" on momentum={momentum:g}, epsilon={epsilon:g}"
    attempt.fail("wrong-values", name=f"`{name}`", difference=f"{abs(apart[place]):.2g}", on=on, place="")
