"""Answers to `examine`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXAMINE = "examine"


def axis(patient, images):
    return any(len(m) != len(b) for (m, _), (b, _) in zip(patient.memory(), patient.batch_statistics(images)))


def at_start(patient, images):
    return not patient.memory()[0][0].any()


def after_output(patient, images):
    means = [patient.predict(half, training=True).mean(axis=0) for half in np.array_split(images, 2)]
    return np.allclose(*means, atol=1e-3)


def steps(patient, images):
    track = [patient.memory()[0][0]]
    for _ in range(2):
        patient.predict(images, training=True)
        track.append(patient.memory()[0][0])
    return np.diff(track, axis=0)


def frozen(patient, images):
    return not steps(patient, images).any()


def inverted(patient, images):
    first, second = steps(patient, images)
    return first.any() and np.median(second / first) < 0.5


QUESTIONS = {
    "missing-training-flag": lambda patient, images, start: start and not frozen(patient, images),
    "frozen-wrongly": lambda patient, images, start: frozen(patient, images),
    "axis-not-features": lambda patient, images, start: axis(patient, images),
    "momentum-inverted": lambda patient, images, start: inverted(patient, images),
    "after-output": lambda patient, images, start: after_output(patient, images),
}


def asked(**changed):
    """The right examination, with other questions for some faults; None for one that is not asked."""
    questions = QUESTIONS | {name.replace("_", "-"): question for name, question in changed.items()}

    def examine(patient, images):
        start = at_start(patient, images)
        return {name for name, question in questions.items() if question and question(patient, images, start)}

    return examine


@correct(EXAMINE)
def five_questions(patient, images):
    return asked()(patient, images)


@correct(EXAMINE)
def by_lengths_in_a_list(patient, images):
    return sorted(asked(after_output=lambda p, x, start: len(p.memory()[-1][0]) == 10)(patient, images))


@correct(EXAMINE)
def by_the_two_modes(patient, images):
    def same_in_both(p, x, start):
        return np.allclose(p.predict(x, training=True), p.predict(x), atol=1e-6)

    return frozenset(asked(frozen_wrongly=same_in_both)(patient, images))


@wrong(EXAMINE, "false-alarm")
def everything(patient, images):
    return set(QUESTIONS)


wrong_lines(
    EXAMINE,
    {
        "false-alarm": dict(
            frozen_taken_for_the_flag=asked(missing_training_flag=lambda p, x, start: start, frozen_wrongly=None),
            features_of_the_output=asked(after_output=lambda p, x, start: p.predict(x).shape[1] == 10),
        ),
        "fault-missed": dict(
            nothing_found=lambda patient, images: set(),
            memory_looked_at_too_late=asked(
                missing_training_flag=lambda p, x, start: steps(p, x).any() and at_start(p, x)
            ),
            output_not_asked=asked(after_output=None),
        ),
        "wrong-shape": dict(
            nothing_returned=lambda patient, images: None,
            another_name=lambda patient, images: {"no-batchnorm"},
            yes_or_no=lambda patient, images: True,
        ),
        "raises": dict(
            asks_for_layers=lambda patient, images: {layer.name for layer in patient.layers},
            one_argument=lambda patient: set(),
        ),
    },
)
