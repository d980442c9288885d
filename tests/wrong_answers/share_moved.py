"""Answers to `share_moved`."""

import numpy as np

from tests.wrong_answers.registry import correct_lines, wrong, wrong_lines

EXERCISE = "share_moved"

length = np.linalg.norm


@wrong(EXERCISE, "modifies-input")
def subtracts_in_place(start, end):
    end -= start
    return length(end) / length(start)


@wrong(EXERCISE, "modifies-input")
def scales_in_place(start, end):
    size = length(start)
    start /= size
    return length(end - start * size) / size


correct_lines(
    EXERCISE,
    with_norm=lambda start, end: length(end - start) / length(start),
    with_sums=lambda start, end: np.sqrt(np.sum((start - end) ** 2) / np.sum(start**2)),
    as_vectors=lambda start, end: float(np.hypot.reduce((end - start).ravel()) / np.hypot.reduce(start.ravel())),
)

wrong_lines(
    EXERCISE,
    {
        "difference-of-lengths": dict(
            grown=lambda start, end: abs(length(end) - length(start)) / length(start),
            ratio_minus_one=lambda start, end: np.abs(length(end) / length(start) - 1),
        ),
        "divided-by-the-end": dict(
            over_the_end=lambda start, end: length(end - start) / length(end),
            over_the_end_with_sums=lambda start, end: np.sqrt(np.sum((end - start) ** 2) / np.sum(end**2)),
        ),
        "squares-not-lengths": dict(
            no_root=lambda start, end: np.sum((end - start) ** 2) / np.sum(start**2),
            norm_squared=lambda start, end: (length(end - start) / length(start)) ** 2,
        ),
        "wrong-values": dict(
            largest_change=lambda start, end: np.abs(end - start).max() / np.abs(start).max(),
            not_a_share=lambda start, end: length(end - start),
        ),
        "wrong-shape": dict(
            per_unit=lambda start, end: length(end - start, axis=0) / length(start, axis=0),
            nothing=lambda start, end: None,
        ),
    },
)
