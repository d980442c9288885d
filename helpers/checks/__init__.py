"""One check for each exercise of the course: `checks.forward(your_function)`.

    result = checks.forward(forward)     # shows itself in a notebook
    result.passed, result.diagnosis, result.hint, result.table

A check runs a submission on inputs that tell the known mistakes apart, and names the mistake (`diagnosis`, a word such
as "wrong-axis") with a hint that grows from failure to failure. It never shows the answer, and never raises because of
what the submission did. It gives a submission 20 s in all. Loops in Python are ended then; a single long call into
compiled code (a huge matrix product, say) ends when it ends.

helpers/course/lessons.toml lists the exercises. A check is the function NAME of lNN/NAME.py, imported when it is asked
for, so that a NumPy exercise never waits for TensorFlow. How to write a check: helpers/checks/engine/core.py.
"""

import importlib

from helpers.course.lessons import EXERCISES

__all__ = list(EXERCISES)


def __getattr__(name):
    if name not in EXERCISES:
        raise AttributeError(f"There is no exercise named {name!r}. There are: {', '.join(EXERCISES)}.")
    return getattr(importlib.import_module(f"{__name__}.l{EXERCISES[name].lesson}.{name}"), name)


def __dir__():
    return sorted(EXERCISES)
