"""Answers to `share_kept`."""

import numpy as np

from tests.wrong_answers.registry import correct_lines, wrong_lines

EXERCISE = "share_kept"

correct_lines(
    EXERCISE,
    squares=lambda loss, w, g, rate: (loss(w) - loss(w - rate * g)) / (rate * np.sum(g**2)),
    dot=lambda loss, w, g, rate: (loss(w) - loss(w - rate * g)) / (rate * g @ g),
    norm=lambda loss, w, g, rate: float(loss(w) - loss(w - rate * g)) / (rate * np.linalg.norm(g) ** 2),
)

wrong_lines(
    EXERCISE,
    {
        "step-uphill": {
            "plus": lambda loss, w, g, rate: (loss(w) - loss(w + rate * g)) / (rate * g @ g),
            "plus_squares": lambda loss, w, g, rate: (loss(w) - loss(w + rate * g)) / (rate * np.sum(g**2)),
        },
        "norm-not-squared": {
            "norm": lambda loss, w, g, rate: (loss(w) - loss(w - rate * g)) / (rate * np.linalg.norm(g)),
            "root": lambda loss, w, g, rate: (loss(w) - loss(w - rate * g)) / (rate * np.sqrt(g @ g)),
        },
        "rate-missing": {
            "no_rate": lambda loss, w, g, rate: (loss(w) - loss(w - rate * g)) / (g @ g),
            "no_rate_squares": lambda loss, w, g, rate: (loss(w) - loss(w - rate * g)) / np.sum(g**2),
        },
    },
)
