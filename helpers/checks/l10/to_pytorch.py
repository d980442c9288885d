"""Check of lesson 10: Keras's settings in PyTorch's words."""

from numbers import Real

import numpy as np

from helpers.checks.engine.core import exercise
from helpers.checks.hints import say, say_on

SETTINGS = ((0.99, 1e-3), (0.999, 1e-3), (0.9, 1e-5), (0.3, 0.02), (0.0, 0.5), (1.0, 1e-7))
KEYS = ("momentum", "eps")
BOUND = 1e-6


@exercise("to_pytorch", arguments=("momentum", "epsilon"))
def to_pytorch(attempt):
    """Check `fn(momentum, epsilon)` -> `{"momentum": ..., "eps": ...}`: Keras's two numbers as PyTorch wants them.

    In Keras `momentum` is the weight of the OLD value, in PyTorch that of the new one.
    """
    yours = np.array([_settings(attempt, *given) for given in SETTINGS])
    attempt.no_side_effects()
    given = np.array(SETTINGS)
    due = np.stack([1 - given[:, 0], given[:, 1]], axis=1)
    apart = np.abs(yours - due).max(axis=0)
    for name, difference in zip(KEYS, apart):
        attempt.row(name, bool(difference < BOUND), difference, BOUND)
    momentum, eps = yours.T
    on = _on(*SETTINGS[0])
    for name, values in zip(KEYS, yours.T):
        attempt.require(np.isfinite(values).all(), "not-finite", name=f"`{name}`", on=on)
    if apart[0] >= BOUND:
        attempt.require(np.abs(momentum - given[:, 0]).max() >= BOUND, "pytorch-momentum-same")
        attempt.require(np.ptp(momentum) >= BOUND, "momentum-ignored", yours=f"{momentum[0]:g}")
        _wrong_values(attempt, "momentum", momentum - due[:, 0])
    if apart[1] >= BOUND:
        attempt.require(np.ptp(eps) >= BOUND, "epsilon-ignored", yours=f"{eps[0]:g}")
        _wrong_values(attempt, "eps", eps - due[:, 1])


def _settings(attempt, momentum, epsilon):
    """momentum and eps as floats, or the end of the check because of their form."""
    value = attempt.call(momentum, epsilon, on=say("to_pytorch.on", momentum=momentum, epsilon=epsilon))
    if not isinstance(value, dict):
        facts = {"name": say("reading.several"), "due": say("to_pytorch.due"), "on": ""}
        received = say("reading.an_object", kind=type(value).__name__) if value is not None else say("reading.none")
        attempt.fail("wrong-shape", hint="not-a-dict", received=received, **facts)
    if set(value) != set(KEYS):
        received = ", ".join(f'"{key}"' for key in value) or say("to_pytorch.no_key")
        attempt.fail("wrong-shape", hint="other-keys", received=received)
    for name in KEYS:
        number = value[name]
        array = isinstance(number, np.ndarray) and number.size == 1 and number.dtype.kind in "fiu"
        if not array and (isinstance(number, bool) or not isinstance(number, Real)):
            attempt.fail("wrong-dtype", hint="not-a-number", name=f"`{name}`", received=type(number).__name__)
    return [float(np.ravel(value[name])[0]) for name in KEYS]


def _wrong_values(attempt, name, apart):
    place = int(np.argmax(np.abs(apart)))
    difference = f"{abs(apart[place]):.2g}"
    attempt.fail("wrong-values", name=f"`{name}`", difference=difference, on=_on(*SETTINGS[place]), place="")


def _on(momentum, epsilon):
    return say_on(say("to_pytorch.on", momentum=momentum, epsilon=epsilon))
