"""Answers to `silent_units`."""

import numpy as np

from tests.wrong_answers.registry import correct_lines, wrong, wrong_lines

EXERCISE = "silent_units"


@wrong(EXERCISE, "modifies-input")
def marks_in_place(outputs):
    outputs[outputs > 0] = 1
    return int((outputs.sum(axis=0) == 0).sum())


@wrong(EXERCISE, "modifies-input")
def adds_up_in_place(outputs):
    outputs[0] = outputs.sum(axis=0)
    return int((outputs[0] == 0).sum())


correct_lines(
    EXERCISE,
    whole_column_zero=lambda o: int(np.all(o == 0, axis=0).sum()),
    largest_is_zero=lambda o: np.count_nonzero(o.max(axis=0) <= 0),
    column_by_column=lambda o: sum(not column.any() for column in o.T),
    as_a_float=lambda o: float((o.sum(axis=0) == 0).sum()),
)

wrong_lines(
    EXERCISE,
    {
        "wrong-axis": dict(
            images=lambda o: int(np.all(o == 0, axis=1).sum()),
            row_by_row=lambda o: sum(not row.any() for row in o),
        ),
        "any-not-all": dict(
            zero_for_some_image=lambda o: int(np.any(o == 0, axis=0).sum()),
            smallest_is_zero=lambda o: int((o.min(axis=0) == 0).sum()),
        ),
        "counts-values": dict(zeros=lambda o: int((o == 0).sum()), not_positive=lambda o: int(np.sum(o <= 0))),
        "counts-the-others": dict(
            at_work=lambda o: int((o > 0).any(axis=0).sum()), not_silent=lambda o: int((o.sum(axis=0) != 0).sum())
        ),
        "wrong-values": dict(
            never_any=lambda o: 0,
            mean_near_zero=lambda o: int((o.mean(axis=0) < 10).sum()),
        ),
        "wrong-shape": dict(which_ones=lambda o: np.all(o == 0, axis=0), nothing=lambda o: None),
    },
)
