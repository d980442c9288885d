"""Answers to `standardize`."""

import numpy as np

from tests.wrong_answers.registry import correct, correct_lines, wrong, wrong_lines

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
def folded_and_hands_over_steps(x):
    mean, std = x.mean(0), x.std(0)
    scale = 1 / std
    return x * scale - mean * scale, {"mean": mean, "std": std}


@wrong(EXERCISE, "divides-by-variance")
def by_squared_spread(x):
    centered = x - np.average(x, axis=0)
    return centered / (centered**2).mean(axis=0)


@wrong(EXERCISE, "unbiased-variance")
def with_n_minus_one(x):
    centered = x - x.mean(0)
    return centered / np.sqrt((centered**2).sum(0) / (len(x) - 1))


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


@wrong(EXERCISE, "wrong-shape")
def returns_nothing(x):
    with_methods(x)


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


correct_lines(
    EXERCISE,
    with_a_tiny_epsilon=lambda x: (x - x.mean(0)) / (x.std(0) + 1e-8),
)

wrong_lines(
    EXERCISE,
    {
        "wrong-axis": dict(
            per_row=lambda x: (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True),
            everything_at_once=lambda x: (x - x.mean()) / x.std(),
            per_row_without_kept_dimensions=lambda x: (x - x.mean(axis=1)) / x.std(axis=1),
            spread_of_everything=lambda x: (x - x.mean(axis=0)) / np.std(x),
            per_row_and_without_root=lambda x: ((x.T - x.mean(axis=1)) / x.var(axis=1)).T,
        ),
        "missing-parentheses": dict(
            divides_only_the_mean=lambda x: x - x.mean(0) / x.std(0),
            divides_only_the_mean_by_a_root=lambda x: x - np.mean(x, axis=0) / np.sqrt(np.var(x, axis=0)),
        ),
        "divides-by-variance": dict(
            by_variance=lambda x: (x - x.mean(0)) / x.var(0),
        ),
        "unbiased-variance": dict(
            with_ddof=lambda x: (x - x.mean(0)) / x.std(0, ddof=1),
        ),
        "unstable-variance": dict(
            mean_of_squares=lambda x: (x - x.mean(0)) / np.sqrt((x**2).mean(0) - x.mean(0) ** 2),
        ),
        "wrong-values": dict(
            from_zero_to_one=lambda x: (x - x.min(0)) / (x.max(0) - x.min(0)),
        ),
        "wrong-shape": dict(
            turned_around=lambda x: with_methods(x).T,
        ),
        "wrong-dtype": dict(
            rounded=lambda x: with_methods(x).astype(int),
            in_half_precision=lambda x: with_methods(x).astype(np.float16),
        ),
        "not-finite": dict(
            of_nothing=lambda x: with_methods(x) * np.nan,
            divides_by_zero=lambda x: (x - x.mean(0)) / (x.std(0) * 0),
        ),
        "raises": dict(
            misspelled=lambda x: (x - x.means(0)) / x.std(0),
        ),
    },
)
