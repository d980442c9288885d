"""Texts of submissions with slots: each slot has right expressions, and slips, which are pairs (expression, slug)."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.l00 import standardize
from helpers.checks.l05 import backward, calibrate, inference, layer_norm_backward, update_moving
from helpers.checks.l06 import conv_backward, conv_forward
from helpers.checks.l07 import masked_moments, recurrent_inference, recurrent_moments
from helpers.checks.l09 import ghost_forward
from helpers.checks.l10 import fold


def write(texts, rng, *, wrong):
    """The text of a submission with so many slips (where it has the slots), and their slugs."""
    template, slots = texts[rng.integers(len(texts))]
    slots = {name: ways for name, ways in slots.items() if f"{{{name}}}" in template}
    with_slips = [name for name, ways in slots.items() if any(isinstance(way, tuple) for way in ways)]
    spoiled = set(rng.choice(with_slips, min(wrong, len(with_slips)), replace=False))
    slugs, chosen = [], {}
    for name, ways in slots.items():
        fitting = [way for way in ways if isinstance(way, tuple) == (name in spoiled)]
        way = fitting[rng.integers(len(fitting))]
        chosen[name], slug = way if isinstance(way, tuple) else (way, None)
        slugs += [slug] if slug else []
    return template.format(**chosen), frozenset(slugs)


# What several exercises have

HEAD = ("", "x = np.array(x)", "x = np.asfortranarray(x)", "x = np.asarray(x, dtype=np.float64)", "x = x.copy()")
HEAD += ("x = np.ascontiguousarray(x.T).T", "x = np.array(x.tolist(), dtype=x.dtype).reshape(x.shape)")
MEAN = ("x.mean(0)", "np.mean(x, axis=0)", "x.sum(axis=0) / len(x)", "np.einsum('nd->d', x) / len(x)")
MEAN += ("np.ones(len(x)) @ x / len(x)", "np.average(x, axis=0)", "x.T.mean(axis=1)", "np.add.reduce(x) / len(x)")
VARIANCE = ("x.var(0)", "np.var(x, axis=0)", "np.square(x - mean).mean(0)", "((x - mean) ** 2).sum(0) / len(x)")
VARIANCE += ("x.std(axis=0) ** 2", "np.einsum('nd,nd->d', x - mean, x - mean) / len(x)", "x.T.var(axis=-1)")
VARIANCE += (
    ("x.var(0, ddof=1)", "unbiased-variance"),
    ("((x - mean) ** 2).sum(0) / (len(x) - 1)", "unbiased-variance"),
)
SUMMED = (("((x - mean) ** 2).sum(0)", "sum-not-mean"),)
INVERSE = ("1 / np.sqrt(variance + epsilon)", "(variance + epsilon) ** -0.5", "np.power(epsilon + variance, -1 / 2)")
INVERSE += ("np.reciprocal(np.sqrt(variance + epsilon))", "1 / (variance + epsilon) ** 0.5")
ROOTS = (("1 / (variance + epsilon)", "divides-by-variance"), ("1 / variance", "divides-by-variance"))
ROOTS += (("1 / (np.sqrt(variance) + epsilon)", "epsilon-outside-sqrt"), ("1 / variance**0.5", "epsilon-ignored"))
ROOTS += (("1 / np.sqrt(variance + 1e-5)", "epsilon-ignored"),)
FURTHER = (
    ("1 / np.sqrt(np.sqrt(variance) + epsilon)", "root-twice"),
    ("(variance + epsilon) ** 0.5", "multiplies-by-std"),
)
FURTHER += (("1 / np.sqrt(np.maximum(variance, epsilon))", "epsilon-outside-sqrt"),)
X_HAT = ("(x - mean) * s", "np.subtract(x, mean) * s", "-(mean - x) * s", "s * x - s * mean", "(x - mean) / (1 / s)")
CENTRING = (("x * s", "mean-not-subtracted"), ("(x + mean) * s", "mean-not-subtracted"))
CENTRING += (("x - mean * s", "missing-parentheses"),)
Y = ("gamma * h + beta", "h * gamma + beta", "np.add(beta, np.multiply(gamma, h))", "beta - gamma * -h")
Y += (("gamma * h", "missing-beta"), ("h + beta", "missing-gamma"), ("beta * h + gamma", "gamma-beta-swapped"))
Y += (("gamma * (h + beta)", "beta-scaled"),)
END = ("y", "y.copy()", "np.asfortranarray(y)", "y, {'x_hat': h}", "y, dict(std=1 / s)", "y.tolist()")

LINES = "    s = {inverse}\n    h = {x_hat}\n    y = {y}\n"
TRANSFORM = {"inverse": INVERSE + ROOTS + FURTHER, "x_hat": X_HAT + CENTRING, "y": Y}
OF_BATCH = {"mean": MEAN, "variance": VARIANCE + SUMMED} | TRANSFORM
MOMENTS = "    mean = {mean}\n    variance = {variance}\n"

DX = (  # the last lines of the backward pass, by steps and in one
    "    g = {g}\n    dv = {dv}\n    dc = {dc}\n    dx = {dx}\n",
    "    dx = {front} * (dy - {mean_part} - {projection})\n",
)
STEPS = {
    "g": ("dy * gamma", "np.multiply(gamma, dy)", ("dy", "missing-gamma-in-dx"), ("gamma * dy * gamma", "gamma-twice")),
    "dv": (
        "np.sum(g * c, axis=0) * -0.5 * s**3",
        "-0.5 * (g * c).sum(0) * (variance + epsilon) ** -1.5",
        ("0.5 * (g * c).sum(0) * s**3", "wrong-sign"),
        ("-0.5 * (g * c).sum(0) * s", "wrong-power"),
        ("-0.5 * (g * c).sum(0) * variance**-1.5", "epsilon-uneven"),
        ("-1.0 * (g * c).sum(0) * s**3", "wrong-factor"),
    ),
    "dc": (
        "g * s + 2 * dv * c / m",
        "dv * c * 2 / len(x) + s * g",
        ("2 * dv * c / m", "gradient-overwritten"),
        ("g * s + dv * c / m", "wrong-factor"),
        ("g * s + 2 * dv * c", "sum-not-mean"),
        ("g * s", "detached-variance"),
        ("g + 2 * dv * c / m", "missing-inverse-std"),
    ),
    "dx": (
        "dc - dc.mean(0)",
        "dc - dc.sum(axis=0) / m",
        ("dc", "detached-mean"),
        ("dc - dc.sum(0)", "sum-not-mean"),
        ("dc + dc.mean(0)", "wrong-sign"),
        ("dc - dc.mean(0) / m", "divided-twice"),
    ),
}
ONE_LINE = {
    "front": (
        "gamma * s",
        "gamma / np.sqrt(variance + epsilon)",
        ("s", "missing-gamma-in-dx"),
        ("gamma", "missing-inverse-std"),
        ("gamma**2 * s", "gamma-twice"),
        ("gamma / np.sqrt(variance)", "epsilon-uneven"),
        ("gamma * s / m", "divided-twice"),
        ("gamma * s * m", "sum-not-mean"),
    ),
    "mean_part": (
        "dy.mean(0)",
        "dy.sum(0) / m",
        "np.ones((m, m)) @ dy / m",
        ("dy.sum(0)", "sum-not-mean"),
        ("0", "detached-mean"),
        ("-dy.mean(0)", "wrong-sign"),
        ("dy.mean(0) / m", "divided-twice"),
    ),
    "projection": (
        "h * (dy * h).mean(0)",
        "c * s**2 * (dy * c).sum(0) / m",
        ("h * (dy * h).sum(0)", "sum-not-mean"),
        ("0", "detached-variance"),
        ("h * (dy * c).mean(0)", "wrong-power"),
        ("h * (dy * h).mean(0) / 2", "wrong-factor"),
        ("-h * (dy * h).mean(0)", "wrong-sign"),
    ),
}
SHARES = {
    "dgamma": (
        "(dy * h).sum(0)",
        "np.einsum('nd,nd->d', dy, h)",
        "np.sum(h * dy, axis=0)",
        ("(dy * h).mean(0)", "mean-not-sum"),
        ("(dy * gamma * h).sum(0)", "gamma-in-dgamma"),
        ("(dy * c).sum(0)", "missing-inverse-std"),
        ("(dy * x).sum(0)", "x-not-x-hat"),
    ),
    "dbeta": (
        "dy.sum(0)",
        "np.ones(m) @ dy",
        ("dy.mean(0)", "mean-not-sum"),
        ("(dy * gamma).sum(0)", "gamma-in-dgamma"),
    ),
}
GRADIENTS = "    m = len(x)\n" + MOMENTS + "    c = x - mean\n    s = {inverse}\n    h = c * s\n"
OF_GRADIENTS = {"mean": MEAN, "variance": VARIANCE, "inverse": INVERSE + ROOTS} | SHARES
ANSWER = ("(dx, dgamma, dbeta)", "[dx, dgamma, dbeta]", "((dx, dgamma, dbeta), {'x_hat': h})")


def gradient_texts(head, foot="", shares="    dgamma = {dgamma}\n    dbeta = {dbeta}\n", **more):
    for dx, slots in zip(DX, (STEPS, ONE_LINE)):
        lines = head + GRADIENTS + dx + foot + shares + "    return {end}\n"
        yield lines, OF_GRADIENTS | slots | {"end": ANSWER} | more


def text(arguments, body, **slots):
    return [(f"def answer({arguments}):\n{body}    return {{end}}\n", slots)]


ROWS = "    rows = np.moveaxis(x, axis, -1)\n    shape, x = x.shape, rows.reshape(-1, len(gamma))\n"
BACK = ("np.moveaxis({0}.reshape(rows.shape), -1, axis)", "np.moveaxis({0}.reshape(rows.shape), 3, axis % 4).copy()")
NOT_BACK = (("{0}.reshape(shape)", "reshape-not-transpose"),)


def back(name):
    return tuple((w[0].format(name), w[1]) if isinstance(w, tuple) else w.format(name) for w in BACK + NOT_BACK)


TEXTS = {
    "standardize": text(
        "x",
        "    {head}\n" + MOMENTS + "    s = {inverse}\n    h = {x_hat}\n",
        head=HEAD,
        mean=MEAN,
        variance=VARIANCE + SUMMED,
        inverse=(
            "1 / np.sqrt(variance)",
            "variance**-0.5",
            "np.reciprocal(np.sqrt(variance + 1e-12))",
            ("1 / variance", "divides-by-variance"),
            ("1 / np.sqrt(np.sqrt(variance))", "root-twice"),
            ("np.sqrt(variance)", "multiplies-by-std"),
        ),
        x_hat=X_HAT + CENTRING,
        end=("h", "h.copy()", "np.asfortranarray(h)", "(h, {'mean': mean})", "h.tolist()"),
    ),
    "forward": text("x, gamma, beta, epsilon", "    {head}\n" + MOMENTS + LINES, head=HEAD, end=END, **OF_BATCH),
    "conv_forward": text(
        "x, gamma, beta, epsilon, axis", "    {head}\n" + ROWS + MOMENTS + LINES, head=HEAD, end=back("y"), **OF_BATCH
    ),
    "ghost_forward": text(
        "whole, gamma, beta, epsilon, size",
        "    found = []\n    for start in {starts}:\n        x = whole[start : start + size]\n"
        + (MOMENTS + LINES).replace("    ", "        ")
        + "        found.append(y)\n",
        starts=("range(0, len(whole), size)", "np.arange(0, len(whole), size)"),
        end=("np.concatenate(found)", "np.vstack(found)", "np.array([row for y in found for row in y])"),
        **OF_BATCH,
    ),
    "inference": text(
        "x, gamma, beta, mean, variance, epsilon", "    {head}\n" + LINES, head=HEAD, end=END, **TRANSFORM
    ),
    "recurrent_inference": text(
        "x, t, means, variances, gamma, beta, epsilon",
        "    {head}\n    t = {step}\n    mean, variance = means[t], variances[t]\n" + LINES,
        head=HEAD,
        step=(
            "min(t, len(means) - 1)",
            "int(np.clip(t, 0, means.shape[0] - 1))",
            "t if t < len(means) else -1",
            ("0", "shared-over-time"),
            ("-1", "shared-over-time"),
            ("min(max(t - 1, 0), len(means) - 1)", "wrong-step"),
        ),
        end=END,
        **TRANSFORM,
    ),
    "backward": list(gradient_texts("def answer(dy, x, gamma, epsilon):\n", "")),
    "conv_backward": list(
        gradient_texts(
            "def answer(dy, x, gamma, epsilon, axis):\n"
            + ROWS
            + "    dy = np.moveaxis(dy, axis, -1).reshape(x.shape)\n",
            "    dx = {back}\n",
            back=back("dx"),
        )
    ),
    "layer_norm_backward": list(
        gradient_texts(
            "def answer(dy, x, gamma, epsilon):\n    rows, scale = dy, gamma\n"
            "    dy, x, gamma = (dy * gamma).T, x.T, 1.0\n",
            "    dx, h, x = dx.T, h.T, x.T\n",
            g=("dy", "np.array(dy)"),
            front=("s", ("1", "missing-inverse-std"), ("s / m", "divided-twice"), ("s * m", "sum-not-mean")),
            dgamma=(
                "(rows * h).sum(0)",
                ("(rows * h).mean(0)", "mean-not-sum"),
                ("(rows * scale * h).sum(0)", "gamma-in-dgamma"),
                ("(rows * x).sum(0)", "x-not-x-hat"),
            ),
            dbeta=("rows.sum(0)", ("rows.mean(0)", "mean-not-sum"), ("(rows * scale).sum(0)", "gamma-in-dgamma")),
        )
    ),
    "update_moving": text(
        "moving, batch, momentum",
        "",
        end=(
            "moving * momentum + batch * (1 - momentum)",
            "moving + (1 - momentum) * (batch - moving)",
            "batch + momentum * (moving - batch)",
            "np.average([moving, batch], axis=0, weights=[momentum, 1 - momentum])",
            ("moving * (1 - momentum) + batch * momentum", "momentum-inverted"),
            ("0.99 * moving + 0.01 * batch", "momentum-ignored"),
            ("moving * momentum + batch", "batch-unweighted"),
            ("momentum * (moving + batch)", "weights-not-one"),
        ),
    ),
    "calibrate": text(
        "means, variances, counts",
        "    w = {weights}\n    mean = {mean}\n    variance = {variance}\n",
        weights=("(counts / counts.sum())[:, None]", "np.reshape(counts, (-1, 1)) / np.sum(counts)"),
        mean=("(w * means).sum(0)", "np.sum(means * w, axis=0)", ("means.mean(0)", "ignores-counts")),
        variance=(
            "(w * (variances + (means - (w * means).sum(0)) ** 2)).sum(0)",
            "(w * variances).sum(0) + (w * np.square(means - (w * means).sum(0))).sum(0)",
            ("(w * variances).sum(0)", "averages-batch-variances"),
            ("(w * (means - (w * means).sum(0)) ** 2).sum(0)", "only-variance-of-means"),
            ("np.sqrt((w * (variances + (means - (w * means).sum(0)) ** 2)).sum(0))", "std-not-variance"),
        ),
        end=("(mean, variance)", "[mean, variance]", "np.stack([mean, variance])"),
    ),
    "recurrent_moments": text(
        "x",
        "    {head}\n    mean = {mean}\n    variance = {variance}\n",
        head=HEAD[:-2],
        mean=("x.mean(0)", "np.einsum('ntd->td', x) / len(x)", ("x.sum(0)", "sum-not-mean")),
        variance=(
            "x.var(0)",
            "np.square(x - x.mean(0)).mean(axis=0)",
            *VARIANCE[7:8],
            ("x.std(0)", "std-not-variance"),
        ),
        end=("(mean, variance)", "[mean, variance]", ("(variance, mean)", "results-swapped")),
    ),
    "masked_moments": text(
        "x, mask",
        "    real = {real}\n    count = np.maximum(real.sum(0), 1)\n"
        "    mean = np.where(real, x, 0).sum(0) / {by}\n    variance = {variance}\n",
        real=("mask[:, :, None]", "np.expand_dims(mask, -1)", ("~mask[:, :, None]", "mask-inverted")),
        by=("count", "count.astype(float)", ("len(x)", "stats-over-padding")),
        variance=(
            "np.where(real, np.square(x - mean), 0).sum(0) / count",
            "(real * (x - mean) ** 2).sum(0) / count",
            ("np.sqrt((real * (x - mean) ** 2).sum(0) / count)", "std-not-variance"),
        ),
        end=("(mean, variance)", "[mean, variance]", ("(variance, mean)", "results-swapped")),
    ),
    "fold": text(
        "kernel, bias, gamma, beta, mean, variance, epsilon",
        "    s = gamma * {inverse}\n    b = {old}\n    k = {kernel}\n    b = {bias}\n",
        inverse=INVERSE
        + tuple((e, s.replace("epsilon-ignored", "fold-ignores-epsilon")) for e, s in ROOTS)
        + FURTHER[:2],
        old=(
            "0 if bias is None else bias",
            "np.zeros_like(beta) if bias is None else bias",
            ("0", "fold-ignores-bias"),
        ),
        kernel=("kernel * s", "np.einsum('...c,c->...c', kernel, s)", ("kernel", "kernel-not-scaled")),
        bias=(
            "beta + s * (b - mean)",
            "s * b - s * mean + beta",
            ("beta + b - s * mean", "bias-not-scaled"),
            ("s * (b - mean)", "missing-beta"),
            ("beta + s * b", "mean-not-folded"),
            ("beta + s * (b + mean)", "mean-added"),
        ),
        end=("(k, b)", "[k, b]", "((k, b), {'scale': s})"),
    ),
}


def settings(rng):
    """epsilon, seed and dtype for an input."""
    dtype = (np.float64, np.float64, np.float32)[rng.integers(3)]
    return {"epsilon": float(10 ** rng.uniform(-1.9, -0.5)), "seed": int(rng.integers(10_000)), "dtype": dtype}


def without_epsilon(rng):
    return {key: value for key, value in settings(rng).items() if key != "epsilon"}


def size(rng, square):
    """Rows and features: as many of both, so that what lies along the wrong axis is not noticed, or more rows."""
    rows = int(rng.integers(5, 10))
    return (4, 4) if square else (rows, int(rng.integers(2, 5)))


def shape(rng, square):
    """Of maps, and their axis: at least eight values for each feature."""
    axis = int(rng.choice([1, -3])) if square else int(rng.choice([-1, 1, 3]))
    sides = [int(n) for n in rng.integers(2, 5, 4)]
    sides[axis] = sides[3] if square else int(rng.integers(2, 6))
    return tuple(sides), axis


INPUTS = {
    "standardize": lambda rng, square: standardize.batch(*size(rng, square), **without_epsilon(rng)),
    "forward": lambda rng, square: batches.ordinary(*size(rng, square), **settings(rng)),
    "backward": lambda rng, square: backward.batch(*size(rng, square), **settings(rng)),
    "layer_norm_backward": lambda rng, square: layer_norm_backward.batch(*size(rng, square)[::-1], **settings(rng)),
    "inference": lambda rng, square: inference.statistics(*size(rng, square), **settings(rng)),
    "conv_forward": lambda rng, square: conv_forward.maps(*shape(rng, square), **settings(rng)),
    "conv_backward": lambda rng, square: conv_backward.gradients(*shape(rng, square), **settings(rng)),
    "ghost_forward": lambda rng, square: ghost_forward.groups(
        *((8, 4, 4) if square else (9, int(rng.integers(2, 5)), int(rng.integers(3, 6)))), **settings(rng)
    ),
    "update_moving": lambda rng, square: update_moving.statistics(
        int(rng.integers(2, 6)), rng.uniform(0.1, 0.95), int(rng.integers(99))
    ),
    "calibrate": lambda rng, square: calibrate.batches_of(
        [int(n) for n in rng.choice(np.arange(3, 60), 3, replace=False)],
        int(rng.integers(2, 6)),
        **without_epsilon(rng),
    ),
    "recurrent_moments": lambda rng, square: recurrent_moments.sequences(
        (4, 4, 5) if square else (*size(rng, square), 3), **without_epsilon(rng)
    ),
    "masked_moments": lambda rng, square: masked_moments.padded(
        (5, 4, 3), [4, 4, 4, 3, int(rng.integers(2, 4))], **without_epsilon(rng)
    ),
    "recurrent_inference": lambda rng, square: recurrent_inference.memory(
        *((4, 4, 4) if square else (6, 4, int(rng.integers(2, 5)))),
        2 if square else int(rng.integers(1, 3)),
        **settings(rng),
    ),
    "fold": lambda rng, square: fold.layers(size(rng, square), bias=bool(rng.integers(4)), **settings(rng)),
}
