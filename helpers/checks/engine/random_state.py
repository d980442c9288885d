"""The state of the global random generators: taken before a submission runs, compared and put back afterwards."""

import random
import sys

import numpy as np

from helpers.checks.hints import say


def take():
    """The global generators' states as a dict of comparable values; TensorFlow's only where it is loaded already."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 - the global generator is what this is about
    states = {"numpy": (kind, keys.tobytes(), *rest), "python": random.getstate()}
    context = _tensorflow_context()
    if context is not None:
        internal = getattr(context, "_rng", None)  # made by the first seed that is set
        states["tensorflow"] = (context._seed, None if internal is None else internal.getstate())
    return states


def stir():
    """Draw once from each, so that whoever sets a seed that was just set changes a state all the same."""
    np.random.random()  # noqa: NPY002
    random.random()
    internal = getattr(_tensorflow_context(), "_rng", None)
    if internal is not None:
        internal.random()


def changed(before, after):
    """Whose state differs, in words ("NumPy's"), or None."""
    for name, state in before.items():
        if after.get(name) != state:
            return say(f"running.{name}")
    return None


def put_back(states):
    """Set the global generators to `states`, as `take` gave them."""
    kind, keys, *rest = states["numpy"]
    np.random.set_state((kind, np.frombuffer(keys, np.uint32), *rest))  # noqa: NPY002
    random.setstate(states["python"])
    context = _tensorflow_context()
    if context is not None and "tensorflow" in states:
        context._seed, internal = states["tensorflow"]
        if internal is None:
            context._rng = None
        elif getattr(context, "_rng", None) is not None:
            context._rng.setstate(internal)


def _tensorflow_context():
    """The object that holds TensorFlow's global seed, or None where TensorFlow is not loaded or has none."""
    module = sys.modules.get("tensorflow.python.eager.context")
    context = None if module is None else module.context()
    return context if hasattr(context, "_seed") else None
