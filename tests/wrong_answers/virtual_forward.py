"""Answers to `virtual_forward`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong
from tests.wrong_answers.transforms import right, right_statistics, wrong_statistics, wrong_transforms

EXERCISE = "virtual_forward"


def row_by_row(transform, statistics=right_statistics):
    """An answer that normalizes each row by `transform` with the `statistics` of reference and row."""

    def answer(x, reference, gamma, beta, epsilon):
        mean, variance = zip(*[statistics(np.concatenate([reference, row[None]])) for row in x])
        return transform(x, np.array(mean), np.array(variance), gamma, beta, epsilon)

    return answer


@correct(EXERCISE)
def one_row_after_the_other(x, reference, gamma, beta, epsilon):
    y = []
    for row in x:
        together = np.vstack([reference, row])
        y.append(gamma * (row - together.mean(axis=0)) / np.sqrt(together.var(axis=0) + epsilon) + beta)
    return np.array(y)


@correct(EXERCISE)
def repeated_reference_in_float32(x, reference, gamma, beta, epsilon):
    x, reference = x.astype(np.float32), reference.astype(np.float32)
    sets = np.concatenate([np.broadcast_to(reference, (len(x), *reference.shape)), x[:, None]], axis=1)
    scale = gamma.astype(np.float32) / np.sqrt(sets.var(axis=1) + np.float32(epsilon))
    return (x - sets.mean(axis=1)) * scale + beta


@correct(EXERCISE)
def from_the_moments_of_the_reference(x, reference, gamma, beta, epsilon):
    mean, variance, m = reference.mean(axis=0), reference.var(axis=0), len(reference)
    both = mean + (x - mean) / (m + 1)
    variance = m / (m + 1) * (variance + (x - mean) ** 2 / (m + 1))
    return right(x, both, variance, gamma, beta, epsilon), {"mean": both, "variance": variance}


@wrong(EXERCISE, "example-left-out")
def the_reference_alone(x, reference, gamma, beta, epsilon):
    return right(x, reference.mean(axis=0), reference.var(axis=0), gamma, beta, epsilon)


@wrong(EXERCISE, "example-left-out")
def the_reference_alone_folded(x, reference, gamma, beta, epsilon):
    scale = gamma / np.sqrt(reference.var(axis=0) + epsilon)
    return x * scale + (beta - reference.mean(axis=0) * scale)


@wrong(EXERCISE, "whole-batch-statistics")
def all_rows_with_the_reference(x, reference, gamma, beta, epsilon):
    together = np.vstack([reference, x])
    return right(x, together.mean(axis=0), together.var(axis=0), gamma, beta, epsilon)


@wrong(EXERCISE, "whole-batch-statistics")
def the_reference_ignored(x, reference, gamma, beta, epsilon):
    return right(x, x.mean(axis=0), x.var(axis=0), gamma, beta, epsilon)


@wrong(EXERCISE, "wrong-axis")
def per_row(x, reference, gamma, beta, epsilon):
    return right(x, x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True), gamma, beta, epsilon)


@wrong(EXERCISE, "modifies-input")
def writes_into_the_rows(x, reference, gamma, beta, epsilon):
    x[:] = one_row_after_the_other(x, reference, gamma, beta, epsilon)
    return x


@wrong(EXERCISE, "wrong-shape")
def with_the_reference_in_front(x, reference, gamma, beta, epsilon):
    y = one_row_after_the_other(x, reference, gamma, beta, epsilon)
    return np.vstack([reference, y])


@wrong(EXERCISE, "wrong-axis")
def one_mean_for_all_features(x, reference, gamma, beta, epsilon):
    sets = [np.vstack([reference, row]) for row in x]
    mean, variance = (np.array([[f(one)] for one in sets]) for f in (np.mean, np.var))
    return right(x, mean, variance, gamma, beta, epsilon)


wrong_transforms(EXERCISE, row_by_row)
wrong_statistics(EXERCISE, lambda statistics: row_by_row(right, statistics))
