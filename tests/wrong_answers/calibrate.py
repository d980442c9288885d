"""Answers to `calibrate`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXERCISE = "calibrate"


@correct(EXERCISE)
def total_variance(means, variances, counts):
    weights = (counts / counts.sum())[:, None]
    mean = (weights * means).sum(axis=0)
    return mean, (weights * (variances + (means - mean) ** 2)).sum(axis=0)


@correct(EXERCISE)
def with_np_average_and_kept_dimensions(means, variances, counts):
    mean = np.average(means, axis=0, weights=counts)
    between = np.average((means - mean[None, :]) ** 2, axis=0, weights=counts)
    return [mean, np.average(variances, axis=0, weights=counts) + between]


@correct(EXERCISE)
def with_einsum_in_float32(means, variances, counts):
    means, variances = np.asarray(means, np.float32), np.asarray(variances, np.float32)
    weights = (counts / counts.sum()).astype(np.float32)
    mean = np.einsum("k,kc->c", weights, means)
    return mean, weights @ variances + weights @ np.square(means - mean)


@correct(EXERCISE)
def pairwise_merging(means, variances, counts):
    mean, variance, count = means[0], variances[0], counts[0]
    for m, v, n in zip(means[1:], variances[1:], counts[1:]):
        total = count + n
        delta = m - mean
        variance = (count * variance + n * v) / total + delta**2 * count * n / total**2
        mean = mean + delta * n / total
        count = total
    return mean, variance


@correct(EXERCISE)
def around_a_reference(means, variances, counts):
    shift = means[0]
    w = counts[:, None] / counts.sum()
    moved = (w * (means - shift)).sum(0)
    second = (w * (variances + (means - shift) ** 2)).sum(0)
    return moved + shift, second - moved**2


@correct(EXERCISE)
def feature_by_feature_in_lists(means, variances, counts):
    n = sum(counts)
    mean = [sum(c * m for c, m in zip(counts, column)) / n for column in means.T]
    variance = [
        sum(c * (v + (m - mu) ** 2) for c, m, v in zip(counts, column, spread)) / n
        for column, spread, mu in zip(means.T, variances.T, mean)
    ]
    return mean, variance


@wrong(EXERCISE, "averages-batch-variances")
def weighted_average_of_both(means, variances, counts):
    return np.average(means, axis=0, weights=counts), np.average(variances, axis=0, weights=counts)


@wrong(EXERCISE, "averages-batch-variances")
def average_of_the_variances_alone(means, variances, counts):
    w = counts / counts.sum()
    return w @ means, w @ variances


@wrong(EXERCISE, "ignores-counts")
def every_batch_alike(means, variances, counts):
    return means.mean(axis=0), variances.mean(axis=0) + means.var(axis=0)


@wrong(EXERCISE, "ignores-counts")
def only_in_the_variance(means, variances, counts):
    return np.average(means, axis=0, weights=counts), variances.mean(axis=0) + means.var(axis=0)


@wrong(EXERCISE, "ignores-counts")
def only_in_the_spread_of_the_means(means, variances, counts):
    mean = np.average(means, axis=0, weights=counts)
    return mean, np.average(variances, axis=0, weights=counts) + np.var(means, axis=0)


@wrong(EXERCISE, "ignores-counts")
def equal_weights_about_the_true_mean(means, variances, counts):
    mean = np.average(means, axis=0, weights=counts)
    return mean, (variances + (means - mean) ** 2).mean(axis=0)


@wrong(EXERCISE, "ignores-counts")
def raw_moments_alike(means, variances, counts):
    mean = means.mean(axis=0)
    return mean, (variances + means**2).mean(axis=0) - mean**2


@wrong(EXERCISE, "unbiased-variance")
def one_less_below_the_total(means, variances, counts):
    n = counts.sum()
    mean, variance = total_variance(means, variances, counts)
    return mean, variance * n / (n - 1)


@wrong(EXERCISE, "unbiased-variance")
def pooled(means, variances, counts):
    mean = np.average(means, axis=0, weights=counts)
    inside = ((counts - 1)[:, None] * variances).sum(0)
    between = (counts[:, None] * (means - mean) ** 2).sum(0)
    return mean, (inside + between) / (counts.sum() - 1)


@wrong(EXERCISE, "averages-std")
def square_of_the_average_std(means, variances, counts):
    mean, _ = total_variance(means, variances, counts)
    w = (counts / counts.sum())[:, None]
    return mean, (w * np.sqrt(variances)).sum(0) ** 2 + (w * (means - mean) ** 2).sum(0)


@wrong(EXERCISE, "averages-std")
def averages_std_and_squares(means, variances, counts):
    mean = np.average(means, axis=0, weights=counts)
    std = np.average(np.sqrt(variances), axis=0, weights=counts)
    return mean, np.square(std) + np.average(np.square(means - mean), axis=0, weights=counts)


@wrong(EXERCISE, "std-not-variance")
def returns_the_root(means, variances, counts):
    mean, variance = total_variance(means, variances, counts)
    return mean, np.sqrt(variance)


@wrong(EXERCISE, "std-not-variance")
def root_of_both_parts(means, variances, counts):
    w = counts / counts.sum()
    mean = w @ means
    return mean, (w @ variances + w @ (means - mean) ** 2) ** 0.5


@wrong(EXERCISE, "unstable-variance")
def raw_moments(means, variances, counts):
    w = (counts / counts.sum()).astype(means.dtype)[:, None]
    mean = (w * means).sum(0)
    return mean, (w * (variances + means**2)).sum(0) - mean**2


@wrong(EXERCISE, "unstable-variance")
def raw_moments_always_in_float32(means, variances, counts):
    means, variances = means.astype(np.float32), variances.astype(np.float32)
    counts = counts.astype(np.float32)
    mean = counts @ means / counts.sum()
    return mean, counts @ (variances + means * means) / counts.sum() - mean * mean


@wrong(EXERCISE, "wrong-axis")
def over_the_features(means, variances, counts):
    return means.mean(axis=1), variances.mean(axis=1) + means.var(axis=1)


@wrong(EXERCISE, "sum-not-mean")
def never_divides(means, variances, counts):
    mean = (counts[:, None] * means).sum(0)
    return mean, (counts[:, None] * (variances + (means - mean) ** 2)).sum(0)


@wrong(EXERCISE, "sum-not-mean")
def divides_only_the_variance(means, variances, counts):
    mean, variance = total_variance(means, variances, counts)
    return mean * counts.sum(), variance


@wrong(EXERCISE, "modifies-input")
def weights_in_place(means, variances, counts):
    mean, variance = total_variance(means, variances, counts)
    means *= counts[:, None]
    return mean, variance


@wrong(EXERCISE, "modifies-input")
def adds_to_the_variances(means, variances, counts):
    w = (counts / counts.sum())[:, None]
    mean = (w * means).sum(0)
    variances += (means - mean) ** 2
    return mean, (w * variances).sum(0)


@wrong(EXERCISE, "only-variance-of-means")
def only_the_variance_of_the_means(means, variances, counts):
    mean, _ = total_variance(means, variances, counts)
    return mean, np.average((means - mean) ** 2, axis=0, weights=counts)


@wrong(EXERCISE, "only-variance-of-means")
def forgets_to_add_the_variances(means, variances, counts):
    w = (counts / counts.sum())[:, None]
    mean = (w * means).sum(axis=0)
    return mean, (w * means**2).sum(axis=0) - mean**2


@wrong(EXERCISE, "sum-not-mean")
def variance_not_divided(means, variances, counts):
    mean, _ = total_variance(means, variances, counts)
    return mean, (counts[:, None] * (variances + (means - mean) ** 2)).sum(axis=0)


@wrong(EXERCISE, "sum-not-mean")
def plain_sums(means, variances, counts):
    mean = means.sum(axis=0)
    return mean, (variances + (means - mean) ** 2).sum(axis=0)


@wrong(EXERCISE, "wrong-values")
def of_the_largest_batch(means, variances, counts):
    return means[np.argmax(counts)], variances[np.argmax(counts)]


@wrong(EXERCISE, "raises")
def forgets_an_axis(means, variances, counts):
    mean = (counts * means).sum(0) / counts.sum()
    return mean, (counts * variances).sum(0) / counts.sum()


wrong_lines(
    EXERCISE,
    {
        "averages-batch-variances": dict(
            plain_average_of_both=lambda means, variances, counts: (means.mean(axis=0), variances.mean(axis=0)),
        ),
        "wrong-axis": dict(
            over_the_features_without_the_means=lambda means, variances, counts: (means.mean(-1), variances.mean(-1)),
        ),
        "wrong-shape": dict(
            only_the_mean=lambda means, variances, counts: np.average(means, axis=0, weights=counts),
            all_batches=lambda means, variances, counts: (means, variances),
        ),
        "raises": dict(
            wrong_number_of_arguments=lambda means, variances: (means.mean(0), variances.mean(0)),
        ),
    },
)
