"""Answers to `update_moving`."""

import numpy as np

from tests.wrong_answers.registry import correct, correct_lines, wrong, wrong_lines

EXERCISE = "update_moving"


@correct(EXERCISE)
def with_np_average(moving, batch, momentum):
    return np.average([moving, batch], axis=0, weights=[momentum, 1 - momentum])


@correct(EXERCISE)
def number_by_number_in_float32(moving, batch, momentum):
    return [
        np.float32(m) * np.float32(momentum) + np.float32(b) * np.float32(1 - momentum) for m, b in zip(moving, batch)
    ]


@correct(EXERCISE)
def in_place_on_a_copy_of_the_memory(moving, batch, momentum):
    moving = np.array(moving)
    moving *= momentum
    moving += batch * (1 - momentum)
    return moving


@wrong(EXERCISE, "moving-not-updated")
def computes_and_forgets(moving, batch, momentum):
    moving * momentum + batch * (1 - momentum)
    return moving


@wrong(EXERCISE, "modifies-input")
def into_the_memory(moving, batch, momentum):
    moving *= momentum
    moving += (1 - momentum) * batch
    return moving


@wrong(EXERCISE, "modifies-input")
def into_the_batch(moving, batch, momentum):
    batch *= 1 - momentum
    return moving * momentum + batch


@wrong(EXERCISE, "not-finite")
def corrected_for_the_start(moving, batch, momentum):
    return (moving * momentum + batch * (1 - momentum)) / (0 * moving)


@wrong(EXERCISE, "not-finite")
def not_for_momentum_one(moving, batch, momentum):
    return moving * momentum + batch * (1 - momentum) ** 2 / (np.ones_like(batch) - momentum)


correct_lines(
    EXERCISE,
    weighted_sum=lambda moving, batch, momentum: moving * momentum + batch * (1 - momentum),
    a_step_towards_the_batch=lambda moving, batch, momentum: moving + (1 - momentum) * (batch - moving),
)

wrong_lines(
    EXERCISE,
    {
        "momentum-inverted": dict(
            weights_swapped=lambda moving, batch, momentum: moving * (1 - momentum) + batch * momentum,
            as_in_pytorch=lambda moving, batch, momentum: moving + momentum * (batch - moving),
        ),
        "momentum-ignored": dict(
            always_99_percent=lambda moving, batch, momentum: moving * 0.99 + batch * 0.01,
            halfway=lambda moving, batch, momentum: (moving + batch) / 2,
            only_the_batch=lambda moving, batch, momentum: batch.copy(),
            a_constant_of_its_own=lambda moving, batch, momentum: moving + (batch - moving) * 0.0731,
        ),
        "moving-not-updated": dict(
            a_copy_of_the_memory=lambda moving, batch, momentum: moving.copy(),
        ),
        "wrong-values": dict(
            squared=lambda moving, batch, momentum: moving * momentum**2 + batch * (1 - momentum**2),
        ),
        "wrong-shape": dict(
            stacked=lambda moving, batch, momentum: np.stack([moving * momentum, batch * (1 - momentum)]),
            averaged_over_features=lambda moving, batch, momentum: np.mean(moving * momentum + batch * (1 - momentum)),
        ),
        "wrong-dtype": dict(
            as_integers=lambda moving, batch, momentum: (moving * momentum + batch * (1 - momentum)).astype(np.int32),
            as_booleans=lambda moving, batch, momentum: (moving * momentum + batch * (1 - momentum)) > 0,
        ),
    },
)

wrong_lines(
    EXERCISE,
    {
        "batch-unweighted": dict(
            adds_the_batch=lambda moving, batch, momentum: moving * momentum + batch,
            adds_the_batch_by_parts=lambda moving, batch, momentum: moving - moving * (1 - momentum) + batch,
        ),
    },
)
