"""Answers to `standardize`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong

EXERCISE = "standardize"


@correct(EXERCISE)
def with_methods(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


@correct(EXERCISE)
def with_einsum_and_root(x):
    centered = x - np.einsum("nd->d", x) / len(x)
    return centered / np.sqrt(np.einsum("nd,nd->d", centered, centered) / len(x))


@correct(EXERCISE)
def column_by_column(x):
    columns = []
    for column in x.T:
        mean = sum(column) / len(column)
        spread = (sum((value - mean) ** 2 for value in column) / len(column)) ** 0.5
        columns.append([(value - mean) / spread for value in column])
    return [list(row) for row in zip(*columns)]


@correct(EXERCISE)
def in_float32_on_a_copy(x):
    x = x.astype(np.float32)
    x -= np.mean(x, axis=0, keepdims=True)
    x /= np.sqrt(np.var(x, axis=0, keepdims=True))
    return x


@correct(EXERCISE)
def with_a_tiny_epsilon(x):
    return (x - x.mean(0)) / (x.std(0) + 1e-8)


@correct(EXERCISE)
def folded_and_hands_over_steps(x):
    mean, std = x.mean(0), x.std(0)
    scale = 1 / std
    return x * scale - mean * scale, {"mean": mean, "std": std}


@wrong(EXERCISE, "wrong-axis")
def per_row(x):
    return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)


@wrong(EXERCISE, "wrong-axis")
def everything_at_once(x):
    return (x - x.mean()) / x.std()


@wrong(EXERCISE, "wrong-axis")
def per_row_without_kept_dimensions(x):
    return (x - x.mean(axis=1)) / x.std(axis=1)


@wrong(EXERCISE, "wrong-axis")
def spread_of_everything(x):
    return (x - x.mean(axis=0)) / np.std(x)


@wrong(EXERCISE, "wrong-axis")
def per_row_and_without_root(x):
    return ((x.T - x.mean(axis=1)) / x.var(axis=1)).T


@wrong(EXERCISE, "divides-by-variance")
def by_variance(x):
    return (x - x.mean(0)) / x.var(0)


@wrong(EXERCISE, "divides-by-variance")
def by_squared_spread(x):
    centered = x - np.average(x, axis=0)
    return centered / (centered**2).mean(axis=0)


@wrong(EXERCISE, "unbiased-variance")
def with_ddof(x):
    return (x - x.mean(0)) / x.std(0, ddof=1)


@wrong(EXERCISE, "unbiased-variance")
def with_n_minus_one(x):
    centered = x - x.mean(0)
    return centered / np.sqrt((centered**2).sum(0) / (len(x) - 1))


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares(x):
    return (x - x.mean(0)) / np.sqrt((x**2).mean(0) - x.mean(0) ** 2)


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares_in_float32(x):
    x = np.asarray(x, np.float32)
    mean = x.sum(axis=0) / np.float32(len(x))
    second = np.einsum("nd,nd->d", x, x) / np.float32(len(x))
    return (x - mean) / np.sqrt(np.abs(second - mean * mean) + np.float32(1e-12))


@wrong(EXERCISE, "modifies-input")
def in_place(x):
    x -= x.mean(0)
    x /= x.std(0)
    return x


@wrong(EXERCISE, "modifies-input")
def writes_into_the_array(x):
    for column in range(x.shape[1]):
        x[:, column] = (x[:, column] - x[:, column].mean()) / x[:, column].std()
    return x.copy()


@wrong(EXERCISE, "modifies-global-state")
def seeds_first(x):
    np.random.seed(0)  # noqa: NPY002
    return with_methods(x)


@wrong(EXERCISE, "modifies-global-state")
def draws_a_number(x):
    return with_methods(x) + 0 * np.random.normal()  # noqa: NPY002


@wrong(EXERCISE, "wrong-values")
def forgets_the_mean(x):
    return x / x.std(0)


@wrong(EXERCISE, "wrong-values")
def from_zero_to_one(x):
    return (x - x.min(0)) / (x.max(0) - x.min(0))


@wrong(EXERCISE, "wrong-shape")
def returns_nothing(x):
    with_methods(x)


@wrong(EXERCISE, "wrong-shape")
def turned_around(x):
    return with_methods(x).T


@wrong(EXERCISE, "wrong-dtype")
def rounded(x):
    return with_methods(x).astype(int)


@wrong(EXERCISE, "wrong-dtype")
def in_half_precision(x):
    return with_methods(x).astype(np.float16)


@wrong(EXERCISE, "not-finite")
def of_nothing(x):
    return with_methods(x) * np.nan


@wrong(EXERCISE, "not-finite")
def divides_by_zero(x):
    return (x - x.mean(0)) / (x.std(0) * 0)


@wrong(EXERCISE, "raises")
def misspelled(x):
    return (x - x.means(0)) / x.std(0)


@wrong(EXERCISE, "raises")
def ends_the_kernel(x):
    raise SystemExit(1)


@wrong(EXERCISE, "not-attempted")
def stub(x):
    raise NotImplementedError


@wrong(EXERCISE, "not-attempted")
def stub_with_a_word(x):
    # YOUR CODE HERE
    raise NotImplementedError("your turn")
