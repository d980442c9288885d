"""Wrong answers to `forward`."""

import numpy as np

from tests.wrong_answers.lesson_01_correct import by_the_formula, normalized
from tests.wrong_answers.registry import wrong

EXERCISE = "forward"


@wrong(EXERCISE, "wrong-axis")
def per_row(x, gamma, beta, epsilon):
    mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


@wrong(EXERCISE, "wrong-axis")
def whole_batch(x, gamma, beta, epsilon):
    return gamma * (x - np.mean(x)) / np.sqrt(np.var(x) + epsilon) + beta


@wrong(EXERCISE, "wrong-axis")
def last_axis_without_kept_dimensions(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(axis=-1)) / np.sqrt(x.var(axis=-1) + epsilon) + beta


@wrong(EXERCISE, "wrong-axis")
def only_the_variance_per_row(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(1)[:, None] + epsilon) + beta


@wrong(EXERCISE, "wrong-axis")
def only_the_mean_of_everything(x, gamma, beta, epsilon):
    centered = x - x.mean()
    return gamma * centered / np.sqrt((centered**2).mean(axis=0) + epsilon) + beta


@wrong(EXERCISE, "wrong-axis")
def per_row_without_root_or_gamma(x, gamma, beta, epsilon):
    centered = x - x.mean(axis=1, keepdims=True)
    return centered / ((centered**2).mean(axis=1, keepdims=True) + epsilon) + beta


@wrong(EXERCISE, "divides-by-variance")
def by_variance(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / (x.var(0) + epsilon) + beta


@wrong(EXERCISE, "divides-by-variance")
def by_variance_without_epsilon(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / x.var(0) + beta


@wrong(EXERCISE, "divides-by-variance")
def inverse_std_twice(x, gamma, beta, epsilon):
    inv_std = 1 / np.sqrt(x.var(0) + epsilon)
    return gamma * (x - x.mean(0)) * inv_std * inv_std + beta


@wrong(EXERCISE, "unbiased-variance")
def with_ddof(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(0, ddof=1) + epsilon) + beta


@wrong(EXERCISE, "unbiased-variance")
def with_n_minus_one(x, gamma, beta, epsilon):
    centered = x - x.mean(0)
    variance = (centered**2).sum(0) / (x.shape[0] - 1)
    return centered * (gamma / np.sqrt(variance + epsilon)) + beta


@wrong(EXERCISE, "unbiased-variance")
def with_covariance(x, gamma, beta, epsilon):
    variance = np.array([np.cov(column) for column in x.T])
    return gamma * (x - x.mean(0)) / np.sqrt(variance + epsilon) + beta


@wrong(EXERCISE, "epsilon-outside-sqrt")
def std_plus_epsilon(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / (x.std(0) + epsilon) + beta


@wrong(EXERCISE, "epsilon-outside-sqrt")
def root_then_epsilon(x, gamma, beta, epsilon):
    deviation = np.sqrt(np.var(x, axis=0))
    return gamma * ((x - np.mean(x, axis=0)) / (deviation + epsilon)) + beta


@wrong(EXERCISE, "epsilon-outside-sqrt")
def std_plus_epsilon_without_beta(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / (x.std(0) + epsilon)


@wrong(EXERCISE, "epsilon-ignored")
def without_epsilon(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / x.std(0) + beta


@wrong(EXERCISE, "epsilon-ignored")
def with_the_default(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3) + beta


@wrong(EXERCISE, "epsilon-ignored")
def with_a_constant_of_its_own(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + 0.0037) + beta


@wrong(EXERCISE, "epsilon-ignored")
def zero_where_constant(x, gamma, beta, epsilon):
    std = x.std(0)
    return gamma * np.where(std > 0, (x - x.mean(0)) / np.where(std > 0, std, 1), 0) + beta


@wrong(EXERCISE, "missing-gamma")
def without_gamma(x, gamma, beta, epsilon):
    return normalized(x, epsilon) + beta


@wrong(EXERCISE, "missing-gamma")
def without_both(x, gamma, beta, epsilon):
    return normalized(x, epsilon)


@wrong(EXERCISE, "missing-beta")
def without_beta(x, gamma, beta, epsilon):
    return gamma * normalized(x, epsilon)


@wrong(EXERCISE, "missing-beta")
def adds_beta_to_nothing(x, gamma, beta, epsilon):
    y = np.multiply(normalized(x, epsilon), gamma)
    y + beta
    return y


@wrong(EXERCISE, "gamma-beta-swapped")
def swapped(x, gamma, beta, epsilon):
    return beta * normalized(x, epsilon) + gamma


@wrong(EXERCISE, "gamma-beta-swapped")
def swapped_by_keyword(x, gamma, beta, epsilon):
    def transform(x, shift, scale):
        return normalized(x, epsilon) * scale + shift

    return transform(x, gamma, beta)


@wrong(EXERCISE, "gamma-wrong-axis")
def along_the_rows(x, gamma, beta, epsilon):
    return gamma[:, np.newaxis] * normalized(x, epsilon) + beta[:, np.newaxis]


@wrong(EXERCISE, "gamma-wrong-axis")
def only_gamma_along_the_rows(x, gamma, beta, epsilon):
    return (normalized(x, epsilon).T * gamma).T + beta


@wrong(EXERCISE, "gamma-wrong-axis")
def as_a_diagonal_from_the_left(x, gamma, beta, epsilon):
    return np.diag(gamma) @ normalized(x, epsilon) + beta


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares(x, gamma, beta, epsilon):
    variance = (x**2).mean(0) - x.mean(0) ** 2
    return gamma * (x - x.mean(0)) / np.sqrt(variance + epsilon) + beta


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares_with_einsum(x, gamma, beta, epsilon):
    n, mean = len(x), x.mean(0)
    variance = np.einsum("nd,nd->d", x, x) / n - mean * mean
    return gamma * (x - mean) / np.sqrt(np.maximum(variance, 0) + epsilon) + beta


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares_always_in_float32(x, gamma, beta, epsilon):
    return mean_of_squares(x.astype(np.float32), gamma, beta, epsilon)


@wrong(EXERCISE, "modifies-input")
def centers_in_place(x, gamma, beta, epsilon):
    x -= x.mean(0)
    return gamma * x / np.sqrt((x**2).mean(0) + epsilon) + beta


@wrong(EXERCISE, "modifies-input")
def shifts_gamma_in_place(x, gamma, beta, epsilon):
    gamma /= np.sqrt(x.var(0) + epsilon)
    return gamma * (x - x.mean(0)) + beta


@wrong(EXERCISE, "modifies-global-state")
def seeds(x, gamma, beta, epsilon):
    np.random.seed(42)  # noqa: NPY002
    return by_the_formula(x, gamma, beta, epsilon)


@wrong(EXERCISE, "modifies-global-state")
def draws_from_python(x, gamma, beta, epsilon):
    import random

    random.random()
    return by_the_formula(x, gamma, beta, epsilon)


@wrong(EXERCISE, "wrong-values")
def forgets_the_mean(x, gamma, beta, epsilon):
    return gamma * x / np.sqrt(x.var(0) + epsilon) + beta


@wrong(EXERCISE, "wrong-values")
def beta_inside_the_product(x, gamma, beta, epsilon):
    return gamma * (normalized(x, epsilon) + beta)


@wrong(EXERCISE, "wrong-values")
def off_by_a_percent(x, gamma, beta, epsilon):
    return 1.01 * by_the_formula(x, gamma, beta, epsilon)


@wrong(EXERCISE, "wrong-values")
def clipped(x, gamma, beta, epsilon):
    return by_the_formula(np.clip(x, -100, 100), gamma, beta, epsilon)


@wrong(EXERCISE, "wrong-shape")
def returns_nothing(x, gamma, beta, epsilon):
    by_the_formula(x, gamma, beta, epsilon)


@wrong(EXERCISE, "wrong-shape")
def one_row_too_few(x, gamma, beta, epsilon):
    return by_the_formula(x, gamma, beta, epsilon)[1:]


@wrong(EXERCISE, "wrong-shape")
def with_a_cache(x, gamma, beta, epsilon):
    return by_the_formula(x, gamma, beta, epsilon), x.mean(0), x.var(0)


@wrong(EXERCISE, "wrong-dtype")
def as_integers(x, gamma, beta, epsilon):
    return np.round(by_the_formula(x, gamma, beta, epsilon)).astype(int)


@wrong(EXERCISE, "wrong-dtype")
def as_complex_numbers(x, gamma, beta, epsilon):
    return by_the_formula(x, gamma, beta, epsilon) + 0j


@wrong(EXERCISE, "not-finite")
def root_of_a_negative(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / np.sqrt(-x.var(0) - epsilon) + beta


@wrong(EXERCISE, "not-finite")
def not_with_one_row(x, gamma, beta, epsilon):
    return by_the_formula(x, gamma, beta, epsilon) if len(x) > 1 else x * np.nan


@wrong(EXERCISE, "raises")
def too_few_arguments(x, gamma, beta):
    return gamma * normalized(x, 1e-3) + beta


@wrong(EXERCISE, "raises")
def wrong_name(x, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(x.var(0) + epsilon) + beta  # noqa: F821


@wrong(EXERCISE, "not-attempted")
def stub(x, gamma, beta, epsilon):
    raise NotImplementedError


@wrong(EXERCISE, "not-attempted")
def stub_behind_a_first_line(x, gamma, beta, epsilon):
    mean = x.mean(axis=0)
    raise NotImplementedError(f"what to do with {mean}?")
