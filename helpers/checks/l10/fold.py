"""Check of lesson 10: folding into the layer before."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine import batches
from helpers.checks.engine.batches import NARROW
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import INVERSE_SWITCHES, inverse, split
from helpers.checks.engine.mistakes import CONSTANTS, DIVIDES_BY_VARIANCE, EPSILON, WRONG_ROOT, read_epsilon
from helpers.checks.engine.values import Answer, Case, Task, judge


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

    old_bias, mean: "scaled", "as it is" or None, mean also "added"; scaled: None for a kernel that stays as it was;
    along: the axis of the kernel that the scale acts along.
    """
    of_inverse, _ = split(settings, INVERSE_SWITCHES)
    given = {"gamma": gamma, "beta": beta}
    scale = inverse(moving_variance, epsilon, **of_inverse) * (1.0 if gain is None else given[gain])
    factor = {"scaled": scale, "as it is": 1.0, "added": -scale, None: 0.0}
    old = np.zeros_like(scale) if bias is None else bias
    new_bias = old * factor[old_bias] - moving_mean * factor[mean] + (0.0 if offset is None else given[offset])
    if scaled is None:
        return kernel, new_bias
    return kernel * (scale if along == "features" else scale[:, None]), new_bias


def estimate(trial):
    """The constant that stands where epsilon should, read off the kernel."""
    kernel, _, gamma, _, _, variance, _ = trial.arguments
    place = np.unravel_index(np.argmax(np.abs(kernel[..., NARROW])), kernel.shape[:-1])
    gain = trial.results["kernel"][(*place, NARROW)] / float(kernel[(*place, NARROW)])
    found = read_epsilon(float(gamma[NARROW]), float(variance[NARROW]), gain)
    return tuple(one._replace(slug="fold-ignores-epsilon") for one in found)


def facts(trial):
    (yours, bias), (right, bias_due) = (one.values() for one in (trial.results, trial.answer.results))
    feature = int(np.argmax(np.abs(bias - bias_due)))
    gains = [np.abs(kernel[..., NARROW]).max() for kernel in (yours, right)]
    with np.errstate(all="ignore"):
        narrow = gains[0] / gains[1]
    told = {"bias": f"{bias[feature]:.2f}", "bias_due": f"{bias_due[feature]:.2f}"}
    return told | {"narrow": f"{narrow:.3g}", "variance": f"{trial.arguments[5][NARROW]:g}"}


MISTAKES = (
    *DIVIDES_BY_VARIANCE,
    *WRONG_ROOT,
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
    mistake("mean-added", "mean", mean="added"),
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
