"""Answers to `inference`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong, wrong_lines
from tests.wrong_answers.transforms import wrong_transforms

EXERCISE = "inference"


@correct(EXERCISE)
def by_the_formula(x, gamma, beta, moving_mean, moving_variance, epsilon):
    return gamma * (x - moving_mean) / np.sqrt(moving_variance + epsilon) + beta


@correct(EXERCISE)
def folded(x, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return x * scale + (beta - moving_mean * scale)


@correct(EXERCISE)
def folded_in_float32(x, gamma, beta, moving_mean, moving_variance, epsilon):
    arrays = [np.asarray(array, np.float32) for array in (x, gamma, beta, moving_mean, moving_variance)]
    return folded(*arrays, np.float32(epsilon))


@correct(EXERCISE)
def with_einsum_and_steps(x, gamma, beta, moving_mean, moving_variance, epsilon):
    inv_std = (moving_variance + epsilon) ** -0.5
    x_hat = np.einsum("nd,d->nd", x - moving_mean[None, :], inv_std)
    return x_hat * gamma + beta, {"inv_std": inv_std, "x_hat": x_hat}


@correct(EXERCISE)
def row_by_row(x, gamma, beta, moving_mean, moving_variance, epsilon):
    return [list(gamma * (row - moving_mean) / (moving_variance + epsilon) ** 0.5 + beta) for row in x]


@correct(EXERCISE)
def in_place_on_a_copy(x, gamma, beta, moving_mean, moving_variance, epsilon):
    y = np.copy(x)
    y -= moving_mean
    y /= np.sqrt(moving_variance + epsilon)
    y *= gamma
    y += beta
    return y


@wrong(EXERCISE, "batch-statistics-at-inference")
def as_in_training(x, gamma, beta, moving_mean, moving_variance, epsilon):
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + epsilon) + beta


@wrong(EXERCISE, "batch-statistics-at-inference")
def variance_of_the_batch(x, gamma, beta, moving_mean, moving_variance, epsilon):
    return gamma * (x - moving_mean) / np.sqrt(np.var(x, axis=0) + epsilon) + beta


@wrong(EXERCISE, "batch-statistics-at-inference")
def mean_of_the_batch(x, gamma, beta, moving_mean, moving_variance, epsilon):
    return gamma * (x - np.mean(x, axis=0)) / np.sqrt(moving_variance + epsilon) + beta


@wrong(EXERCISE, "missing-gamma")
def as_in_training_without_gamma(x, gamma, beta, moving_mean, moving_variance, epsilon):
    return (x - x.mean(0)) / np.sqrt(x.var(0) + epsilon) + beta


@wrong(EXERCISE, "wrong-axis")
def statistics_along_the_rows(x, gamma, beta, moving_mean, moving_variance, epsilon):
    return gamma * (x - moving_mean[:, None]) / np.sqrt(moving_variance[:, None] + epsilon) + beta


@wrong(EXERCISE, "wrong-axis")
def statistics_on_the_transposed(x, gamma, beta, moving_mean, moving_variance, epsilon):
    return gamma * ((x.T - moving_mean) / np.sqrt(moving_variance + epsilon)).T + beta


@wrong(EXERCISE, "unbiased-variance")
def corrected_by_the_batch(x, gamma, beta, moving_mean, moving_variance, epsilon):
    n = len(x)
    return gamma * (x - moving_mean) / np.sqrt(moving_variance * n / (n - 1) + epsilon) + beta


@wrong(EXERCISE, "unbiased-variance")
def corrected_and_folded(x, gamma, beta, moving_mean, moving_variance, epsilon):
    unbiased = moving_variance / (1 - 1 / x.shape[0])
    return folded(x, gamma, beta, moving_mean, unbiased, epsilon)


@wrong(EXERCISE, "modifies-input")
def centers_in_place(x, gamma, beta, moving_mean, moving_variance, epsilon):
    x -= moving_mean
    return gamma * x / np.sqrt(moving_variance + epsilon) + beta


@wrong(EXERCISE, "modifies-input")
def updates_the_memory(x, gamma, beta, moving_mean, moving_variance, epsilon):
    y = by_the_formula(x, gamma, beta, moving_mean, moving_variance, epsilon)
    moving_mean *= 0.99
    return y


def with_transform(transform):
    return lambda x, gamma, beta, mean, variance, epsilon: transform(x, mean, variance, gamma, beta, epsilon)


wrong_transforms(EXERCISE, with_transform)


def with_shift(shift):
    """The answer x * scale + shift(beta, mean, scale, gamma)."""

    def answer(x, gamma, beta, moving_mean, moving_variance, epsilon):
        scale = gamma / np.sqrt(moving_variance + epsilon)
        return x * scale + shift(beta, moving_mean, scale, gamma)

    return answer


wrong_lines(
    EXERCISE,
    {
        "wrong-shift": dict(
            mean_not_scaled=lambda beta, mean, scale, gamma: beta - mean,
            mean_times_gamma=lambda beta, mean, scale, gamma: beta - mean * gamma,
            mean_without_gamma=lambda beta, mean, scale, gamma: beta - mean * scale / gamma,
        ),
        "wrong-values": dict(twice_beta=lambda beta, mean, scale, gamma: 2 * beta - mean * scale),
    },
    with_shift,
)
