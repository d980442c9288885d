"""Answers to `layer_norm_backward`."""

import numpy as np

from tests.wrong_answers.registry import correct, correct_lines, wrong, wrong_lines

EXERCISE = "layer_norm_backward"


def parts(x, epsilon, *, axis=1, ddof=0):
    """inv_std and x_hat of each row."""
    inv_std = 1 / np.sqrt(x.var(axis=axis, keepdims=True, ddof=ddof) + epsilon)
    return inv_std, (x - x.mean(axis=axis, keepdims=True)) * inv_std


def mean(values):
    return values.mean(axis=1, keepdims=True)


def total(values):
    return values.sum(axis=1, keepdims=True)


def results(dx, dy, x_hat):
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def with_dx(formula, **settings):
    """The answer whose dx is formula(dx_hat, inv_std, x_hat, dy, gamma)."""

    def answer(dy, x, gamma, epsilon):
        inv_std, x_hat = parts(x, epsilon, **settings)
        return results(formula(dy * gamma, inv_std, x_hat, dy, gamma), dy, x_hat)

    return answer


def right(g, s, h, *_):
    return s * (g - mean(g) - h * mean(g * h))


@correct(EXERCISE)
def in_nine_steps(dy, x, gamma, epsilon):
    features = x.shape[1]
    centred = x - x.mean(1)[:, None]
    inv_std = (np.square(centred).mean(1)[:, None] + epsilon) ** -0.5
    dx_hat = dy * gamma
    dvariance = (dx_hat * centred).sum(1)[:, None] * -0.5 * inv_std**3
    dcentred = dx_hat * inv_std + dvariance * 2 / features * centred
    dx = dcentred - dcentred.sum(1)[:, None] / features
    return results(dx, dy, centred * inv_std), {"dx_hat": dx_hat}


@correct(EXERCISE)
def row_by_row(dy, x, gamma, epsilon):
    dx, dgamma = np.empty_like(x), 0.0
    for row in range(len(x)):
        s = 1 / np.sqrt(x[row].var() + epsilon)
        h, g = (x[row] - x[row].mean()) * s, dy[row] * gamma
        dx[row] = s * (g - g.mean() - h * (g @ h) / len(h))
        dgamma = dgamma + dy[row] * h
    return dx, dgamma, dy.sum(axis=0)


correct_lines(EXERCISE, in_one_line=with_dx(right))


@wrong(EXERCISE, "divides-by-variance")
def three_slips_of_which_dgamma_shows_two(dy, x, gamma, epsilon):
    centred, variance, g = x - mean(x), x.var(axis=1, keepdims=True, ddof=1), dy * gamma
    dvariance = total(g * centred) * -0.5 * (variance + epsilon) ** -1.5
    dcentred = g / variance + 2 * dvariance * centred / x.shape[1]
    return results(dcentred - mean(dcentred), dy, centred / variance)


@wrong(EXERCISE, "gamma-beta-swapped")
def in_another_order(dy, x, gamma, epsilon):
    dx, dgamma, dbeta = with_dx(right)(dy, x, gamma, epsilon)
    return dx, dbeta, dgamma


@wrong(EXERCISE, "gamma-beta-swapped")
def dbeta_knows_x_hat(dy, x, gamma, epsilon):
    inv_std, x_hat = parts(x, epsilon)
    return right(dy * gamma, inv_std, x_hat), dy.sum(0), np.einsum("nd,nd->d", dy, x_hat)


@wrong(EXERCISE, "wrong-axis")
def batch_normalizations(dy, x, gamma, epsilon):
    inv_std, x_hat = parts(x, epsilon, axis=0)
    g = dy * gamma
    return results(inv_std * (g - g.mean(0) - x_hat * (g * x_hat).mean(0)), dy, x_hat)


@wrong(EXERCISE, "wrong-axis")
def batch_normalizations_in_one_line(dy, x, gamma, epsilon):
    inv_std, x_hat = parts(x, epsilon, axis=0)
    _, dgamma, dbeta = results(0, dy, x_hat)
    return gamma * inv_std * (dy - dbeta / len(x) - x_hat * dgamma / len(x)), dgamma, dbeta


def averaged(*names):
    def answer(dy, x, gamma, epsilon):
        found = dict(zip(("dx", "dgamma", "dbeta"), with_dx(right)(dy, x, gamma, epsilon)))
        return tuple(value / len(x) if name in names else value for name, value in found.items())

    return answer


def with_root(root):
    """The answer whose inv_std is root(variance, epsilon)."""

    def answer(dy, x, gamma, epsilon):
        inv_std = root(x.var(axis=1, keepdims=True), epsilon)
        x_hat = (x - mean(x)) * inv_std
        return results(right(dy * gamma, inv_std, x_hat), dy, x_hat)

    return answer


wrong_lines(
    EXERCISE,
    {
        "divides-by-variance": dict(
            without_a_root=with_root(lambda v, e: 1 / (v + e)),
            without_a_root_by_a_power=with_root(lambda v, e: (v + e) ** -1.0),
        ),
        "unbiased-variance": dict(
            with_ddof=with_dx(right, ddof=1),
            with_ddof_and_einsum=with_dx(
                lambda g, s, h, *_: s * (g - mean(g) - h * np.einsum("nd,nd->n", g, h)[:, None] / h.shape[1]), ddof=1
            ),
        ),
        "epsilon-outside-sqrt": dict(
            std_plus_epsilon=with_root(lambda v, e: 1 / (np.sqrt(v) + e)),
            std_plus_its_root=with_root(lambda v, e: 1 / (np.sqrt(v) + np.sqrt(e))),
        ),
        "epsilon-ignored": dict(
            with_none=with_root(lambda v, e: 1 / np.sqrt(v)),
            with_1e_5=with_root(lambda v, e: 1 / np.sqrt(v + 1e-5)),
        ),
        "gamma-outside-the-means": dict(
            gamma_in_front=with_dx(lambda g, s, h, dy, gamma: gamma * s * (dy - mean(dy) - h * mean(dy * h))),
            gamma_at_the_end=with_dx(lambda g, s, h, dy, gamma: right(dy, s, h) * gamma[None, :]),
        ),
        "detached-statistics": dict(
            only_the_direct_way=with_dx(lambda g, s, h, *_: g * s),
            divided_by_the_spread=with_dx(lambda g, s, h, *_: g / (1 / s)),
        ),
        "detached-variance": dict(
            only_the_mean_removed=with_dx(lambda g, s, h, *_: s * (g - mean(g))),
            only_the_mean_removed_at_the_end=with_dx(lambda g, s, h, *_: g * s - mean(g * s)),
        ),
        "detached-mean": dict(
            only_x_hat_removed=with_dx(lambda g, s, h, *_: s * (g - h * mean(g * h))),
            only_x_hat_removed_by_a_sum=with_dx(
                lambda g, s, h, *_: s * g - s * h * (g * h).sum(1, keepdims=True) / h.shape[1]
            ),
        ),
        "sum-not-mean": dict(
            both_sums=with_dx(
                lambda g, s, h, *_: s * (g - g.sum(1, keepdims=True) - h * (g * h).sum(1, keepdims=True))
            ),
            one_sum=with_dx(lambda g, s, h, *_: s * (g - mean(g) - h * total(g * h))),
        ),
        "missing-inverse-std": dict(
            without_it=with_dx(lambda g, s, h, *_: g - mean(g) - h * mean(g * h)),
        ),
        "wrong-power": dict(
            only_before_the_first=with_dx(lambda g, s, h, *_: s * (g - mean(g)) - h * mean(g * h)),
        ),
        "wrong-axis": dict(
            shares_for_each_row=lambda dy, x, gamma, epsilon: (dy, (dy * parts(x, epsilon)[1]).sum(1), dy.sum(1)),
        ),
        "missing-gamma-in-dx": dict(
            from_dy=with_dx(lambda g, s, h, dy, gamma: right(dy, s, h)),
            from_dy_by_steps=with_dx(lambda g, s, h, dy, gamma: s * (dy - mean(dy)) - s * h * mean(dy * h)),
        ),
        "returns-zeros": dict(
            no_dx=with_dx(lambda g, s, h, *_: 0 * g),
            nothing=lambda dy, x, gamma, epsilon: (np.zeros_like(x), np.zeros_like(gamma), np.zeros_like(gamma)),
        ),
        "mean-not-sum": dict(
            both_averaged=averaged("dgamma", "dbeta"),
            dgamma_averaged=averaged("dgamma"),
        ),
        "wrong-shape": dict(
            only_dx=lambda dy, x, gamma, epsilon: dy,
        ),
        "wrong-values": dict(
            sorted_dx=with_dx(lambda g, s, h, *_: np.sort(right(g, s, h), axis=0)),
        ),
    },
)
