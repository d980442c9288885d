"""Answers to `fold`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXERCISE = "fold"


@correct(EXERCISE)
def by_the_formula(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    old = 0 if bias is None else bias
    return kernel * scale, (old - moving_mean) * scale + beta


@correct(EXERCISE)
def with_einsum_and_steps(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    inv_std = (moving_variance + epsilon) ** -0.5
    scale = gamma * inv_std
    shift = beta - moving_mean * scale
    new_bias = shift if bias is None else np.einsum("c,c->c", bias, scale) + shift
    return [np.einsum("...c,c->...c", kernel, scale), new_bias], {"inv_std": inv_std, "scale": scale}


@correct(EXERCISE)
def in_float32_on_copies(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    kernel = kernel.astype(np.float32)
    scale = (gamma / np.sqrt(moving_variance + epsilon)).astype(np.float32)
    kernel *= scale
    new_bias = np.zeros(len(scale), np.float32) if bias is None else bias.astype(np.float32)
    new_bias -= moving_mean.astype(np.float32)
    new_bias *= scale
    new_bias += beta.astype(np.float32)
    return kernel, new_bias


@correct(EXERCISE)
def with_a_diagonal_matrix(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = np.diag(gamma / np.sqrt(moving_variance + epsilon))
    bias = np.zeros_like(beta) if bias is None else bias
    return (kernel @ scale).tolist(), list((bias - moving_mean) @ scale + beta)


@correct(EXERCISE)
def unit_by_unit(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    new_kernel, new_bias = np.empty_like(kernel), np.empty_like(beta)
    for c in range(kernel.shape[-1]):
        scale = gamma[c] / (moving_variance[c] + epsilon) ** 0.5
        new_kernel[..., c] = scale * kernel[..., c]
        new_bias[c] = scale * ((bias[c] if bias is not None else 0) - moving_mean[c]) + beta[c]
    return new_kernel, new_bias


@wrong(EXERCISE, "gamma-wrong-axis")
def scales_the_inputs(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return kernel * scale[:, None], ((0 if bias is None else bias) - moving_mean) * scale + beta


@wrong(EXERCISE, "gamma-wrong-axis")
def scales_the_transposed(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return (kernel.T * scale).T, ((0 if bias is None else bias) - moving_mean) * scale + beta


@wrong(EXERCISE, "missing-beta")
def adds_beta_to_nothing(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    new_bias = -moving_mean * scale if bias is None else (bias - moving_mean) * scale
    new_bias + beta
    return kernel * scale, new_bias


@wrong(EXERCISE, "fold-ignores-bias")
def as_if_there_were_none(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return kernel * scale, beta - moving_mean * scale


@wrong(EXERCISE, "fold-ignores-bias")
def bias_of_zeros(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    return by_the_formula(kernel, np.zeros_like(beta), gamma, beta, moving_mean, moving_variance, epsilon)


@wrong(EXERCISE, "bias-not-scaled")
def bias_added_at_the_end(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    kernel, shift = as_if_there_were_none(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon)
    return kernel, shift + (0 if bias is None else bias)


@wrong(EXERCISE, "bias-not-scaled")
def brackets_missing(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return kernel * scale, (np.zeros_like(beta) if bias is None else bias) - moving_mean * scale + beta


@wrong(EXERCISE, "mean-not-folded")
def mean_not_scaled(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return kernel * scale, (0 if bias is None else bias * scale) - moving_mean + beta


@wrong(EXERCISE, "kernel-not-scaled")
def only_the_bias(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    _, new_bias = by_the_formula(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon)
    return kernel, new_bias


@wrong(EXERCISE, "kernel-not-scaled")
def kernel_multiplied_and_forgotten(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    np.multiply(kernel, scale)
    return np.array(kernel), ((0 if bias is None else bias) - moving_mean) * scale + beta


@wrong(EXERCISE, "modifies-input")
def kernel_in_place(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    kernel *= scale
    return kernel, ((0 if bias is None else bias) - moving_mean) * scale + beta


@wrong(EXERCISE, "modifies-input")
def adds_epsilon_in_place(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    moving_variance += epsilon
    return by_the_formula(kernel, bias, gamma, beta, moving_mean, moving_variance, 0)


@wrong(EXERCISE, "raises")
def not_without_a_bias(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return kernel * scale, (bias - moving_mean) * scale + beta


@wrong(EXERCISE, "raises")
def misspelled(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    return kernel * gamma / np.root(moving_variance + epsilon), beta


@wrong(EXERCISE, "wrong-shape")
def no_bias_for_a_layer_without(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    kernel, new_bias = by_the_formula(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon)
    return kernel, None if bias is None else new_bias


@wrong(EXERCISE, "wrong-shape")
def only_the_kernel(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    return by_the_formula(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon)[0]


def with_line(line):
    """Right, but for the scale and the shift that `line(gamma, beta, mean, variance, epsilon)` gives."""

    def answer(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
        scale, shift = line(gamma, beta, moving_mean, moving_variance, epsilon)
        return kernel * scale, (0 if bias is None else bias) * scale + shift

    return answer


def folded(gamma, beta, mean, std):
    return gamma / std, beta - mean * gamma / std


wrong_lines(
    EXERCISE,
    {
        "divides-by-variance": dict(
            by_variance=lambda gamma, beta, mean, variance, epsilon: folded(gamma, beta, mean, variance + epsilon),
            by_variance_without_epsilon=lambda gamma, beta, mean, variance, _: folded(gamma, beta, mean, variance),
        ),
        "epsilon-outside-sqrt": dict(
            std_plus_epsilon=lambda gamma, beta, mean, variance, e: folded(gamma, beta, mean, np.sqrt(variance) + e),
            inverse_plus_epsilon=lambda gamma, beta, mean, v, e: folded(gamma, beta, mean, 1 / (1 / np.sqrt(v) + e)),
        ),
        "fold-ignores-epsilon": dict(
            without_epsilon=lambda gamma, beta, mean, variance, _: folded(gamma, beta, mean, np.sqrt(variance)),
            with_keras_s_default=lambda gamma, beta, mean, v, _: folded(gamma, beta, mean, np.sqrt(v + 1e-3)),
            with_a_constant=lambda gamma, beta, mean, v, _: folded(gamma, beta, mean, np.sqrt(v + 0.0029)),
        ),
        "missing-gamma": dict(
            without_gamma=lambda _, beta, mean, v, epsilon: folded(1, beta, mean, np.sqrt(v + epsilon)),
            without_both=lambda _, beta, mean, v, epsilon: folded(1, 0, mean, np.sqrt(v + epsilon)),
        ),
        "missing-beta": dict(
            without_beta=lambda gamma, beta, mean, v, epsilon: folded(gamma, 0, mean, np.sqrt(v + epsilon)),
        ),
        "gamma-beta-swapped": dict(
            swapped=lambda gamma, beta, mean, v, epsilon: folded(beta, gamma, mean, np.sqrt(v + epsilon)),
            names_mixed_up=lambda beta, gamma, mean, v, epsilon: folded(gamma, beta, mean, (v + epsilon) ** 0.5),
        ),
        "mean-not-folded": dict(
            without_the_mean=lambda gamma, beta, mean, v, epsilon: folded(gamma, beta, 0, np.sqrt(v + epsilon)),
        ),
        "mean-added": dict(
            adds_the_mean=lambda gamma, beta, mean, v, epsilon: folded(gamma, beta, -mean, np.sqrt(v + epsilon)),
            adds_the_mean_to_the_power=lambda gamma, beta, mean, v, e: folded(gamma, beta, -mean, (v + e) ** 0.5),
        ),
        "wrong-values": dict(
            halves_the_scale=lambda gamma, beta, mean, v, e: folded(gamma, beta, mean, 2 * np.sqrt(v + e)),
        ),
    },
    with_line,
)
