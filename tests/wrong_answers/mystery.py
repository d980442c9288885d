"""Answers to `mystery`."""

from dataclasses import replace

from tests.wrong_answers.registry import correct, correct_lines, wrong_lines

EXERCISE = "mystery"


def path(base, *changes):
    """An Experiment after each of the changes, one on top of the other."""
    found = []
    for change in changes:
        base = replace(base, **change)
        found.append(base)
    return found


BATCH, SD = {"batch_size": 60}, {"init_scale": 0.05}


@correct(EXERCISE)
def with_base_in_front(base):
    return (base, *path(base, SD, BATCH))


correct_lines(
    EXERCISE,
    batch_then_sd=lambda base: path(base, BATCH, SD),
    he_weights=lambda base: path(base, {"batch_size": 100}, {"init_scale": "he"}),
)

wrong_lines(
    EXERCISE,
    {
        "two-factors-changed": dict(
            both_at_once=lambda base: path(base, BATCH | SD),
            last_alone=lambda base: path(base, BATCH, SD)[1:],
        ),
        "nothing-changed": dict(
            base_twice=lambda base: [base, base, *path(base, BATCH, SD)],
            repeated=lambda base: path(base, BATCH, BATCH, SD),
        ),
        "another-factor-changed": dict(
            without_batch_normalization=lambda base: path(base, {"batch_norm": False}, {"init_scale": "he"}),
            many_steps=lambda base: path(base, BATCH, {"steps": 20_000}),
        ),
        "still-fails": dict(
            one_cause=lambda base: path(base, BATCH),
            the_other_cause=lambda base: path(base, SD),
            harmless_settings=lambda base: path(base, {"epsilon": 1e-3}, {"momentum": 0.99}, {"weight_decay": 0.0}),
        ),
        "needless-change": dict(
            also_the_decay=lambda base: path(base, {"weight_decay": 0.0}, BATCH, SD),
            there_and_back=lambda base: path(base, {"activation": "tanh"}, {"activation": "relu"}, BATCH, SD),
        ),
        "wrong-shape": dict(
            only_the_last=lambda base: path(base, BATCH, SD)[-1],
            nothing=lambda base: None,
            empty=lambda base: [],
        ),
        "raises": dict(
            misspelled=lambda base: path(base, {"batchsize": 60}),
            assigns=lambda base: setattr(base, "batch_size", 60),
        ),
    },
)
