"""Correct answers to `backward`."""

import numpy as np

from tests.wrong_answers.registry import correct

EXERCISE = "backward"


def parts(x, epsilon):
    """m, inv_std and x_hat."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + epsilon)
    return len(x), inv_std, (x - x.mean(axis=0)) * inv_std


@correct(EXERCISE)
def in_one_line(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(axis=0), (dy * x_hat).sum(axis=0)
    return gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


@correct(EXERCISE)
def by_the_chain_rule_of_the_paper(dy, x, gamma, epsilon):
    m = x.shape[0]
    mean, variance = x.mean(0), x.var(0)
    x_hat = (x - mean) / np.sqrt(variance + epsilon)
    dx_hat = dy * gamma
    dvariance = (dx_hat * (x - mean)).sum(0) * -0.5 * (variance + epsilon) ** -1.5
    dmean = (-dx_hat / np.sqrt(variance + epsilon)).sum(0) + dvariance * (-2 * (x - mean)).mean(0)
    dx = dx_hat / np.sqrt(variance + epsilon) + dvariance * 2 * (x - mean) / m + dmean / m
    return (dx, (dy * x_hat).sum(0), dy.sum(0)), {"x_hat": x_hat, "dvariance": dvariance, "dmean": dmean}


@correct(EXERCISE)
def with_means(dy, x, gamma, epsilon):
    _, inv_std, x_hat = parts(x, epsilon)
    g = dy * gamma
    dx = inv_std * (g - g.mean(axis=0, keepdims=True) - x_hat * (g * x_hat).mean(axis=0, keepdims=True))
    return [dx, np.einsum("nd,nd->d", dy, x_hat), np.einsum("nd->d", dy)]


@correct(EXERCISE)
def all_over_m(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    return (
        gamma * inv_std / m * (m * dy - dy.sum(0) - x_hat * np.sum(dy * x_hat, axis=0)),
        np.sum(dy * x_hat, axis=0),
        np.sum(dy, axis=0),
    )


@correct(EXERCISE)
def in_float32(dy, x, gamma, epsilon):
    dy, x, gamma = (np.asarray(array, np.float32) for array in (dy, x, gamma))
    return in_one_line(dy, x, gamma, np.float32(epsilon))


@correct(EXERCISE)
def by_the_jacobian(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dx = np.empty_like(x, dtype=float)
    for d in range(x.shape[1]):
        jacobian = np.eye(m) - 1 / m - np.outer(x_hat[:, d], x_hat[:, d]) / m
        dx[:, d] = gamma[d] * inv_std[d] * (jacobian @ dy[:, d])
    return dx.tolist(), list((dy * x_hat).sum(0)), list(dy.sum(0))


@correct(EXERCISE)
def step_by_step_as_a_graph(dy, x, gamma, epsilon):
    m = len(x)
    centered = x - x.sum(0) / m
    variance = (centered**2).sum(0) / m
    root = np.sqrt(variance + epsilon)
    inverse = 1 / root
    d_hat = dy * gamma
    d_inverse = (d_hat * centered).sum(0)
    d_centered = d_hat * inverse
    d_root = -d_inverse / root**2
    d_variance = 0.5 * d_root / root
    d_centered = d_centered + 2 * centered * d_variance / m
    return d_centered - d_centered.sum(0) / m, (dy * centered * inverse).sum(0), dy.sum(0)
