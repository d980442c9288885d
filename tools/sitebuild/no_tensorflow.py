"""A stand-in for TensorFlow and Keras: enough to import the modules named tf_* for their docstrings, in no time.

A name below it is a class of its own, which can be a base class; called with a function or a class it gives that back,
as a decorator does.
"""

import sys
import types


class _Named(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = _Named(name, (Anything,), {"__module__": "keras"})
        setattr(cls, name, made)
        return made


# What every name of the stand-in is. A docstring here would be shown for each method that a layer shares with Keras.
class Anything(metaclass=_Named):
    def __new__(cls, *arguments, **options):
        if arguments and isinstance(arguments[0], type | types.FunctionType):
            return arguments[0]
        return super().__new__(cls)

    def __init__(self, *arguments, **options):
        pass

    def __call__(self, *arguments, **options):
        return arguments[0] if arguments else self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


def install() -> None:
    """Let `from helpers.tf.quiet import tf, keras` give the stand-in, and nothing else, in this process."""
    module = types.ModuleType("helpers.tf.quiet", "Import TensorFlow once, late and quietly.")
    module.tf, module.keras = _Named("tf", (Anything,), {}), _Named("keras", (Anything,), {})
    sys.modules["helpers.tf.quiet"] = module
    sys.modules["tensorflow"] = sys.modules["keras"] = None  # whoever imports them in another way gets an ImportError
