"""Correct answers to `forward`."""

import numpy as np

from tests.wrong_answers.registry import correct

EXERCISE = "forward"


def normalized(x, epsilon):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon)


@correct(EXERCISE)
def by_the_formula(x, gamma, beta, epsilon):
    mean = x.mean(axis=0)
    variance = ((x - mean) ** 2).mean(axis=0)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


@correct(EXERCISE)
def folded_scale_and_shift(x, gamma, beta, epsilon):
    scale = gamma / np.sqrt(np.var(x, axis=0) + epsilon)
    return x * scale + (beta - x.mean(axis=0) * scale)


@correct(EXERCISE)
def folded_in_float32(x, gamma, beta, epsilon):
    x, gamma, beta = (np.asarray(array, np.float32) for array in (x, gamma, beta))
    scale = gamma * (np.var(x, axis=0) + np.float32(epsilon)) ** np.float32(-0.5)
    return scale * x + (beta - np.mean(x, axis=0) * scale)


@correct(EXERCISE)
def with_einsum(x, gamma, beta, epsilon):
    centered = x - np.einsum("nd->d", x) / x.shape[0]
    variance = np.einsum("nd,nd->d", centered, centered) / x.shape[0]
    return np.einsum("nd,d,d->nd", centered, (variance + epsilon) ** -0.5, gamma) + beta


@correct(EXERCISE)
def with_kept_dimensions_and_steps(x, gamma, beta, epsilon):
    mean = np.mean(x, axis=0, keepdims=True)
    variance = np.var(x, axis=0, keepdims=True)
    inv_std = 1 / np.sqrt(variance + epsilon)
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, {"mean": mean, "variance": variance, "inv_std": inv_std, "x_hat": x_hat}


@correct(EXERCISE)
def in_place_on_a_copy(x, gamma, beta, epsilon):
    x = x.copy()
    x -= x.mean(0)
    x *= gamma / np.sqrt((x * x).mean(0) + epsilon)
    x += beta
    return x


@correct(EXERCISE)
def as_nested_lists(x, gamma, beta, epsilon):
    return (gamma * normalized(x, epsilon) + beta).tolist()


@correct(EXERCISE)
def transposed_and_back(x, gamma, beta, epsilon):
    t = x.T
    t = (t - t.mean(axis=1, keepdims=True)) / np.sqrt(t.var(axis=1, keepdims=True) + epsilon)
    return (t * gamma[:, None] + beta[:, None]).T


@correct(EXERCISE)
def unbiased_and_corrected(x, gamma, beta, epsilon):
    n = len(x)
    variance = np.var(x, axis=0, ddof=1) * (n - 1) / n if n > 1 else np.zeros(x.shape[1])
    return gamma * (x - x.mean(0)) / np.sqrt(variance + epsilon) + beta


@correct(EXERCISE)
def returns_a_list_with_a_dict(x, gamma, beta, epsilon):
    return [gamma * normalized(x, epsilon) + beta, {"note": "done"}]
