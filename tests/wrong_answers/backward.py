"""Wrong answers to `backward`."""

import numpy as np

from tests.wrong_answers.backward_correct import by_the_chain_rule_of_the_paper, in_one_line, parts
from tests.wrong_answers.registry import wrong, wrong_lines

EXERCISE = "backward"


@wrong(EXERCISE, "detached-statistics")
def statistics_as_constants(dy, x, gamma, epsilon):
    _, inv_std, x_hat = parts(x, epsilon)
    return dy * gamma * inv_std, (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "detached-statistics")
def divides_by_the_spread(dy, x, gamma, epsilon):
    std = np.sqrt(x.var(0) + epsilon)
    return gamma * dy / std, (dy * (x - x.mean(0)) / std).sum(0), dy.sum(0)


@wrong(EXERCISE, "detached-variance")
def only_through_the_mean(dy, x, gamma, epsilon):
    _, inv_std, x_hat = parts(x, epsilon)
    return gamma * inv_std * (dy - dy.mean(0)), (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "detached-variance")
def chain_rule_without_dvariance(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dx_hat = dy * gamma
    dmean = -(dx_hat * inv_std).sum(0)
    return dx_hat * inv_std + dmean / m, (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "detached-mean")
def only_through_the_variance(dy, x, gamma, epsilon):
    _, inv_std, x_hat = parts(x, epsilon)
    return gamma * inv_std * (dy - x_hat * (dy * x_hat).mean(0)), (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "detached-mean")
def chain_rule_without_dmean(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dx_hat = dy * gamma
    dvariance = (dx_hat * (x - x.mean(0))).sum(0) * -0.5 * inv_std**3
    return dx_hat * inv_std + dvariance * 2 * (x - x.mean(0)) / m, (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "sum-not-mean")
def never_divided_by_m(dy, x, gamma, epsilon):
    _, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv_std * (dy - dbeta - x_hat * dgamma), dgamma, dbeta


@wrong(EXERCISE, "sum-not-mean")
def mean_path_not_divided(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv_std * (dy - dbeta - x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "sum-not-mean")
def variance_path_not_divided(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dx_hat = dy * gamma
    dvariance = (dx_hat * (x - x.mean(0))).sum(0) * -0.5 * inv_std**3
    dmean = -(dx_hat * inv_std).sum(0)
    return dx_hat * inv_std + dvariance * 2 * (x - x.mean(0)) + dmean / m, (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "missing-inverse-std")
def nowhere_in_dx(dy, x, gamma, epsilon):
    m, _, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "missing-inverse-std")
def not_in_the_first_term(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * dy - gamma * inv_std * (dbeta + x_hat * dgamma) / m, dgamma, dbeta


@wrong(EXERCISE, "missing-inverse-std")
def not_in_dgamma(dy, x, gamma, epsilon):
    dx, _, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, (dy * (x - x.mean(0))).sum(0), dbeta


@wrong(EXERCISE, "missing-gamma-in-dx")
def without_gamma(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return inv_std * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "missing-gamma-in-dx")
def chain_rule_from_dy(dy, x, gamma, epsilon):
    dx, _, _ = by_the_chain_rule_of_the_paper(dy, x, np.ones_like(gamma), epsilon)[0]
    _, dgamma, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, dgamma, dbeta


@wrong(EXERCISE, "missing-gamma-in-dx")
def gamma_only_in_the_first_term(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return inv_std * gamma * dy - inv_std * (dbeta + x_hat * dgamma) / m, dgamma, dbeta


@wrong(EXERCISE, "returns-zeros")
def dx_of_zeros(dy, x, gamma, epsilon):
    _, dgamma, dbeta = in_one_line(dy, x, gamma, epsilon)
    return np.zeros_like(x), dgamma, dbeta


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
def gamma_along_the_rows(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma[:, None] * inv_std * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "gamma-wrong-axis")
def gamma_on_the_transposed(dy, x, gamma, epsilon):
    dx, dgamma, dbeta = in_one_line(dy, x, np.ones_like(gamma), epsilon)
    return (dx.T * gamma).T, dgamma, dbeta


@wrong(EXERCISE, "wrong-axis")
def statistics_per_row(dy, x, gamma, epsilon):
    m = len(x)
    inv_std = 1 / np.sqrt(x.var(1, keepdims=True) + epsilon)
    x_hat = (x - x.mean(1, keepdims=True)) * inv_std
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "wrong-axis")
def sums_per_row(dy, x, gamma, epsilon):
    dx, _, _ = in_one_line(dy, x, gamma, epsilon)
    _, _, x_hat = parts(x, epsilon)
    return dx, (dy * x_hat).sum(axis=1), dy.sum(axis=1)


@wrong(EXERCISE, "wrong-axis")
def statistics_of_everything(dy, x, gamma, epsilon):
    inv_std = 1 / np.sqrt(x.var() + epsilon)
    x_hat = (x - x.mean()) * inv_std
    g = gamma * dy
    return inv_std * (g - g.mean(0) - x_hat * (g * x_hat).mean(0)), (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "divides-by-variance")
def inverse_variance(dy, x, gamma, epsilon):
    m = len(x)
    inv = 1 / (x.var(0) + epsilon)
    x_hat = (x - x.mean(0)) * inv
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "divides-by-variance")
def inverse_variance_without_epsilon(dy, x, gamma, epsilon):
    x_hat = (x - x.mean(0)) / x.var(0)
    g = gamma * dy
    return (g - g.mean(0) - x_hat * (g * x_hat).mean(0)) / x.var(0), (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "unbiased-variance")
def with_ddof(dy, x, gamma, epsilon):
    m = len(x)
    inv_std = 1 / np.sqrt(x.var(0, ddof=1) + epsilon)
    x_hat = (x - x.mean(0)) * inv_std
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


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


@wrong(EXERCISE, "epsilon-outside-sqrt")
def std_plus_epsilon(dy, x, gamma, epsilon):
    m = len(x)
    inv_std = 1 / (x.std(0) + epsilon)
    x_hat = (x - x.mean(0)) * inv_std
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "epsilon-outside-sqrt")
def root_then_epsilon(dy, x, gamma, epsilon):
    std = np.sqrt(np.var(x, axis=0)) + epsilon
    x_hat = (x - x.mean(0)) / std
    g = dy * gamma
    return (g - g.mean(0) - x_hat * (g * x_hat).mean(0)) / std, (dy * x_hat).sum(0), dy.sum(0)


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares(dy, x, gamma, epsilon):
    m, mean = len(x), x.mean(0)
    inv_std = 1 / np.sqrt((x**2).mean(0) - mean**2 + epsilon)
    x_hat = (x - mean) * inv_std
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares_always_in_float32(dy, x, gamma, epsilon):
    x = np.float32(x)
    return mean_of_squares(dy, x, gamma, epsilon)


wrong_lines(
    EXERCISE,
    {
        "returns-zeros": dict(
            zeros_everywhere=lambda dy, x, gamma, epsilon: (0 * x, 0 * gamma, 0 * gamma),
        ),
        "epsilon-ignored": dict(
            without_epsilon=lambda dy, x, gamma, epsilon: in_one_line(dy, x, gamma, 0.0),
            with_the_default=lambda dy, x, gamma, epsilon: in_one_line(dy, x, gamma, 1e-3),
            with_a_constant=lambda dy, x, gamma, epsilon: in_one_line(dy, x, gamma, 0.0061),
        ),
    },
)
