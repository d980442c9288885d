"""Wrong answers to `conv_forward`."""

import numpy as np

from tests.wrong_answers.conv_forward_correct import (
    along,
    normalized,
    others,
    with_kept_dimensions,
    with_statistics_over,
)
from tests.wrong_answers.registry import wrong, wrong_lines
from tests.wrong_answers.transforms import right, right_statistics, wrong_statistics, wrong_transforms

EXERCISE = "conv_forward"


@wrong(EXERCISE, "wrong-axis")
def over_the_features(x, gamma, beta, epsilon, axis):
    return with_statistics_over((axis,), x, gamma, beta, epsilon, axis)


@wrong(EXERCISE, "wrong-axis")
def of_everything(x, gamma, beta, epsilon, axis):
    y = (x - x.mean()) / np.sqrt(x.var() + epsilon)
    return along(x, axis, gamma) * y + along(x, axis, beta)


@wrong(EXERCISE, "wrong-axis")
def as_layer_normalization(x, gamma, beta, epsilon, axis):
    return with_statistics_over((1, 2, 3), x, gamma, beta, epsilon, axis)


@wrong(EXERCISE, "wrong-axis")
def one_row_of_pixels(x, gamma, beta, epsilon, axis):
    return with_statistics_over(others(x, axis)[:2], x, gamma, beta, epsilon, axis)


@wrong(EXERCISE, "per-position-statistics")
def over_the_batch_alone(x, gamma, beta, epsilon, axis):
    y = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon)
    return along(x, axis, gamma) * y + along(x, axis, beta)


@wrong(EXERCISE, "per-position-statistics")
def taken_over_from_a_dense_layer(x, gamma, beta, epsilon, axis):
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon) + beta


@wrong(EXERCISE, "per-position-statistics")
def flattened_images(x, gamma, beta, epsilon, axis):
    flat = x.reshape(len(x), -1)
    y = ((flat - flat.mean(0)) / np.sqrt(flat.var(0) + epsilon)).reshape(x.shape)
    return np.moveaxis(np.moveaxis(y, axis, -1) * gamma + beta, -1, axis)


@wrong(EXERCISE, "divides-by-variance")
def by_the_variance_of_each_position(x, gamma, beta, epsilon, axis):
    y = (x - x.mean(axis=0)) / (x.var(axis=0) + epsilon)
    return along(x, axis, gamma) * y + along(x, axis, beta)


@wrong(EXERCISE, "instance-statistics")
def over_the_positions_alone(x, gamma, beta, epsilon, axis):
    return with_statistics_over(others(x, axis)[1:], x, gamma, beta, epsilon, axis)


@wrong(EXERCISE, "instance-statistics")
def image_by_image(x, gamma, beta, epsilon, axis):
    images = []
    for image in np.moveaxis(x, axis, -1):
        mean, variance = image.mean(axis=(0, 1)), image.var(axis=(0, 1))
        images.append(gamma * (image - mean) / np.sqrt(variance + epsilon) + beta)
    return np.moveaxis(np.array(images), -1, axis)


@wrong(EXERCISE, "negative-axis")
def a_negative_axis_equals_none(x, gamma, beta, epsilon, axis):
    over = tuple(i for i in range(x.ndim) if i != axis)
    return with_statistics_over(over, x, gamma, beta, epsilon, axis)


@wrong(EXERCISE, "negative-axis")
def with_a_set_of_axes(x, gamma, beta, epsilon, axis):
    over = tuple({0, 1, 2, 3} - {axis})
    y = np.moveaxis(normalized(x, over, epsilon), axis, -1)
    return np.moveaxis(gamma * y + beta, -1, axis)


@wrong(EXERCISE, "channels-first-ignored")
def statistics_of_the_last_axis(x, gamma, beta, epsilon, axis):
    return with_statistics_over((0, 1, 2), x, gamma, beta, epsilon, axis)


@wrong(EXERCISE, "channels-first-ignored")
def right_moments_along_the_last_axis(x, gamma, beta, epsilon, axis):
    over = others(x, axis)
    return gamma * (x - x.mean(axis=over)) / np.sqrt(x.var(axis=over) + epsilon) + beta


@wrong(EXERCISE, "channels-first-ignored")
def moments_not_reshaped(x, gamma, beta, epsilon, axis):
    over = others(x, axis)
    y = (x - x.mean(over)) / np.sqrt(x.var(over) + epsilon)
    return along(x, axis, gamma) * y + along(x, axis, beta)


@wrong(EXERCISE, "channels-first-ignored")
def reshaped_in_any_layout(x, gamma, beta, epsilon, axis):
    rows = x.reshape(-1, len(gamma))
    return (gamma * (rows - rows.mean(0)) / np.sqrt(rows.var(0) + epsilon) + beta).reshape(x.shape)


@wrong(EXERCISE, "gamma-wrong-axis")
def gamma_along_the_last_axis(x, gamma, beta, epsilon, axis):
    return gamma * normalized(x, others(x, axis), epsilon) + beta


@wrong(EXERCISE, "gamma-wrong-axis")
def only_beta_along_the_last_axis(x, gamma, beta, epsilon, axis):
    return along(x, axis, gamma) * normalized(x, others(x, axis), epsilon) + beta


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares_always_in_float32(x, gamma, beta, epsilon, axis):
    last = np.moveaxis(x, axis, -1).astype(np.float32)
    m = np.float32(last[..., 0].size)
    mean = np.einsum("nhwc->c", last) / m
    variance = np.maximum(np.einsum("nhwc,nhwc->c", last, last) / m - mean * mean, 0)
    return np.moveaxis(gamma * (last - mean) / np.sqrt(variance + np.float32(epsilon)) + beta, -1, axis)


@wrong(EXERCISE, "modifies-input")
def centers_in_place(x, gamma, beta, epsilon, axis):
    x -= x.mean(axis=others(x, axis), keepdims=True)
    return with_kept_dimensions(x, gamma, beta, epsilon, axis)


@wrong(EXERCISE, "modifies-input")
def through_a_view(x, gamma, beta, epsilon, axis):
    view = np.moveaxis(x, axis, -1)
    view -= view.mean(axis=(0, 1, 2))
    view *= gamma / np.sqrt(view.var(axis=(0, 1, 2)) + epsilon)
    view += beta
    return x


@wrong(EXERCISE, "wrong-shape")
def features_left_at_the_end(x, gamma, beta, epsilon, axis):
    last = np.moveaxis(x, axis, -1)
    return gamma * normalized(last, (0, 1, 2), epsilon) + beta


@wrong(EXERCISE, "wrong-shape")
def left_as_rows(x, gamma, beta, epsilon, axis):
    last = np.moveaxis(x, axis, -1)
    return with_kept_dimensions(last, gamma, beta, epsilon, -1).reshape(-1, len(gamma))


@wrong(EXERCISE, "wrong-values")
def positions_mixed_up(x, gamma, beta, epsilon, axis):
    y = with_kept_dimensions(x, gamma, beta, epsilon, axis)
    return y[::-1]


wrong_lines(
    EXERCISE,
    {
        "channels-first-ignored": dict(
            always_the_last_axis=lambda x, gamma, beta, epsilon, axis: gamma * normalized(x, (0, 1, 2), epsilon) + beta,
        ),
        "raises": dict(
            keeps_too_little=lambda x, gamma, beta, epsilon, axis: gamma * (x - x.mean(axis=(1, 2))[:, :2]) + beta,
            without_the_axis=lambda x, gamma, beta, epsilon: gamma * normalized(x, (0, 1, 2), epsilon) + beta,
        ),
    },
)


def with_transform(transform, statistics=right_statistics):
    def answer(x, gamma, beta, epsilon, axis):
        last = np.moveaxis(x, axis, -1)
        rows = last.reshape(-1, len(gamma))
        return np.moveaxis(transform(rows, *statistics(rows), gamma, beta, epsilon).reshape(last.shape), -1, axis)

    return answer


wrong_transforms(EXERCISE, with_transform, without=("gamma-wrong-axis",))
wrong_statistics(EXERCISE, lambda statistics: with_transform(right, statistics))
