"""Wrong answers to `ghost_forward`."""

import numpy as np

from tests.wrong_answers.ghost_forward_correct import forward, in_parts, slice_by_slice, slices
from tests.wrong_answers.registry import wrong, wrong_lines
from tests.wrong_answers.transforms import right, right_statistics, wrong_statistics, wrong_transforms

EXERCISE = "ghost_forward"


@wrong(EXERCISE, "whole-batch-statistics")
def moments_before_the_loop(x, gamma, beta, epsilon, size):
    mean, std = x.mean(axis=0), np.sqrt(x.var(axis=0) + epsilon)
    return np.concatenate([gamma * (x[i : i + size] - mean) / std + beta for i in range(0, len(x), size)])


@wrong(EXERCISE, "wrong-axis")
def per_row(x, gamma, beta, epsilon, size):
    def transform(part, gamma, beta, epsilon):
        mean, variance = part.mean(axis=1, keepdims=True), part.var(axis=1, keepdims=True)
        return gamma * (part - mean) / np.sqrt(variance + epsilon) + beta

    return in_parts(x, gamma, beta, epsilon, slices(x, size), transform)


@wrong(EXERCISE, "wrong-axis")
def each_group_as_a_whole(x, gamma, beta, epsilon, size):
    def transform(part, gamma, beta, epsilon):
        return gamma * (part - part.mean()) / np.sqrt(part.var() + epsilon) + beta

    return in_parts(x, gamma, beta, epsilon, slices(x, size), transform)


@wrong(EXERCISE, "wrong-groups")
def size_taken_for_the_number(x, gamma, beta, epsilon, size):
    return np.concatenate([forward(part, gamma, beta, epsilon) for part in np.array_split(x, size) if len(part)])


@wrong(EXERCISE, "wrong-groups")
def nearly_equal_groups(x, gamma, beta, epsilon, size):
    parts = np.array_split(x, int(np.ceil(len(x) / size)))
    return np.concatenate([forward(part, gamma, beta, epsilon) for part in parts])


@wrong(EXERCISE, "wrong-groups")
def the_rest_in_the_last_group(x, gamma, beta, epsilon, size):
    number = max(1, len(x) // size)
    y = np.empty_like(x)
    for g in range(number):
        end = (g + 1) * size if g < number - 1 else len(x)
        y[g * size : end] = forward(x[g * size : end], gamma, beta, epsilon)
    return y


@wrong(EXERCISE, "groups-not-consecutive")
def every_so_many_rows(x, gamma, beta, epsilon, size):
    number = -(-len(x) // size)
    return in_parts(x, gamma, beta, epsilon, [slice(g, None, number) for g in range(number)])


@wrong(EXERCISE, "groups-not-consecutive")
def remainder_as_the_group(x, gamma, beta, epsilon, size):
    group = np.arange(len(x)) % size
    return in_parts(x, gamma, beta, epsilon, [group == g for g in range(min(size, len(x)))])


@wrong(EXERCISE, "stats-over-padding")
def filled_up_with_zeros(x, gamma, beta, epsilon, size):
    missing = -len(x) % size
    filled = np.vstack([x, np.zeros((missing, x.shape[1]))])
    return slice_by_slice(filled, gamma, beta, epsilon, size)[: len(x)]


@wrong(EXERCISE, "stats-over-padding")
def filled_up_and_reshaped(x, gamma, beta, epsilon, size):
    number = -(-len(x) // size)
    filled = np.zeros((number * size, x.shape[1]))
    filled[: len(x)] = x
    groups = filled.reshape(number, size, -1)
    mean, variance = groups.mean(axis=1, keepdims=True), groups.var(axis=1, keepdims=True)
    y = gamma * (groups - mean) / np.sqrt(variance + epsilon) + beta
    return y.reshape(-1, x.shape[1])[: len(x)]


@wrong(EXERCISE, "last-group-wrong")
def left_at_zero(x, gamma, beta, epsilon, size):
    whole = [one for one in slices(x, size) if one.stop <= len(x)]
    return in_parts(x, gamma, beta, epsilon, whole)


@wrong(EXERCISE, "last-group-wrong")
def left_as_it_came(x, gamma, beta, epsilon, size):
    y = x.copy()
    for start in range(0, len(x) - size + 1, size):
        y[start : start + size] = forward(x[start : start + size], gamma, beta, epsilon)
    return y


@wrong(EXERCISE, "last-group-wrong")
def with_the_statistics_of_the_one_before(x, gamma, beta, epsilon, size):
    y, mean, variance = [], None, None
    for i in range(0, len(x), size):
        part = x[i : i + size]
        if len(part) == size or mean is None:
            mean, variance = part.mean(axis=0), part.var(axis=0)
        y.append(gamma * (part - mean) / np.sqrt(variance + epsilon) + beta)
    return np.concatenate(y)


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares_always_in_float32(x, gamma, beta, epsilon, size):
    x, y = x.astype(np.float32), []
    for part in np.split(x, range(size, len(x), size)):
        mean = part.sum(axis=0) / np.float32(len(part))
        variance = np.maximum(np.einsum("nd,nd->d", part, part) / np.float32(len(part)) - mean * mean, 0)
        y.append(gamma * (part - mean) / np.sqrt(variance + epsilon) + beta)
    return np.concatenate(y)


@wrong(EXERCISE, "modifies-input")
def writes_into_the_batch(x, gamma, beta, epsilon, size):
    for one in slices(x, size):
        x[one] = forward(x[one], gamma, beta, epsilon)
    return x


@wrong(EXERCISE, "modifies-input")
def centers_the_groups_in_place(x, gamma, beta, epsilon, size):
    for one in slices(x, size):
        x[one] -= x[one].mean(axis=0)
    return slice_by_slice(x, gamma, beta, epsilon, size)


@wrong(EXERCISE, "wrong-shape")
def a_list_of_groups(x, gamma, beta, epsilon, size):
    return [forward(x[one], gamma, beta, epsilon) for one in slices(x, size)]


@wrong(EXERCISE, "wrong-shape")
def without_the_last_group(x, gamma, beta, epsilon, size):
    whole = len(x) // size * size
    return slice_by_slice(x[:whole], gamma, beta, epsilon, size)


@wrong(EXERCISE, "raises")
def only_where_it_divides(x, gamma, beta, epsilon, size):
    groups = x.reshape(-1, size, x.shape[1])
    mean, variance = groups.mean(axis=1, keepdims=True), groups.var(axis=1, keepdims=True)
    return (gamma * (groups - mean) / np.sqrt(variance + epsilon) + beta).reshape(x.shape)


@wrong(EXERCISE, "raises")
def split_into_equal_parts(x, gamma, beta, epsilon, size):
    return np.concatenate([forward(part, gamma, beta, epsilon) for part in np.split(x, max(1, len(x) // size))])


@wrong(EXERCISE, "wrong-values")
def groups_in_reverse_order(x, gamma, beta, epsilon, size):
    return np.concatenate([forward(x[one], gamma, beta, epsilon) for one in slices(x, size)][::-1])[: len(x)]


wrong_lines(
    EXERCISE,
    {
        "whole-batch-statistics": dict(
            all_rows_together=lambda x, gamma, beta, epsilon, size: forward(x, gamma, beta, epsilon),
        ),
    },
)


def with_transform(transform, statistics=right_statistics):
    def of_a_group(part, gamma, beta, epsilon):
        return transform(part, *statistics(part), gamma, beta, epsilon)

    return lambda x, gamma, beta, epsilon, size: in_parts(x, gamma, beta, epsilon, slices(x, size), of_a_group)


wrong_transforms(EXERCISE, with_transform)
wrong_statistics(EXERCISE, lambda statistics: with_transform(right, statistics))
