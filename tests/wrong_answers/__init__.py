"""Named wrong answers, and right ones written in other ways: one list for the checks and for our own code.

    from tests.wrong_answers import load
    wrong, correct = load()                    # of all exercises
    wrong, correct = load("forward")           # of one

Each exercise has a module, called as below; where it grows long, NAME_correct.py and NAME_form.py stand beside NAME.py.
It is imported only for its exercises, so that NumPy ones never wait for TensorFlow.
`python -m tests.wrong_answers` prints the table of exercise x slug with the number of wrong answers named exactly.
"""

import importlib
from pathlib import Path

from helpers.checks import MODULES
from tests.wrong_answers import registry

NUMPY = {
    "standardize": "lesson_00",
    "forward": "lesson_01",
    "fair_comparison": "lesson_02",
    "backward": "lesson_05_backward",
    "update_moving": "lesson_05_memory",
    "inference": "lesson_05_inference",
    "calibrate": "lesson_05_calibrate",
    "conv_forward": "lesson_06",
    "recurrent_moments": "lesson_07",
    "recurrent_inference": "lesson_07_inference",
    "ghost_forward": "lesson_09",
    "fold": "lesson_10",
    "to_pytorch": "lesson_10_pytorch",
}
"""Exercise -> module of this package, for exercises that need no TensorFlow."""

KERAS = {name: module for name, module in MODULES.items() if name not in NUMPY}
KERAS |= {"training_step": "lesson_03_step", "decay_parameters": "lesson_09_decay"}
"""The same for Keras exercises: the module is called like that of the check where that holds one exercise."""

BATCHNORM = ("forward", "backward", "update_moving", "inference", "calibrate", "conv_forward", "fold")
"""Exercises whose answers are functions of helpers.batchnorm: its tests must refuse the wrong ones too."""


def place(exercise):
    """The file that holds the wrong answers to an exercise."""
    return Path(__file__).with_name(f"{(NUMPY | KERAS)[exercise]}.py")


def load(*exercises):
    """The wrong and the correct submissions of these exercises (of all, without any), as two lists."""
    places = NUMPY | KERAS
    chosen = exercises or tuple(MODULES)
    for module in dict.fromkeys(places[name] for name in chosen):
        for part in (module, f"{module}_correct", f"{module}_form"):
            if Path(__file__).with_name(f"{part}.py").exists():
                importlib.import_module(f"{__name__}.{part}")
    return (
        [submission for submission in registry.WRONG if submission.exercise in chosen],
        [submission for submission in registry.CORRECT if submission.exercise in chosen],
    )
