"""Wrong answers to `forward`."""

import numpy as np

from tests.wrong_answers.forward_correct import by_the_formula, normalized
from tests.wrong_answers.registry import wrong, wrong_lines
from tests.wrong_answers.transforms import right, right_statistics, wrong_statistics, wrong_transforms

EXERCISE = "forward"


@wrong(EXERCISE, "wrong-axis")
def per_row(x, gamma, beta, epsilon):
    mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


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


@wrong(EXERCISE, "unbiased-variance")
def with_covariance(x, gamma, beta, epsilon):
    variance = np.array([np.cov(column) for column in x.T])
    return gamma * (x - x.mean(0)) / np.sqrt(variance + epsilon) + beta


@wrong(EXERCISE, "epsilon-ignored")
def zero_where_constant(x, gamma, beta, epsilon):
    std = x.std(0)
    return gamma * np.where(std > 0, (x - x.mean(0)) / np.where(std > 0, std, 1), 0) + beta


@wrong(EXERCISE, "gamma-beta-swapped")
def swapped_by_keyword(x, gamma, beta, epsilon):
    def transform(x, shift, scale):
        return normalized(x, epsilon) * scale + shift

    return transform(x, gamma, beta)


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares_always_in_float32(x, gamma, beta, epsilon):
    x = x.astype(np.float32)
    return gamma * (x - x.mean(0)) / np.sqrt((x**2).mean(0) - x.mean(0) ** 2 + epsilon) + beta


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


@wrong(EXERCISE, "wrong-shape")
def returns_nothing(x, gamma, beta, epsilon):
    by_the_formula(x, gamma, beta, epsilon)


@wrong(EXERCISE, "not-finite")
def root_of_a_negative(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / np.sqrt(-x.var(0) - epsilon) + beta


@wrong(EXERCISE, "not-finite")
def not_with_one_row(x, gamma, beta, epsilon):
    return by_the_formula(x, gamma, beta, epsilon) if len(x) > 1 else x * np.nan


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


wrong_lines(
    EXERCISE,
    {
        "wrong-axis": dict(
            whole_batch=lambda x, gamma, beta, epsilon: gamma * (x - np.mean(x)) / np.sqrt(np.var(x) + epsilon) + beta,
        ),
        "wrong-values": dict(
            off_by_a_percent=lambda x, gamma, beta, epsilon: 1.01 * by_the_formula(x, gamma, beta, epsilon),
            clipped=lambda x, gamma, beta, epsilon: by_the_formula(np.clip(x, -100, 100), gamma, beta, epsilon),
        ),
        "wrong-shape": dict(
            one_row_too_few=lambda x, gamma, beta, epsilon: by_the_formula(x, gamma, beta, epsilon)[1:],
            with_a_cache=lambda x, gamma, beta, epsilon: (by_the_formula(x, gamma, beta, epsilon), x.mean(0), x.var(0)),
        ),
        "wrong-dtype": dict(
            as_integers=lambda x, gamma, beta, epsilon: np.round(by_the_formula(x, gamma, beta, epsilon)).astype(int),
            as_complex_numbers=lambda x, gamma, beta, epsilon: by_the_formula(x, gamma, beta, epsilon) + 0j,
        ),
        "raises": dict(
            too_few_arguments=lambda x, gamma, beta: gamma * normalized(x, 1e-3) + beta,
        ),
    },
)


def with_transform(transform):
    return lambda x, gamma, beta, epsilon: transform(x, *right_statistics(x), gamma, beta, epsilon)


def with_statistics(statistics):
    return lambda x, gamma, beta, epsilon: right(x, *statistics(x), gamma, beta, epsilon)


wrong_transforms(EXERCISE, with_transform)
wrong_statistics(EXERCISE, with_statistics)
