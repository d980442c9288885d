"""Three growing hints for each exercise and slug: the symptom, the idea, where to read.

lesson_NN.py holds `HINTS`, {exercise: {slug: (symptom, idea, where)}}, and `PRAISE`, {exercise: one warm sentence}.
Placeholders such as {yours} are filled with what the check measured. What an exercise leaves out, a slug or one of its
three (None), is looked up in common.py, which has symptom and idea for every slug of the vocabulary; the third is then
the exercise's own paragraph, `WHERE`.
"""

import importlib
import re

from helpers.checks.hints import common

LESSONS = {
    "standardize": "00",
    "forward": "01",
    "fair_comparison": "02",
    "add_batchnorm": "03",
    "training_step": "03",
    "backward": "05",
    "update_moving": "05",
    "inference": "05",
    "calibrate": "05",
    "tf_layer": "05_layer",
    "conv_forward": "06",
    "add_batchnorm_conv": "06_keras",
    "recurrent_moments": "07",
    "recurrent_inference": "07",
    "generator": "08",
    "freeze": "09_keras",
    "ghost_forward": "09",
    "decay_parameters": "09_keras",
    "fold": "10",
    "to_pytorch": "10",
    "adapt": "10_keras",
    "capstone": "11",
}
"""Exercise -> its lesson."""


def find(exercise, slug):
    """The three templates (symptom, idea, where) for a slug of an exercise."""
    lesson = _lesson(exercise)
    own = lesson.HINTS.get(exercise, {}).get(slug, (None, None, None))
    general = (*common.HINTS.get(slug, (None, None))[:2], lesson.WHERE[exercise])
    return tuple(mine if mine is not None else other for mine, other in zip(own, general))


def filled(exercise, slug, facts):
    """The three hints for a slug of an exercise, with what was measured filled in.

    Where something could not be measured, because what came back has another shape, the general hint takes the place of
    the one that would tell the number.
    """
    general = (*common.HINTS.get(slug, (None, None))[:2], _lesson(exercise).WHERE[exercise])
    return tuple(_no_minus_zero(_filled(*pair, facts)) for pair in zip(find(exercise, slug), general))


def _no_minus_zero(text):
    return re.sub(r"(?<![\w.)\]])-(0\.0+)(?!\d)", r"\1", text)


def _filled(template, general, facts):
    try:
        return template.format(**facts)
    except KeyError:
        return (general or template).format_map(_Unmeasured(facts))


class _Unmeasured(dict):
    def __missing__(self, name):
        return "(not measured)"


def praise(exercise):
    """What a learner reads who has passed."""
    return _lesson(exercise).PRAISE[exercise]


def _lesson(exercise):
    return importlib.import_module(f"{__name__}.lesson_{LESSONS[exercise]}")
