"""Answers to `idle_units`."""

import numpy as np

from tests.wrong_answers.registry import correct_lines, wrong, wrong_lines

EXERCISE = "idle_units"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


@wrong(EXERCISE, "modifies-input")
def squashes_in_place(received):
    received[:] = sigmoid(received)
    return np.mean((received * (1 - received)).mean(axis=0) < 0.025)


@wrong(EXERCISE, "modifies-input")
def slopes_in_place(received):
    np.copyto(received, slope(received))
    return np.mean(received.mean(axis=0) < 0.025)


correct_lines(
    EXERCISE,
    slope_then_mean=lambda z: np.mean(slope(z).mean(axis=0) < 0.025),
    by_the_hyperbolic_cosine=lambda z: float((np.mean(np.cosh(z / 2) ** -2.0, axis=0) < 0.1).mean()),
    counted_and_divided=lambda z: sum(slope(column).mean() < 0.1 / 4 for column in z.T) / z.shape[1],
)

wrong_lines(
    EXERCISE,
    {
        "wrong-axis": dict(
            per_image=lambda z: np.mean(slope(z).mean(axis=1) < 0.025),
            rows_one_by_one=lambda z: np.mean([slope(row).mean() < 0.025 for row in z]),
        ),
        "slope-of-the-mean": dict(
            mean_first=lambda z: np.mean(slope(z.mean(axis=0)) < 0.025),
            typical_image=lambda z: np.mean(4 * slope(np.mean(z, axis=0)) < 0.1),
        ),
        "steepest-forgotten": dict(
            below_a_tenth=lambda z: np.mean(slope(z).mean(axis=0) < 0.1),
            compared_with_one=lambda z: np.mean(slope(z).mean(axis=0) / 1.0 < 0.1),
        ),
        "wrong-values": dict(
            share_of_values=lambda z: np.mean(slope(z) < 0.025),
            share_at_work=lambda z: np.mean(slope(z).mean(axis=0) >= 0.025) / 2,
        ),
        "wrong-shape": dict(
            which_ones=lambda z: (slope(z).mean(axis=0) < 0.025).astype(float),
            nothing=lambda z: None,
        ),
    },
)
