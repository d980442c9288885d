"""Answers to `masked_moments`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXERCISE = "masked_moments"


def left(mask):
    """How many sequences are left at each step (T, 1), at least 1."""
    return np.maximum(mask.sum(axis=0), 1)[:, np.newaxis]


@correct(EXERCISE)
def with_where(sequences, mask):
    real = mask[:, :, np.newaxis]
    mean = np.sum(sequences, axis=0, where=real) / left(mask)
    return mean, np.sum((sequences - mean) ** 2, axis=0, where=real) / left(mask)


@correct(EXERCISE)
def step_by_step(sequences, mask):
    mean, variance = np.zeros((2, *sequences.shape[1:]))
    for t in range(sequences.shape[1]):
        rows = sequences[mask[:, t], t]
        if len(rows):
            mean[t], variance[t] = rows.mean(axis=0), rows.var(axis=0)
    return mean, variance


@correct(EXERCISE)
def times_the_mask(sequences, mask):
    weight = mask[..., None].astype(float)
    mean = (sequences * weight).sum(0) / left(mask)
    return mean, (((sequences - mean) * weight) ** 2).sum(0) / left(mask)


@correct(EXERCISE)
def with_a_masked_array(sequences, mask):
    hidden = np.ma.array(sequences, mask=np.repeat(~mask[:, :, None], sequences.shape[2], axis=2))
    return hidden.mean(axis=0).filled(0), hidden.var(axis=0).filled(0)


@wrong(EXERCISE, "stats-over-padding")
def right_mean_and_every_row_in_the_variance(sequences, mask):
    mean, _ = with_where(sequences, mask)
    return mean, ((sequences - mean) ** 2).mean(axis=0)


@wrong(EXERCISE, "stats-over-padding")
def squares_of_zeros(sequences, mask):
    kept = sequences * mask[..., None]
    mean = kept.sum(axis=0) / left(mask)
    return mean, ((kept - mean) ** 2).sum(axis=0) / left(mask)


@wrong(EXERCISE, "stats-over-padding")
def divides_by_all(sequences, mask):
    weight = mask[..., None]
    mean = (sequences * weight).sum(axis=0) / len(sequences)
    return mean, ((sequences - mean) ** 2 * weight).sum(axis=0) / len(sequences)


@wrong(EXERCISE, "mask-inverted")
def averages_the_padding(sequences, mask):
    with np.errstate(all="ignore"):
        real = ~mask[..., None]
        mean = np.sum(sequences, axis=0, where=real) / real.sum(axis=0)
        return mean, np.sum((sequences - mean) ** 2, axis=0, where=real) / real.sum(axis=0)


@wrong(EXERCISE, "mask-inverted")
def zeroes_what_is_real(sequences, mask):
    padding = 1.0 - mask[..., None]
    with np.errstate(all="ignore"):
        mean = (sequences * padding).sum(0) / padding.sum(0)
        return mean, (padding * (sequences - mean) ** 2).sum(0) / padding.sum(0)


@wrong(EXERCISE, "shared-over-time")
def all_real_steps_together(sequences, mask):
    rows = sequences[mask]
    return np.tile(rows.mean(0), (mask.shape[1], 1)), np.tile(rows.var(0), (mask.shape[1], 1))


@wrong(EXERCISE, "shared-over-time")
def about_the_mean_of_all_steps(sequences, mask):
    mean, _ = with_where(sequences, mask)
    squares = (sequences - sequences[mask].mean(axis=0)) ** 2
    return mean, np.sum(squares, axis=0, where=mask[..., None]) / left(mask)


@wrong(EXERCISE, "sum-not-mean")
def never_divides(sequences, mask):
    mean, variance = with_where(sequences, mask)
    return mean * left(mask), variance * left(mask)


@wrong(EXERCISE, "sum-not-mean")
def sum_of_squares(sequences, mask):
    mean, variance = with_where(sequences, mask)
    return mean, variance * left(mask)


@wrong(EXERCISE, "unbiased-variance")
def with_one_less(sequences, mask):
    mean, variance = with_where(sequences, mask)
    with np.errstate(all="ignore"):
        return mean, variance * left(mask) / (left(mask) - 1)


@wrong(EXERCISE, "unbiased-variance")
def ddof_step_by_step(sequences, mask):
    steps = [sequences[mask[:, t], t] for t in range(mask.shape[1])]
    return np.array([s.mean(0) for s in steps]), np.array([s.var(0, ddof=1) for s in steps])


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares(sequences, mask):
    mean, _ = with_where(sequences, mask)
    return mean, np.sum(sequences**2, axis=0, where=mask[..., None]) / left(mask) - mean**2


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares_in_float32(sequences, mask):
    x, count = sequences.astype(np.float32) * mask[..., None], left(mask).astype(np.float32)
    mean = x.sum(axis=0) / count
    return mean, (x * x).sum(axis=0) / count - mean * mean


@wrong(EXERCISE, "not-finite")
def nothing_by_nothing(sequences, mask):
    real = mask[..., None]
    with np.errstate(all="ignore"):
        mean = np.sum(sequences, axis=0, where=real) / real.sum(axis=0)
        return mean, np.sum((sequences - mean) ** 2, axis=0, where=real) / real.sum(axis=0)


@wrong(EXERCISE, "modifies-input")
def zeroes_in_place(sequences, mask):
    sequences[~mask] = 0
    return with_where(sequences, mask)


def sequence_by_sequence(sequences, mask):
    count = mask.sum(axis=1)[:, np.newaxis]
    mean = np.sum(sequences, axis=1, where=mask[..., None]) / count
    return mean, np.sum((sequences - mean[:, None]) ** 2, axis=1, where=mask[..., None]) / count


wrong_lines(
    EXERCISE,
    {
        "stats-over-padding": dict(
            mask_ignored=lambda sequences, mask: (sequences.mean(axis=0), sequences.var(axis=0)),
            padding_as_zeros=lambda sequences, mask: (
                (sequences * mask[..., None]).mean(axis=0),
                (sequences * mask[..., None]).var(axis=0),
            ),
        ),
        "shared-over-time": dict(
            one_pair=lambda sequences, mask: (sequences[mask].mean(axis=0), sequences[mask].var(axis=0)),
        ),
        "instance-statistics": dict(
            over_the_steps=sequence_by_sequence,
            over_the_steps_as_lists=lambda sequences, mask: [
                one.tolist() for one in sequence_by_sequence(sequences, mask)
            ],
        ),
        "wrong-axis": dict(
            of_everything=lambda sequences, mask: (sequences[mask].mean(), sequences[mask].var()),
            one_number_for_each_step=lambda sequences, mask: tuple(
                np.array([part(sequences[mask[:, t], t]) for t in range(mask.shape[1])]) for part in (np.mean, np.var)
            ),
        ),
        "std-not-variance": dict(
            the_root=lambda sequences, mask: (with_where(sequences, mask)[0], np.sqrt(with_where(sequences, mask)[1])),
            power_a_half=lambda sequences, mask: (
                with_where(sequences, mask)[0],
                with_where(sequences, mask)[1] ** 0.5,
            ),
        ),
        "results-swapped": dict(
            variance_first=lambda sequences, mask: with_where(sequences, mask)[::-1],
            listed=lambda sequences, mask: [with_where(sequences, mask)[1], with_where(sequences, mask)[0]],
        ),
        "wrong-values": dict(
            median_of_the_steps=lambda sequences, mask: (
                np.median(sequences, axis=0),
                np.abs(sequences - np.median(sequences, axis=0)).mean(axis=0),
            ),
        ),
    },
)
