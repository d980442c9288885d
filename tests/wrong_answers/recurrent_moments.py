"""Answers to `recurrent_moments`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXERCISE = "recurrent_moments"


@correct(EXERCISE)
def over_the_sequences(sequences):
    return sequences.mean(axis=0), sequences.var(axis=0)


@correct(EXERCISE)
def step_by_step(sequences):
    means, variances = [], []
    for t in range(sequences.shape[1]):
        step = sequences[:, t]
        means.append(sum(step) / len(step))
        variances.append(sum((step - means[-1]) ** 2) / len(step))
    return means, variances


@correct(EXERCISE)
def with_einsum_in_float32_and_steps(sequences):
    x = sequences.astype(np.float32)
    mean = np.einsum("ntd->td", x) / np.float32(len(x))
    centred = x - mean
    return [mean, np.einsum("ntd,ntd->td", centred, centred) / np.float32(len(x))], {"centred": centred}


@correct(EXERCISE)
def as_one_wide_batch_stacked(sequences):
    wide = sequences.reshape(len(sequences), -1)
    return np.stack([np.mean(wide, axis=0), np.std(wide, axis=0) ** 2]).reshape(2, *sequences.shape[1:])


@wrong(EXERCISE, "shared-over-time")
def the_same_for_each_step(sequences):
    rows = sequences.reshape(-1, sequences.shape[-1])
    steps = sequences.shape[1]
    return np.tile(rows.mean(0), (steps, 1)), np.tile(rows.var(0), (steps, 1))


@wrong(EXERCISE, "shared-over-time")
def variance_about_the_mean_of_all_steps(sequences):
    return sequences.mean(axis=0), ((sequences - sequences.mean(axis=(0, 1))) ** 2).mean(axis=0)


@wrong(EXERCISE, "instance-statistics")
def sequence_by_sequence(sequences):
    return np.array([one.mean(axis=0) for one in sequences]), np.array([one.var(axis=0) for one in sequences])


@wrong(EXERCISE, "unbiased-variance")
def with_one_less(sequences):
    mean = sequences.mean(axis=0)
    return mean, np.square(sequences - mean).sum(axis=0) / (len(sequences) - 1)


@wrong(EXERCISE, "sum-not-mean")
def never_divides(sequences):
    mean = sequences.sum(axis=0)
    return mean, ((sequences - sequences.mean(axis=0)) ** 2).sum(axis=0)


@wrong(EXERCISE, "sum-not-mean")
def sum_of_squares(sequences):
    mean = sequences.mean(axis=0)
    return mean, np.einsum("ntd,ntd->td", sequences - mean, sequences - mean)


@wrong(EXERCISE, "std-not-variance")
def root_at_the_end(sequences):
    mean, variance = over_the_sequences(sequences)
    return mean, variance**0.5


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares(sequences):
    mean = sequences.mean(axis=0)
    return mean, (sequences**2).mean(axis=0) - mean**2


@wrong(EXERCISE, "unstable-variance")
def mean_of_squares_always_in_float32(sequences):
    x = np.asarray(sequences, np.float32)
    mean = np.einsum("ntd->td", x) / np.float32(len(x))
    return mean, np.maximum(np.einsum("ntd,ntd->td", x, x) / np.float32(len(x)) - mean * mean, 0)


@wrong(EXERCISE, "wrong-shape")
def with_kept_dimensions(sequences):
    return sequences.mean(axis=0, keepdims=True), sequences.var(axis=0, keepdims=True)


@wrong(EXERCISE, "modifies-input")
def centers_in_place(sequences):
    mean = sequences.mean(axis=0)
    sequences -= mean
    return mean, np.square(sequences).mean(axis=0)


@wrong(EXERCISE, "modifies-input")
def squares_in_place(sequences):
    mean, variance = over_the_sequences(sequences)
    np.square(sequences, out=sequences)
    return mean, variance


wrong_lines(
    EXERCISE,
    {
        "shared-over-time": dict(
            over_sequences_and_steps=lambda sequences: (sequences.mean(axis=(0, 1)), sequences.var(axis=(0, 1))),
        ),
        "instance-statistics": dict(
            over_the_steps=lambda sequences: (sequences.mean(axis=1), sequences.var(axis=1)),
        ),
        "wrong-axis": dict(
            over_the_features=lambda sequences: (sequences.mean(axis=-1), sequences.var(axis=-1)),
            one_number_for_each_step=lambda sequences: (sequences.mean(axis=(0, 2)), sequences.var(axis=(0, 2))),
            of_everything=lambda sequences: (np.mean(sequences), np.var(sequences)),
        ),
        "unbiased-variance": dict(
            with_ddof=lambda sequences: (sequences.mean(axis=0), sequences.var(axis=0, ddof=1)),
        ),
        "std-not-variance": dict(
            the_root=lambda sequences: (sequences.mean(axis=0), sequences.std(axis=0)),
        ),
        "results-swapped": dict(
            variance_first=lambda sequences: (sequences.var(axis=0), sequences.mean(axis=0)),
            reversed_pair=lambda sequences: over_the_sequences(sequences)[::-1],
        ),
        "wrong-shape": dict(
            turned_around=lambda sequences: (sequences.mean(axis=0).T, sequences.var(axis=0).T),
        ),
        "wrong-values": dict(
            only_the_first_sequence=lambda sequences: (sequences[0], np.zeros_like(sequences[0])),
            median_of_the_steps=lambda sequences: (np.median(sequences, axis=0), sequences.var(axis=0)),
        ),
    },
)
