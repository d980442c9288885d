"""Answers to `variance_shift`."""

from tests.wrong_answers.registry import correct_lines, wrong_lines

EXERCISE = "variance_shift"

correct_lines(
    EXERCISE,
    by_the_mean_square=lambda m, v, p: v / ((v + m**2) / (1 - p) - m**2),
    with_the_added_variance=lambda m, v, p: v / (v + (v + m**2) * p / (1 - p)),
    multiplied_through=lambda m, v, p: v * (1 - p) / (v + p * m**2),
)

wrong_lines(
    EXERCISE,
    {
        "mean-ignored": dict(
            only_the_variance=lambda m, v, p: 1 - p,
            variance_over_what_is_kept=lambda m, v, p: v / (v / (1 - p)),
        ),
        "not-rescaled": dict(
            zeroed_only=lambda m, v, p: v / ((1 - p) * (v + m**2) - ((1 - p) * m) ** 2),
            as_a_mixture=lambda m, v, p: v / ((1 - p) * v + p * (1 - p) * m**2),
        ),
        "ratio-inverted": dict(
            training_over_inference=lambda m, v, p: ((v + m**2) / (1 - p) - m**2) / v,
            as_a_factor=lambda m, v, p: (v + p * m**2) / (v * (1 - p)),
        ),
        "wrong-values": dict(
            mean_square_for_variance=lambda m, v, p: v / ((v + m**2) / (1 - p)),
            root=lambda m, v, p: (v / ((v + m**2) / (1 - p) - m**2)) ** 0.5,
        ),
        "wrong-shape": dict(
            both_variances=lambda m, v, p: (v, (v + m**2) / (1 - p) - m**2),
            nothing=lambda m, v, p: None,
        ),
    },
)
