"""Wrong answers to `backward`."""

import numpy as np

from tests.wrong_answers.backward_correct import by_the_chain_rule_of_the_paper, in_one_line, parts
from tests.wrong_answers.registry import wrong, wrong_lines
from tests.wrong_answers.transforms import wrong_statistics

EXERCISE = "backward"


@wrong(EXERCISE, "divides-by-variance")
def in_dgamma_and_half_of_dx(dy, x, gamma, epsilon):
    """dx alone is explained by a wrong power, dgamma by the divisor, which is to be mended first."""
    s = 1 / (x.var(0) + epsilon)
    c = x - x.mean(0)
    dx = gamma * np.sqrt(s) * (dy - dy.mean(0) - c * s**2 * (dy * c).mean(0))
    return dx, (dy * c * s).sum(0), dy.sum(0)


@wrong(EXERCISE, "detached-statistics")
def divides_by_the_spread(dy, x, gamma, epsilon):
    std = np.sqrt(x.var(0) + epsilon)
    return gamma * dy / std, (dy * (x - x.mean(0)) / std).sum(0), dy.sum(0)


@wrong(EXERCISE, "detached-variance")
def chain_rule_without_dvariance(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dx_hat = dy * gamma
    dmean = -(dx_hat * inv_std).sum(0)
    return dx_hat * inv_std + dmean / m, (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "detached-mean")
def chain_rule_without_dmean(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dx_hat = dy * gamma
    dvariance = (dx_hat * (x - x.mean(0))).sum(0) * -0.5 * inv_std**3
    return dx_hat * inv_std + dvariance * 2 * (x - x.mean(0)) / m, (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "sum-not-mean")
def variance_path_not_divided(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dx_hat = dy * gamma
    dvariance = (dx_hat * (x - x.mean(0))).sum(0) * -0.5 * inv_std**3
    dmean = -(dx_hat * inv_std).sum(0)
    return dx_hat * inv_std + dvariance * 2 * (x - x.mean(0)) + dmean / m, (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "missing-inverse-std")
def not_in_dgamma(dy, x, gamma, epsilon):
    dx, _, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, (dy * (x - x.mean(0))).sum(0), dbeta


@wrong(EXERCISE, "missing-gamma-in-dx")
def chain_rule_from_dy(dy, x, gamma, epsilon):
    dx, _, _ = by_the_chain_rule_of_the_paper(dy, x, np.ones_like(gamma), epsilon)[0]
    _, dgamma, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, dgamma, dbeta


@wrong(EXERCISE, "mean-not-sum")
def both_averaged(dy, x, gamma, epsilon):
    _, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.mean(0), (dy * x_hat).mean(0)
    return gamma * inv_std * (dy - dbeta - x_hat * dgamma), dgamma, dbeta


@wrong(EXERCISE, "mean-not-sum")
def dbeta_averaged(dy, x, gamma, epsilon):
    dx, dgamma, _ = in_one_line(dy, x, gamma, epsilon)
    return dx, dgamma, np.mean(dy, axis=0)


@wrong(EXERCISE, "mean-not-sum")
def averaged_and_divided_again(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0) / m, (dy * x_hat).sum(0) / m
    return gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "gamma-beta-swapped")
def in_another_order(dy, x, gamma, epsilon):
    dx, dgamma, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, dbeta, dgamma


@wrong(EXERCISE, "gamma-beta-swapped")
def names_mixed_up(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dgamma, dbeta = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv_std * (dy - dgamma / m - x_hat * dbeta / m), dgamma, dbeta


@wrong(EXERCISE, "gamma-wrong-axis")
def gamma_on_the_transposed(dy, x, gamma, epsilon):
    dx, dgamma, dbeta = in_one_line(dy, x, np.ones_like(gamma), epsilon)
    return (dx.T * gamma).T, dgamma, dbeta


@wrong(EXERCISE, "wrong-axis")
def sums_per_row(dy, x, gamma, epsilon):
    dx, _, _ = in_one_line(dy, x, gamma, epsilon)
    _, _, x_hat = parts(x, epsilon)
    return dx, (dy * x_hat).sum(axis=1), dy.sum(axis=1)


@wrong(EXERCISE, "unbiased-variance")
def with_n_minus_one_everywhere(dy, x, gamma, epsilon):
    m = len(x)
    centered = x - x.mean(0)
    inv_std = ((centered**2).sum(0) / (m - 1) + epsilon) ** -0.5
    dx_hat = dy * gamma
    dvariance = (dx_hat * centered).sum(0) * -0.5 * inv_std**3
    dmean = -(dx_hat * inv_std).sum(0)
    dx = dx_hat * inv_std + dvariance * 2 * centered / (m - 1) + dmean / m
    return dx, (dy * centered * inv_std).sum(0), dy.sum(0)


def with_dx(line):
    """Right, but for the line that computes dx."""

    def answer(dy, x, gamma, epsilon):
        m, inv_std, x_hat = parts(x, epsilon)
        dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
        return line(dy, gamma, inv_std, x_hat, dbeta, dgamma, m), dgamma, dbeta

    return answer


wrong_lines(
    EXERCISE,
    {
        "detached-statistics": dict(
            statistics_as_constants=lambda dy, gamma, inv_std, *_: dy * gamma * inv_std,
        ),
        "detached-variance": dict(
            only_through_the_mean=lambda dy, gamma, inv_std, *_: gamma * inv_std * (dy - dy.mean(0)),
        ),
        "detached-mean": dict(
            only_through_the_variance=lambda dy, gamma, s, x_hat, *_: gamma * s * (dy - x_hat * (dy * x_hat).mean(0)),
        ),
        "sum-not-mean": dict(
            never_divided_by_m=lambda dy, gamma, s, x_hat, dbeta, dgamma, m: gamma * s * (dy - dbeta - x_hat * dgamma),
            mean_path_not_divided=lambda dy, gamma, s, x_hat, b, g, m: gamma * s * (dy - b - x_hat * g / m),
        ),
        "missing-inverse-std": dict(
            nowhere_in_dx=lambda dy, gamma, _, x_hat, dbeta, dgamma, m: gamma * (dy - dbeta / m - x_hat * dgamma / m),
            not_in_the_first_term=lambda dy, gamma, s, x_hat, b, g, m: gamma * dy - gamma * s * (b + x_hat * g) / m,
        ),
        "missing-gamma-in-dx": dict(
            without_gamma=lambda dy, _, inv_std, x_hat, b, g, m: inv_std * (dy - b / m - x_hat * g / m),
            gamma_only_in_the_first_term=lambda dy, gamma, s, x_hat, b, g, m: s * gamma * dy - s * (b + x_hat * g) / m,
        ),
        "gamma-wrong-axis": dict(
            gamma_along_the_rows=lambda dy, gamma, s, x_hat, b, g, m: gamma[:, None] * s * (dy - b / m - x_hat * g / m),
        ),
        "returns-zeros": dict(
            dx_of_zeros=lambda dy, *_: np.zeros_like(dy),
        ),
    },
    with_dx,
)


def with_inverse(center_and_inverse):
    """Right, but for what x is centered at and multiplied by."""

    def answer(dy, x, gamma, epsilon):
        mean, inv_std = center_and_inverse(x, epsilon)
        x_hat, m = (x - mean) * inv_std, len(x)
        dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
        return gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta

    return answer


wrong_lines(
    EXERCISE,
    {
        "wrong-axis": dict(
            statistics_per_row=lambda x, e: (x.mean(1, keepdims=True), 1 / np.sqrt(x.var(1, keepdims=True) + e)),
            statistics_of_everything=lambda x, epsilon: (x.mean(), 1 / np.sqrt(x.var() + epsilon)),
        ),
        "divides-by-variance": dict(
            inverse_variance=lambda x, epsilon: (x.mean(0), 1 / (x.var(0) + epsilon)),
            inverse_variance_without_epsilon=lambda x, epsilon: (x.mean(0), 1 / x.var(0)),
        ),
        "epsilon-outside-sqrt": dict(
            std_plus_epsilon=lambda x, epsilon: (x.mean(0), 1 / (x.std(0) + epsilon)),
            root_then_epsilon=lambda x, epsilon: (x.mean(0), 1 / (np.sqrt(np.var(x, axis=0)) + epsilon)),
        ),
        "epsilon-ignored": dict(
            without_epsilon=lambda x, _: (x.mean(0), 1 / x.std(0)),
            with_the_default=lambda x, _: (x.mean(0), 1 / np.sqrt(x.var(0) + 1e-3)),
            with_a_constant=lambda x, _: (x.mean(0), 1 / np.sqrt(x.var(0) + 0.0061)),
        ),
    },
    with_inverse,
)


def with_statistics(statistics):
    def center_and_inverse(x, epsilon):
        mean, variance = statistics(x)
        return mean, 1 / np.sqrt(variance + epsilon)

    return with_inverse(center_and_inverse)


wrong_statistics(EXERCISE, with_statistics)
wrong_lines(EXERCISE, {"returns-zeros": dict(zeros_everywhere=lambda dy, x, gamma, _: (0 * x, 0 * gamma, 0 * gamma))})


def in_steps(
    dinv_std=lambda terms: terms.sum(axis=0),
    dvariance=lambda dinv_std, inv_std: dinv_std * -0.5 * inv_std**3,
    dcentred=lambda direct, through_variance: direct + through_variance,
    rows=len,
):
    """The lesson's nine lines, with one of them replaced."""

    def answer(dy, x, gamma, epsilon):
        m, inv_std, x_hat = rows(x), *parts(x, epsilon)[1:]
        centred, dx_hat = x - x.mean(axis=0), dy * gamma
        of_variance = dvariance(dinv_std(dx_hat * centred), inv_std)
        of_centred = dcentred(dx_hat * inv_std, of_variance * 2 / m * centred)
        return of_centred - of_centred.sum(axis=0) / m, (dy * x_hat).sum(0), dy.sum(0)

    return answer


def fixed(rows):
    """One line, with a number of rows that somebody wrote down."""

    def answer(dy, x, gamma, epsilon):
        _, inv_std, x_hat = parts(x, epsilon)
        dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
        return gamma * inv_std * (dy - dbeta / rows - x_hat * dgamma / rows), dgamma, dbeta

    return answer


wrong_lines(
    EXERCISE,
    {
        "gradient-overwritten": dict(
            second_gradient_replaces_the_first=in_steps(dcentred=lambda direct, through_variance: through_variance),
            second_gradient_replaces_the_first_by_zero=in_steps(dcentred=lambda direct, other: 0 * direct + other),
        ),
        "not-summed-over-rows": dict(
            dinv_std_not_summed=in_steps(dinv_std=lambda terms: terms),
            dvariance_not_summed=in_steps(lambda terms: terms, lambda d, s: d / -2 * s**3),
        ),
        "wrong-sign": dict(
            plus_one_half=in_steps(dvariance=lambda dinv_std, inv_std: dinv_std * 0.5 * inv_std**3),
            subtracted=in_steps(dcentred=lambda direct, through_variance: direct - through_variance),
        ),
        "wrong-power": dict(
            first_power=in_steps(dvariance=lambda dinv_std, inv_std: dinv_std * -0.5 * inv_std),
            second_power=in_steps(dvariance=lambda dinv_std, inv_std: dinv_std * -0.5 * inv_std**2),
        ),
        "rows-fixed": dict(
            three_rows=fixed(3),
            six_rows=fixed(6),
        ),
    },
)
