"""Answers to `undo`."""

import numpy as np

from tests.wrong_answers.registry import correct, correct_lines, wrong_lines

EXERCISE = "undo"


@correct(EXERCISE)
def row_by_row(x, epsilon):
    mean = sum(x) / len(x)
    variance = sum((row - mean) ** 2 for row in x) / len(x)
    return [(variance + epsilon) ** 0.5, mean]


correct_lines(
    EXERCISE,
    with_numpys_variance=lambda x, epsilon: (np.sqrt(x.var(axis=0) + epsilon), x.mean(axis=0)),
    with_hypot=lambda x, epsilon: (np.hypot(x.std(axis=0), np.sqrt(epsilon)), x.mean(axis=0)),
)

wrong_lines(
    EXERCISE,
    {
        "wrong-axis": {
            "of_rows": lambda x, epsilon: (np.sqrt(x.var(axis=1) + epsilon), x.mean(axis=1)),
            "of_rows_in_a_list": lambda x, epsilon: [(x.var(axis=-1) + epsilon) ** 0.5, x.mean(axis=-1)],
        },
        "unbiased-variance": {
            "ddof": lambda x, epsilon: (np.sqrt(x.var(axis=0, ddof=1) + epsilon), x.mean(axis=0)),
            "n_minus_one": lambda x, epsilon: (
                np.sqrt(np.square(x - x.mean(axis=0)).sum(axis=0) / (len(x) - 1) + epsilon),
                x.mean(axis=0),
            ),
        },
        "gamma-is-variance": {
            "no_root": lambda x, epsilon: (x.var(axis=0) + epsilon, x.mean(axis=0)),
            "square_of_the_root": lambda x, epsilon: (np.sqrt(x.var(axis=0) + epsilon) ** 2, x.mean(axis=0)),
        },
        "epsilon-outside-sqrt": {
            "std_plus": lambda x, epsilon: (x.std(axis=0) + epsilon, x.mean(axis=0)),
            "root_plus": lambda x, epsilon: (np.sqrt(x.var(axis=0)) + epsilon, x.mean(axis=0)),
        },
        "epsilon-ignored": {
            "std": lambda x, epsilon: (x.std(axis=0), x.mean(axis=0)),
            "kerass_constant": lambda x, epsilon: (np.sqrt(x.var(axis=0) + 1e-3), x.mean(axis=0)),
        },
        "gamma-beta-swapped": {
            "mean_first": lambda x, epsilon: (x.mean(axis=0), np.sqrt(x.var(axis=0) + epsilon)),
            "mean_first_in_a_list": lambda x, epsilon: [x.mean(axis=0), (x.var(axis=0) + epsilon) ** 0.5],
        },
    },
)
