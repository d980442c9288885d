"""Answers to `memory_left`."""

import math

from tests.wrong_answers.registry import correct, correct_lines, wrong, wrong_lines

EXERCISE = "memory_left"


@correct(EXERCISE)
def batch_by_batch(momentum, batches):
    left = 1.0
    for _ in range(batches):
        left = left * momentum
    return left


correct_lines(
    EXERCISE,
    power=lambda momentum, batches: momentum**batches,
    pow_of_math=lambda momentum, batches: math.pow(momentum, batches),
)


@wrong(EXERCISE, "momentum-inverted")
def new_weight_batch_by_batch(momentum, batches):
    left = 1.0
    for _ in range(batches):
        left = left * (1 - momentum)
    return left


wrong_lines(
    EXERCISE,
    {
        "momentum-inverted": {"pytorchs": lambda momentum, batches: (1 - momentum) ** batches},
        "power-not-product": {
            "a_straight_line": lambda momentum, batches: 1 - batches * (1 - momentum),
            "times": lambda momentum, batches: momentum * batches,
        },
        "covered-not-left": {
            "the_rest": lambda momentum, batches: 1 - momentum**batches,
            "the_rest_by_math": lambda momentum, batches: 1.0 - math.pow(momentum, batches),
        },
    },
)
