"""Wrong ways to normalize rows (N, D) with given statistics, and to compute the statistics: shared by the exercises.

An exercise says where its statistics come from, and all of these become wrong answers to it.
"""

import numpy as np

from tests.wrong_answers.registry import wrong_lines


def x_hat(x, mean, variance, epsilon):
    return (x - mean) / np.sqrt(variance + epsilon)


def right(x, mean, variance, gamma, beta, epsilon):
    return gamma * x_hat(x, mean, variance, epsilon) + beta


def inverse_std_twice(x, mean, variance, gamma, beta, epsilon):
    inv_std = 1 / np.sqrt(variance + epsilon)
    return gamma * (x - mean) * inv_std * inv_std + beta


def std_plus_epsilon_folded(x, mean, variance, gamma, beta, epsilon):
    scale = gamma / (variance**0.5 + epsilon)
    return x * scale + (beta - mean * scale)


def adds_beta_to_nothing(x, mean, variance, gamma, beta, epsilon):
    y = np.multiply(x_hat(x, mean, variance, epsilon), gamma)
    y + beta
    return y


def centers_in_place(x, mean, variance, gamma, beta, epsilon):
    x -= mean
    return gamma * x / np.sqrt(variance + epsilon) + beta


TRANSFORMS = {
    "divides-by-variance": dict(
        by_variance=lambda x, mean, variance, gamma, beta, epsilon: gamma * (x - mean) / (variance + epsilon) + beta,
        by_variance_without_epsilon=lambda x, mean, variance, gamma, beta, _: gamma * (x - mean) / variance + beta,
        inverse_std_twice=inverse_std_twice,
    ),
    "epsilon-outside-sqrt": dict(
        std_plus_epsilon=lambda x, mean, variance, gamma, beta, e: gamma * (x - mean) / (np.sqrt(variance) + e) + beta,
        std_plus_epsilon_folded=std_plus_epsilon_folded,
        epsilon_behind_the_quotient=lambda x, m, v, gamma, beta, e: gamma * ((x - m) / np.sqrt(v) + e) + beta,
        epsilon_as_the_least_std=lambda x, m, v, gamma, beta, e: gamma * (x - m) / np.maximum(v**0.5, e) + beta,
        epsilon_as_the_least_variance=lambda x, m, v, gamma, beta, e: gamma * (x - m) / np.maximum(v, e) ** 0.5 + beta,
        std_plus_epsilon_without_beta=lambda x, mean, variance, gamma, _, e: gamma * (x - mean) / (variance**0.5 + e),
    ),
    "epsilon-ignored": dict(
        without_epsilon=lambda x, mean, variance, gamma, beta, _: right(x, mean, variance, gamma, beta, 0.0),
        with_1e_5=lambda x, mean, variance, gamma, beta, _: right(x, mean, variance, gamma, beta, 1e-5),
        with_the_default=lambda x, mean, variance, gamma, beta, _: right(x, mean, variance, gamma, beta, 1e-3),
        with_a_constant=lambda x, mean, variance, gamma, beta, _: right(x, mean, variance, gamma, beta, 0.0037),
        epsilon_squared=lambda x, mean, variance, gamma, beta, e: right(x, mean, variance, gamma, beta, e**2),
    ),
    "missing-gamma": dict(
        without_gamma=lambda x, mean, variance, _, beta, epsilon: x_hat(x, mean, variance, epsilon) + beta,
        without_both=lambda x, mean, variance, _, beta, epsilon: x_hat(x, mean, variance, epsilon),
    ),
    "missing-beta": dict(
        without_beta=lambda x, mean, variance, gamma, _, epsilon: gamma * x_hat(x, mean, variance, epsilon),
        beta_of_zero=lambda x, mean, variance, gamma, beta, e: right(x, mean, variance, gamma, np.zeros_like(beta), e),
        adds_beta_to_nothing=adds_beta_to_nothing,
    ),
    "gamma-beta-swapped": dict(
        swapped=lambda x, mean, variance, gamma, beta, epsilon: beta * x_hat(x, mean, variance, epsilon) + gamma,
        handed_over_in_another_order=lambda x, mean, variance, gamma, beta, e: right(x, mean, variance, beta, gamma, e),
    ),
    "gamma-wrong-axis": dict(
        along_the_rows=lambda x, m, v, gamma, beta, epsilon: right(x, m, v, gamma[:, None], beta[:, None], epsilon),
        only_gamma_along_the_rows=lambda x, m, v, gamma, beta, e: (x_hat(x, m, v, e).T * gamma).T + beta,
        only_beta_along_the_rows=lambda x, m, v, gamma, beta, e: gamma * x_hat(x, m, v, e) + beta.reshape(-1, 1),
    ),
    "mean-not-subtracted": dict(
        forgets_the_mean=lambda x, mean, variance, gamma, beta, epsilon: right(x, 0.0, variance, gamma, beta, epsilon),
        adds_the_mean=lambda x, mean, variance, gamma, beta, epsilon: right(x, -mean, variance, gamma, beta, epsilon),
    ),
    "missing-parentheses": dict(
        divides_only_the_mean=lambda x, mean, variance, gamma, beta, e: (
            gamma * (x - mean / np.sqrt(variance + e)) + beta
        ),
        divides_only_the_mean_by_a_power=lambda x, m, v, gamma, beta, e: gamma * (x - m * (v + e) ** -0.5) + beta,
    ),
    "root-twice": dict(
        root_of_the_std=lambda x, m, v, gamma, beta, e: gamma * (x - m) / np.sqrt(np.sqrt(v) + e) + beta,
        root_of_the_std_folded=lambda x, m, v, gamma, beta, e: x * (s := gamma / (v**0.5 + e) ** 0.5) + beta - m * s,
    ),
    "multiplies-by-std": dict(
        times_the_std=lambda x, m, v, gamma, beta, e: gamma * (x - m) * np.sqrt(v + e) + beta,
        divided_by_the_inverse=lambda x, m, v, gamma, beta, e: gamma * (x - m) / (v + e) ** -0.5 + beta,
    ),
    "beta-scaled": dict(
        beta_inside_the_product=lambda x, m, v, gamma, beta, e: gamma * (x_hat(x, m, v, e) + beta),
        beta_times_gamma=lambda x, m, v, gamma, beta, e: gamma * x_hat(x, m, v, e) + gamma * beta,
    ),
    "wrong-values": dict(
        half_of_it=lambda x, mean, variance, gamma, beta, epsilon: right(x, mean, variance, gamma, beta, epsilon) / 2,
        x_hat_squared=lambda x, m, v, gamma, beta, e: gamma * x_hat(x, m, v, e) ** 2 + beta,
    ),
}

STATISTICS = {
    "sum-not-mean": dict(
        squares_summed=lambda x: (x.mean(0), ((x - x.mean(0)) ** 2).sum(0)),
        never_divided=lambda x: (x.sum(0), ((x - x.sum(0)) ** 2).sum(0)),
    ),
    "unbiased-variance": dict(
        with_ddof=lambda x: (x.mean(0), x.var(0, ddof=1)),
        with_one_less=lambda x: (x.mean(0), ((x - x.mean(0)) ** 2).sum(0) / (len(x) - 1)),
    ),
    "unstable-variance": dict(
        mean_of_squares=lambda x: (x.mean(0), (x**2).mean(0) - x.mean(0) ** 2),
        mean_of_squares_with_einsum=lambda x: (x.mean(0), np.einsum("nd,nd->d", x, x) / len(x) - x.mean(0) ** 2),
    ),
}


def right_statistics(x):
    return x.mean(axis=0), x.var(axis=0)


def wrong_transforms(exercise, apply, *, without=()):
    """Enter TRANSFORMS for an exercise, but for some slugs: `apply(transform)` is a function of its arguments."""
    wrong_lines(exercise, {slug: named for slug, named in TRANSFORMS.items() if slug not in without}, apply)


def wrong_statistics(exercise, apply):
    """Enter STATISTICS for an exercise: `apply(statistics)` is a function of its arguments."""
    wrong_lines(exercise, STATISTICS, apply)
