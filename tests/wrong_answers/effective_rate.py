"""Answers to `effective_rate`."""

import numpy as np

from tests.wrong_answers.registry import correct_lines, wrong_lines

EXERCISE = "effective_rate"

correct_lines(
    EXERCISE,
    squares=lambda kernel, rate: rate / (kernel**2).sum(axis=0),
    norm=lambda kernel, rate: rate / np.linalg.norm(kernel, axis=0) ** 2,
    unit_by_unit=lambda kernel, rate: [rate / (w @ w) for w in kernel.T],
    einsum=lambda kernel, rate: rate / np.einsum("ij,ij->j", kernel, kernel),
)

wrong_lines(
    EXERCISE,
    {
        "whole-kernel-norm": {
            "one_for_all": lambda kernel, rate: np.full(kernel.shape[1], rate / (kernel**2).sum()),
            "frobenius": lambda kernel, rate: np.full(kernel.shape[1], rate / np.linalg.norm(kernel) ** 2),
        },
        "norm-not-squared": {
            "length": lambda kernel, rate: rate / np.linalg.norm(kernel, axis=0),
            "root_of_the_sum": lambda kernel, rate: rate / np.sqrt((kernel**2).sum(axis=0)),
        },
        "mean-not-sum": {
            "mean": lambda kernel, rate: rate / np.square(kernel).mean(axis=0),
            "divided_by_inputs": lambda kernel, rate: rate / ((kernel**2).sum(axis=0) / len(kernel)),
        },
        "rate-missing": {
            "one_over": lambda kernel, rate: 1 / (kernel**2).sum(axis=0),
            "to_the_minus_two": lambda kernel, rate: np.linalg.norm(kernel, axis=0) ** -2,
        },
    },
)

wrong_lines(
    EXERCISE,
    {
        "wrong-axis": {
            "squares_of_rows": lambda kernel, rate: rate / (kernel**2).sum(axis=1),
            "norm_of_rows": lambda kernel, rate: rate / np.linalg.norm(kernel, axis=1) ** 2,
        },
    },
)
