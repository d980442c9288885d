"""Answers to `steady_sd`."""

import math

from tests.wrong_answers.registry import correct_lines, wrong_lines

EXERCISE = "steady_sd"

correct_lines(
    EXERCISE,
    he=lambda n: math.sqrt(2 / n),
    solved_step_by_step=lambda n: 1 / (math.sqrt(n) * math.sqrt(0.5)),
    as_a_power=lambda n: (n / 2) ** -0.5,
)

wrong_lines(
    EXERCISE,
    {
        "relu-forgotten": dict(
            without_the_half=lambda n: n**-0.5,
            half_of_the_sd=lambda n: 2 / math.sqrt(n),
            half_the_wrong_way=lambda n: math.sqrt(0.5 / n),
        ),
        "variance-not-std": dict(variance=lambda n: 2 / n, one_over_half=lambda n: 1 / (n * 0.5)),
        "wrong-values": dict(glorot=lambda n: math.sqrt(2 / (n + 10)), constant=lambda n: 0.1414),
        "wrong-shape": dict(a_list=lambda n: [math.sqrt(2 / n)], nothing=lambda n: None),
        "wrong-dtype": dict(floor=lambda n: 2 // n, rounded=lambda n: round(math.sqrt(2 / n))),
    },
)
