"""Answers to `own_claim`."""

from dataclasses import replace

from helpers.experiments import Experiment
from tests.wrong_answers.registry import correct_lines, wrong_lines

EXERCISE = "own_claim"

TANH = Experiment(batch_norm=False, activation="tanh", hidden=(20,), steps=100)
WITH = replace(TANH, batch_norm=True)

correct_lines(
    EXERCISE,
    a_shallow_network=lambda: (TANH, WITH, 0.01),
    as_a_list=lambda: [TANH, WITH, 0.02],
    half_a_point=lambda: (replace(TANH, batch_size=4), replace(WITH, batch_size=4), 0.005),
)

wrong_lines(
    EXERCISE,
    {
        "two-factors-changed": dict(
            another_rate=lambda: (TANH, replace(WITH, learning_rate=1.0), 0.01),
            small_batches_with=lambda: (TANH, replace(WITH, batch_size=4), 0.01),
        ),
        "nothing-changed": dict(
            twice_without=lambda: (TANH, TANH, 0.01),
            twice_with=lambda: (WITH, replace(WITH), 0.01),
        ),
        "another-factor-changed": dict(
            two_activations=lambda: (TANH, replace(TANH, activation="relu"), 0.01),
            two_placements=lambda: (WITH, replace(WITH, placement="after"), 0.01),
        ),
        "wrong-order": dict(
            with_comes_first=lambda: (WITH, TANH, 0.01),
            with_first_in_a_list=lambda: [WITH, TANH, 0.05],
        ),
        "no-threshold": dict(
            only_the_pair=lambda: (TANH, WITH),
            left_open=lambda: (TANH, WITH, None),
            above_zero=lambda: (TANH, WITH, 0),
            one_in_points=lambda: (TANH, WITH, 1),
            a_word=lambda: (TANH, WITH, "one point"),
        ),
        "wrong-shape": dict(
            nothing=lambda: None,
            no_experiments=lambda: ("without", "with", 0.01),
            four_things=lambda: (TANH, WITH, 0.01, 12),
        ),
        "raises": dict(
            misspelled=lambda: (TANH, replace(TANH, batchnorm=True), 0.01),
            too_large_a_batch=lambda: (replace(TANH, train_size=10), WITH, 0.01),
        ),
    },
)
