"""Checks of lesson 09: fine-tuning with frozen statistics, and what weight decay should reach."""

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examples import conv_model
from helpers.checks.engine.tf_trace import moving_statistics, norm_layers
from helpers.tf.quiet import keras, tf

STEPS, BOUND = 3, 1e-4


@exercise("freeze", arguments=("model",))
def freeze(attempt):
    """Check `fn(model)` -> the model, its moving statistics frozen and used in both modes, the rest trainable.

    The model holds another model. gamma and beta may be frozen with the statistics, as Keras does it.
    """
    tf_network.a_function(attempt)
    with tf_trace.seeded():
        model, x = conv_model()
        before = tf_trace.predict(model, x)
        frozen = tf_network.call(attempt, model)
        tf_network.a_model(attempt, frozen, due="the model")
        now, twice, by_batch = tf_network.run(attempt, lambda: _modes(frozen, x), "a batch")
        if tf_network.shape_of(now) != before.shape:
            due, received = f"of shape {before.shape}", tf_network.in_words(now)
            attempt.fail("wrong-shape", on="", name="the model's output", due=due, received=received)
        changed, modes = np.abs(now - before).max(), np.abs(by_batch - twice).max()
        rest, learning = _rest(frozen)
        moved = tf_network.run(attempt, lambda: _moved(frozen, x), f"{STEPS} steps of training")
        attempt.row("predictions are as before", bool(changed < BOUND), changed, BOUND)
        attempt.row(f"moving statistics after {STEPS} training steps", not moved)
        attempt.row("training mode computes what inference mode does", bool(modes < BOUND), modes, BOUND)
        attempt.row("all other weights are trainable", rest == learning)
        attempt.require(changed < BOUND, "model-changed", difference=f"{changed:.2g}")
        attempt.require(not moved, "frozen-wrongly", layers=", ".join(moved), steps=STEPS)
        attempt.require(rest == learning, "frozen-wrongly", hint="rest-frozen", rest=rest, learning=learning)
        attempt.require(modes < BOUND, "frozen-wrongly", hint="still-by-the-batch", difference=f"{modes:.2g}")


def _modes(model, x):
    """Outputs for x, and for 2x in inference mode and in training mode."""
    predict = tf_trace.predict
    return predict(model, x), predict(model, 2 * x), predict(model, 2 * x, training=True)


def _rest(model):
    """How many variables there are outside of batch normalization, and how many of them can be trained."""
    inside = {id(v) for layer in norm_layers(model) for v in layer.variables}
    rest = [id(v) for layer in tf_trace.inner_layers(model) for v in layer.variables if id(v) not in inside]
    trainable = {id(v) for v in model.trainable_variables}
    return len(rest), sum(place in trainable for place in rest)


def _moved(model, x):
    """Names of the layers whose moving statistics move in a few steps of training."""
    optimizer, layers = keras.optimizers.SGD(0.01), norm_layers(model)
    with tf_trace.kept(model):
        before = [[np.array(v.numpy()) for v in moving_statistics(layer)] for layer in layers]
        for _ in range(STEPS):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x, training=True)))
            variables = model.trainable_variables
            if variables:
                optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        after = [[np.array(v.numpy()) for v in moving_statistics(layer)] for layer in layers]
    return [layer.name for layer, old, new in zip(layers, before, after) if not all(map(np.array_equal, old, new))]


@exercise("decay_parameters", arguments=("model",))
def decay_parameters(attempt):
    """Check `fn(model)` -> the variables that weight decay should reach: every kernel, no gamma, no beta.

    Biases may be among them or not.
    """
    tf_network.a_function(attempt)
    with tf_trace.seeded():
        model, x = conv_model()
        before = tf_trace.predict(model, x), [v.path for v in model.trainable_variables]
        value = tf_network.call(attempt, model)
        chosen = _identities(attempt, value)
        after = tf_trace.predict(model, x), [v.path for v in model.trainable_variables]
        attempt.require(np.array_equal(before[0], after[0]) and before[1] == after[1], "model-changed", difference="")
        kinds = {"kernel": [], "bias": [], "gamma": [], "beta": [], "moving": []}
        for variable in model.variables:
            kind = "moving" if variable.name.startswith("moving") else variable.name
            kinds[kind].append(variable)
        named = {kind: [v.path for v in variables if _identity(v) in chosen] for kind, variables in kinds.items()}
        kernels, due = len(named["kernel"]), len(kinds["kernel"])
        attempt.row("every kernel is among them", kernels == due)
        for kind, words in (("gamma", "no gamma"), ("beta", "no beta"), ("moving", "no moving statistic")):
            attempt.row(f"{words} is among them", not named[kind])
        of_norms = named["gamma"] + named["beta"]
        attempt.require(not of_norms, "decays-gamma-beta", names=", ".join(of_norms))
        attempt.require(not named["moving"], "decays-moving-statistics", names=", ".join(named["moving"]))
        attempt.require(kernels == due, "misses-kernels", received=kernels, due=due)


def _identity(variable):
    return id(variable.value) if isinstance(variable, keras.Variable) else id(variable)


def _identities(attempt, value):
    """The identities of the variables in what came back, whichever kind of collection it is."""
    facts = {"on": "", "name": "what comes back", "due": "a list of variables"}
    if value is None or isinstance(value, (str, keras.Variable, tf.Variable)) or not np.iterable(value):
        attempt.fail("wrong-shape", received="None" if value is None else f"of type {type(value).__name__}", **facts)
    # A generator does its work here, and can stumble.
    chosen = tf_network.run(attempt, lambda: list(value.values() if isinstance(value, dict) else value), "the model")
    for one in chosen:
        if not isinstance(one, (keras.Variable, tf.Variable)):
            attempt.fail("wrong-shape", received=f"a list with an object of type {type(one).__name__}", **facts)
    return {_identity(one) for one in chosen}
