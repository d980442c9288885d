"""Check of lesson 09: what weight decay should reach."""

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examples import conv_model, recurrent_model
from helpers.checks.hints import say
from helpers.tf.quiet import keras, tf


@exercise("decay_parameters", arguments=("model",))
def decay_parameters(attempt):
    """Check `fn(model)` -> the variables that weight decay should reach: every kernel, no gamma, no beta.

    It is called with a convolutional and with a recurrent model. Biases may be among the variables or not.
    """
    tf_network.require_function(attempt)
    with tf_trace.seeded():
        chosen, kinds = set(), {"kernel": [], "bias": [], "gamma": [], "beta": [], "moving": []}
        for model, x in (conv_model(), recurrent_model()):
            before = tf_trace.predict(model, x), [v.path for v in model.trainable_variables]
            value = tf_network.call(attempt, model)
            chosen |= _identities(attempt, value)
            after = tf_trace.predict(model, x), [v.path for v in model.trainable_variables]
            same = np.array_equal(before[0], after[0]) and before[1] == after[1]
            attempt.require(same, "model-changed", difference="")
            for variable in model.weights:
                kind = "moving" if variable.name.startswith("moving") else variable.name
                kinds[kind.removeprefix("recurrent_")].append(variable)
        named = {kind: [v.path for v in variables if _identity(v) in chosen] for kind, variables in kinds.items()}
        kernels, due = len(named["kernel"]), len(kinds["kernel"])
        attempt.row(say("decay_parameters.kernels"), kernels == due)
        for kind in ("gamma", "beta", "moving"):
            attempt.row(say(f"decay_parameters.{kind}"), not named[kind])
        of_norms = named["gamma"] + named["beta"]
        attempt.require(not of_norms, "decays-gamma-beta", names=", ".join(of_norms))
        attempt.require(not named["moving"], "decays-moving-statistics", names=", ".join(named["moving"]))
        attempt.require(kernels == due, "misses-kernels", received=kernels, due=due)


def _identity(variable):
    return id(variable.value) if isinstance(variable, keras.Variable) else id(variable)


def _identities(attempt, value):
    """The identities of the variables in what came back, whichever kind of collection it is."""
    facts = {"on": "", "name": say("network.what_comes_back"), "due": say("decay_parameters.due")}
    if value is None or isinstance(value, (str, keras.Variable, tf.Variable)) or not np.iterable(value):
        kind = say("network.none") if value is None else say("network.of_type", kind=type(value).__name__)
        attempt.fail("wrong-shape", received=kind, **facts)
    # A generator does its work here, and can stumble.
    values = value.values() if isinstance(value, dict) else value
    chosen = tf_network.run(attempt, lambda: list(values), say("decay_parameters.the_model"))
    for one in chosen:
        if not isinstance(one, (keras.Variable, tf.Variable)):
            attempt.fail("wrong-shape", received=say("decay_parameters.a_list_with", kind=type(one).__name__), **facts)
    return {_identity(one) for one in chosen}
