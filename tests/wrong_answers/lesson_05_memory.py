"""Answers to `update_moving`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong

EXERCISE = "update_moving"


@correct(EXERCISE)
def weighted_sum(moving, batch, momentum):
    return moving * momentum + batch * (1 - momentum)


@correct(EXERCISE)
def a_step_towards_the_batch(moving, batch, momentum):
    return moving + (1 - momentum) * (batch - moving)


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


@wrong(EXERCISE, "momentum-inverted")
def weights_swapped(moving, batch, momentum):
    return moving * (1 - momentum) + batch * momentum


@wrong(EXERCISE, "momentum-inverted")
def as_in_pytorch(moving, batch, momentum):
    return moving + momentum * (batch - moving)


@wrong(EXERCISE, "momentum-ignored")
def always_99_percent(moving, batch, momentum):
    return moving * 0.99 + batch * 0.01


@wrong(EXERCISE, "momentum-ignored")
def halfway(moving, batch, momentum):
    return (moving + batch) / 2


@wrong(EXERCISE, "momentum-ignored")
def only_the_batch(moving, batch, momentum):
    return batch.copy()


@wrong(EXERCISE, "momentum-ignored")
def a_constant_of_its_own(moving, batch, momentum):
    return moving + (batch - moving) * 0.0731


@wrong(EXERCISE, "moving-not-updated")
def a_copy_of_the_memory(moving, batch, momentum):
    return moving.copy()


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


@wrong(EXERCISE, "wrong-values")
def adds_the_whole_batch(moving, batch, momentum):
    return moving * momentum + batch


@wrong(EXERCISE, "wrong-values")
def squared(moving, batch, momentum):
    return moving * momentum**2 + batch * (1 - momentum**2)


@wrong(EXERCISE, "wrong-shape")
def stacked(moving, batch, momentum):
    return np.stack([moving * momentum, batch * (1 - momentum)])


@wrong(EXERCISE, "wrong-shape")
def averaged_over_features(moving, batch, momentum):
    return np.mean(moving * momentum + batch * (1 - momentum))


@wrong(EXERCISE, "wrong-dtype")
def as_integers(moving, batch, momentum):
    return (moving * momentum + batch * (1 - momentum)).astype(np.int32)


@wrong(EXERCISE, "wrong-dtype")
def as_booleans(moving, batch, momentum):
    return (moving * momentum + batch * (1 - momentum)) > 0


@wrong(EXERCISE, "not-finite")
def corrected_for_the_start(moving, batch, momentum):
    return (moving * momentum + batch * (1 - momentum)) / (0 * moving)


@wrong(EXERCISE, "not-finite")
def not_for_momentum_one(moving, batch, momentum):
    return moving * momentum + batch * (1 - momentum) ** 2 / (np.ones_like(batch) - momentum)
