"""One check for each of the course's 22 exercises: `checks.forward(your_function)`.

    result = checks.forward(forward)     # shows itself in a notebook
    result.passed, result.diagnosis, result.hint, result.table

A check runs a submission on inputs that tell the known mistakes apart, and names the mistake (`diagnosis`, a word such
as "wrong-axis") with a hint that grows from failure to failure. It never shows the answer, and never raises because of
what the submission did. It gives a submission 20 s in all. Loops in Python are ended then; a single long call into
compiled code (a huge matrix product, say) ends when it ends.

Nothing is imported here until it is asked for, so that a NumPy exercise never waits for TensorFlow.
How to write a check: helpers/checks/engine/core.py.
"""

import importlib

MODULES = {
    "standardize": "lesson_00",
    "forward": "lesson_01",
    "fair_comparison": "lesson_02",
    "add_batchnorm": "lesson_03",
    "training_step": "lesson_03",
    "backward": "lesson_05_backward",
    "update_moving": "lesson_05_memory",
    "inference": "lesson_05_inference",
    "calibrate": "lesson_05_calibrate",
    "tf_layer": "lesson_05_layer",
    "conv_forward": "lesson_06",
    "add_batchnorm_conv": "lesson_06_keras",
    "recurrent_moments": "lesson_07",
    "recurrent_inference": "lesson_07_inference",
    "generator": "lesson_08",
    "freeze": "lesson_09_keras",
    "ghost_forward": "lesson_09",
    "decay_parameters": "lesson_09_keras",
    "fold": "lesson_10",
    "to_pytorch": "lesson_10",
    "adapt": "lesson_10_keras",
    "capstone": "lesson_11",
}
"""Exercise -> module of this package that holds its check."""

__all__ = list(MODULES)


def __getattr__(name):
    if name not in MODULES:
        raise AttributeError(f"There is no exercise named {name!r}. There are: {', '.join(MODULES)}.")
    return getattr(importlib.import_module(f"{__name__}.{MODULES[name]}"), name)


def __dir__():
    return sorted(MODULES)
