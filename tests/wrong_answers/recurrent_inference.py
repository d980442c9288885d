"""Answers to `recurrent_inference`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong
from tests.wrong_answers.transforms import wrong_transforms

EXERCISE = "recurrent_inference"


def transformed(x_t, mean, variance, gamma, beta, epsilon):
    return gamma * (x_t - mean) / np.sqrt(variance + epsilon) + beta


@correct(EXERCISE)
def with_the_last_step_from_then_on(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    t = min(t, len(moving_mean) - 1)
    return transformed(x_t, moving_mean[t], moving_variance[t], gamma, beta, epsilon)


@correct(EXERCISE)
def with_clip_and_folded(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    place = np.clip(t, 0, moving_mean.shape[0] - 1)
    scale = gamma * (moving_variance[place] + epsilon) ** -0.5
    return x_t * scale + (beta - moving_mean[place] * scale), {"mean": moving_mean[place]}


@correct(EXERCISE)
def with_if_and_einsum_in_float32(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    if t < len(moving_mean):
        mean, variance = moving_mean[t], moving_variance[t]
    else:
        mean, variance = moving_mean[-1], moving_variance[-1]
    inv_std = 1 / np.sqrt(variance.astype(np.float32) + np.float32(epsilon))
    return np.einsum("nd,d,d->nd", (x_t - mean).astype(np.float32), inv_std, gamma.astype(np.float32)) + beta


@correct(EXERCISE)
def with_try_row_by_row(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    try:
        mean, variance = moving_mean[t], moving_variance[t]
    except IndexError:
        mean, variance = moving_mean[-1], moving_variance[-1]
    return [list(transformed(row, mean, variance, gamma, beta, epsilon)) for row in x_t]


@wrong(EXERCISE, "no-step-beyond-last")
def index_error(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    return transformed(x_t, moving_mean[t], moving_variance[t], gamma, beta, epsilon)


@wrong(EXERCISE, "no-step-beyond-last")
def around_and_around(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    t = t % len(moving_mean)
    return transformed(x_t, moving_mean[t], moving_variance[t], gamma, beta, epsilon)


@wrong(EXERCISE, "no-step-beyond-last")
def left_as_it_is(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    if t >= len(moving_mean):
        return x_t.copy()
    return transformed(x_t, moving_mean[t], moving_variance[t], gamma, beta, epsilon)


@wrong(EXERCISE, "no-step-beyond-last")
def the_batch_s_own_from_then_on(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    if t < len(moving_mean):
        return transformed(x_t, moving_mean[t], moving_variance[t], gamma, beta, epsilon)
    return transformed(x_t, x_t.mean(0), x_t.var(0), gamma, beta, epsilon)


@wrong(EXERCISE, "shared-over-time")
def averaged_over_time(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    return transformed(x_t, moving_mean.mean(axis=0), moving_variance.mean(axis=0), gamma, beta, epsilon)


@wrong(EXERCISE, "shared-over-time")
def calibrated_over_time(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    variance = moving_variance.mean(axis=0) + moving_mean.var(axis=0)
    return transformed(x_t, moving_mean.mean(axis=0), variance, gamma, beta, epsilon)


@wrong(EXERCISE, "shared-over-time")
def always_the_last_step(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    return transformed(x_t, moving_mean[-1], moving_variance[-1], gamma, beta, epsilon)


@wrong(EXERCISE, "shared-over-time")
def always_the_first_step(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    return transformed(x_t, moving_mean[0], moving_variance[0], gamma, beta, epsilon)


@wrong(EXERCISE, "wrong-step")
def counted_from_one(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    t = min(t, len(moving_mean)) - 1
    return transformed(x_t, moving_mean[t], moving_variance[t], gamma, beta, epsilon)


@wrong(EXERCISE, "wrong-step")
def one_too_far(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    t = np.minimum(t + 1, len(moving_mean) - 1)
    return transformed(x_t, moving_mean[t], moving_variance[t], gamma, beta, epsilon)


@wrong(EXERCISE, "batch-statistics-at-inference")
def as_in_training(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    return transformed(x_t, x_t.mean(axis=0), x_t.var(axis=0), gamma, beta, epsilon)


@wrong(EXERCISE, "batch-statistics-at-inference")
def mean_of_the_batch(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    t = min(t, len(moving_variance) - 1)
    return transformed(x_t, np.mean(x_t, axis=0), moving_variance[t], gamma, beta, epsilon)


@wrong(EXERCISE, "wrong-axis")
def statistics_along_the_sequences(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    t = min(t, len(moving_mean) - 1)
    return transformed(x_t, moving_mean[t][:, None], moving_variance[t][:, None], gamma, beta, epsilon)


@wrong(EXERCISE, "wrong-axis")
def steps_on_the_last_axis(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    t = min(t, moving_mean.shape[1] - 1)
    return transformed(x_t, moving_mean[:, t], moving_variance[:, t], gamma, beta, epsilon)


@wrong(EXERCISE, "modifies-input")
def centers_in_place(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    t = min(t, len(moving_mean) - 1)
    x_t -= moving_mean[t]
    return gamma * x_t / np.sqrt(moving_variance[t] + epsilon) + beta


@wrong(EXERCISE, "modifies-input")
def updates_the_memory(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    y = with_the_last_step_from_then_on(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon)
    t = min(t, len(moving_mean) - 1)
    moving_mean[t] = 0.9 * moving_mean[t] + 0.1 * x_t.mean(axis=0)
    return y


@wrong(EXERCISE, "wrong-values")
def mean_of_one_step_variance_of_another(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    t = min(t, len(moving_mean) - 1)
    return transformed(x_t, moving_mean[t], moving_variance[::-1][t], gamma, beta, epsilon)


def with_transform(transform):
    def answer(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
        t = min(t, len(moving_mean) - 1)
        return transform(x_t, moving_mean[t], moving_variance[t], gamma, beta, epsilon)

    return answer


wrong_transforms(EXERCISE, with_transform)
