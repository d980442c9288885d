"""The backward pass of batch normalization with switches: each switch is a mistake that learners make.

With none set it is right. Rows (N, D); feature maps and layer normalization are brought into this form by their checks.
"""

import numpy as np

from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import INVERSE_SWITCHES, MOMENT_SWITCHES, inverse, moments, place, split
from helpers.checks.engine.mistakes import TOTALS

PARTS = ("itself", "mean", "variance")
"""The three ways from x to y."""


def compute(
    dy,
    x,
    gamma,
    epsilon,
    *,
    paths=("mean", "variance"),
    summed=(),
    again=(),
    whole=None,
    bare=(),
    gain=("itself", "mean", "variance"),
    averaged=(),
    with_gamma=(),
    dgamma_of=None,
    spread=False,
    less=0,
    sums="batch",
    count="rows",
    own_row=False,
    swapped=False,
    zeros=(),
    fixed=None,
    steps=None,
    factors=None,
    variance_power=0.0,
    uneven=None,
    gamma_place=None,
    beta_place=None,
    **settings,
):
    """dx, dgamma, dbeta with switches.

    paths: those through which x also acts; summed: paths whose sum is not divided by m; again: those divided once more;
    whole: all of dx "times" m or "over" m; bare: parts that lack inv_std; gain: parts that have gamma, or "twice";
    averaged: of dgamma and dbeta, those averaged, also where dx uses them if spread; with_gamma: of the two, those
    summed from dy * gamma; dgamma_of: "x" or "y" instead of x_hat; less: taken from m in the variance's path; sums:
    over the "batch", the "features" or "all"; count: m of the "rows" or of the "features"; own_row: the paths know the
    row itself alone; zeros: results that are 0; fixed: a number of rows of the learner's own; steps: what goes wrong in
    the lines from dinv_std to dcentred; factors: part -> a factor; variance_power: of inv_std too many in that path;
    uneven: another epsilon, and result or part -> the power of inv_std that has it.
    """
    of_moments, of_inverse, _ = split(settings, MOMENT_SWITCHES, INVERSE_SWITCHES)
    mean, variance = moments(x, -1, **of_moments)
    inv_std = inverse(variance, epsilon, **of_inverse)
    x_hat = (x - mean) * inv_std
    m = fixed or x.shape[0 if count == "rows" else 1]
    over = {"batch": 0, "features": 1, "all": None}[sums]
    factor = place(gamma, 2, -1, gamma_place)
    terms = dy * {None: x - mean if "dgamma" in bare else x_hat, "x": x, "y": gamma * x_hat}[dgamma_of]
    shares = {"dgamma": terms.sum(axis=over), "dbeta": dy.sum(axis=over)}
    if over is None:
        shares = {name: np.full(gamma.shape, one) for name, one in shares.items()}
    shares = {name: values / m if name in averaged else values for name, values in shares.items()}
    used = shares if spread else {"dgamma": (dy * x_hat).sum(axis=0), "dbeta": dy.sum(axis=0)}
    if own_row:
        used = {"dgamma": dy * x_hat, "dbeta": dy}
    shares = {name: values * gamma if name in with_gamma else values for name, values in shares.items()}
    parts = {"itself": dy, "mean": 0.0, "variance": 0.0}
    if "mean" in paths:
        parts["mean"] = -used["dbeta"] / (1 if "mean" in summed else m) * np.ones_like(dy)
    if "variance" in paths:
        parts["variance"] = -x_hat * used["dgamma"] / (1 if "variance" in summed else m - less)
    if steps == "not summed":
        each = -x_hat * (dy * x_hat) / len(dy)
        parts["variance"] = each - each.mean(axis=0)  # dmean takes its mean away
    if steps == "overwritten":  # the mean's path then starts from the variance's alone, which sums to 0
        parts |= {"itself": 0.0, "mean": 0.0}
    parts["variance"] = parts["variance"] * inv_std**variance_power
    for name in again:
        parts[name] = parts[name] / m
    other = {} if uneven is None else uneven[1]
    ratio = 1.0 if uneven is None else inverse(variance, epsilon, **uneven[0]) / inv_std
    parts = {name: part * (factors or {}).get(name, 1.0) * ratio ** other.get(name, 0) for name, part in parts.items()}
    gained = {name: factor**2 if gain == "twice" else factor if name in gain else 1 for name in parts}
    dx = sum(part * gained[name] * (1 if name in bare else inv_std) for name, part in parts.items())
    dx = {None: dx, "times": dx * m, "over": dx / m}[whole]
    if "dgamma" in other:
        shares["dgamma"] = shares["dgamma"] * np.squeeze(ratio)
    results = {"dx": dx} | shares
    results = {name: np.zeros_like(values) if name in zeros else values for name, values in results.items()}
    names = ("dx", "dbeta", "dgamma") if swapped else ("dx", "dgamma", "dbeta")
    return tuple(results[name] for name in names)


UNEVEN = tuple(
    mistake("epsilon-uneven", rare=True, uneven=(other, places))
    for other in ({"constant": 0.0}, {"constant": 1e-8}, {"constant": 1e-5}, {"outside": "root"})
    for places in (
        {"variance": 3},
        {"variance": 2},
        {"variance": 1},
        {"itself": 1},
        {"mean": 1},
        {"itself": 1, "mean": 1},
        {"itself": 1, "mean": 1, "variance": 1},
        {"itself": 1, "mean": 1, "variance": 3},
        {"dgamma": 1, "variance": 2},
        {"dgamma": 1},
    )
)
"""One epsilon in some lines and another in the rest; the first is the forward pass's own."""

PATHS = (
    mistake("detached-statistics", "paths", paths=()),
    mistake("detached-variance", "paths", paths=("mean",)),
    mistake("detached-mean", "paths", paths=("variance",)),
    mistake("gradient-overwritten", "steps", steps="overwritten"),
    mistake("not-summed-over-rows", "steps", steps="not summed"),
    mistake("own-row-only", "steps", rare=True, own_row=True),
    mistake("wrong-sign", "factors", factors={"variance": -1.0}),
    *(mistake("wrong-sign", "factors", rare=True, factors=dict.fromkeys(of, -1.0)) for of in (PARTS[1:], PARTS[1:2])),
    *(mistake("wrong-power", "power", rare=power != -2.0, variance_power=power) for power in (-2.0, -1.0, -1.5, 1.0)),
    mistake("sum-not-mean", summed=("mean", "variance")),
    *(mistake("sum-not-mean", rare=True, summed=(path,)) for path in ("mean", "variance")),
    *TOTALS,
    mistake("sum-not-mean", "whole", rare=True, whole="times"),
    *(mistake("divided-twice", rare=True, again=again) for again in (PARTS[1:], PARTS[1:2], PARTS[2:])),
    mistake("divided-twice", "whole", rare=True, whole="over"),
    mistake("wrong-count", rare=True, count="features"),
    mistake("missing-inverse-std", "bare", bare=PARTS),
    *(mistake("missing-inverse-std", "bare", rare=True, bare=bare) for bare in (PARTS[1:], PARTS[:2])),
    *(mistake("missing-inverse-std", "bare", rare=True, bare=(part,)) for part in PARTS),
)
"""What goes wrong in dx, whatever it is normalized over."""

FACTORS = tuple(mistake("wrong-factor", "factors", rare=True, factors={"variance": k}) for k in (0.5, 2.0, -2.0))
"""The 2 of the square, the 1/2 of the root and its sign; `estimate` reads other factors off dx."""


def estimate(dy, x, gamma, epsilon, dx):
    """Mistakes read off dx: a constant factor of one path, or another power of inv_std in the variance's."""
    whole = compute(dy, x, gamma, epsilon)[0]
    inv_std = 1 / np.sqrt(x.var(axis=0) + epsilon)
    for path, others in (("variance", ("mean",)), ("mean", ("variance",))):
        rest = compute(dy, x, gamma, epsilon, paths=others)[0]
        part, yours = whole - rest, dx - rest
        with np.errstate(all="ignore"):
            ratio = (yours * part).sum(axis=0) / np.square(part).sum(axis=0)
        if not np.isfinite(ratio).all() or np.abs(yours - ratio * part).max() > 1e-3 * np.abs(part).max():
            continue
        if np.ptp(ratio) < 1e-3 * np.abs(ratio).max():
            yield mistake("wrong-factor", "factors", rare=True, factors={path: float(ratio.mean())})
        elif path == "variance" and abs(np.sign(ratio).sum()) == len(ratio):
            power = np.round(4 * np.polyfit(np.log(inv_std), np.log(np.abs(ratio)), 1)[0]) / 4
            factor = float((ratio / inv_std**power).mean())
            yield mistake("wrong-power", "power", rare=True, variance_power=power, factors={path: factor})
