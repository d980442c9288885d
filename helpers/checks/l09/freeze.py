"""Check of lesson 09: fine-tuning with frozen statistics."""

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examples import conv_model
from helpers.checks.engine.tf_trace import moving_statistics, norm_layers
from helpers.checks.hints import say
from helpers.doctor.tf_layers import is_norm, named_layers
from helpers.tf.quiet import keras, tf

STEPS, BOUND = 3, 1e-4


@exercise("freeze", arguments=("model",))
def freeze(attempt):
    """Check `fn(model)` -> the model, its moving statistics frozen and used in both modes, the rest trainable.

    The model holds another model. A second one arrives frozen as a whole: its statistics must not thaw. gamma and beta
    may be frozen with the statistics, as Keras does it.
    """
    tf_network.require_function(attempt)
    with tf_trace.seeded():
        model, x = conv_model()
        before = tf_trace.predict(model, x)
        frozen = tf_network.call(attempt, model)
        tf_network.require_model(attempt, frozen, due=say("freeze.the_model"))
        now, twice, by_batch = tf_network.run(attempt, lambda: _modes(frozen, x), say("freeze.a_batch"))
        if tf_network.shape_of(now) != before.shape:
            due = say("reading.of_shape", shape=before.shape)
            tf_network.wrong_form(attempt, now, say("freeze.the_output"), due)
        changed, modes = np.abs(now - before).max(), np.abs(by_batch - twice).max()
        rest, learning = _rest(frozen)
        moved = tf_network.run(attempt, lambda: _moved(frozen, x), say("freeze.steps", steps=STEPS))
        thawed = _thawed(attempt)
        attempt.row(say("freeze.as_before"), bool(changed < BOUND), changed, BOUND)
        attempt.row(say("freeze.moving", steps=STEPS), not moved)
        attempt.row(say("freeze.not_thawed"), not thawed)
        attempt.row(say("freeze.modes"), bool(modes < BOUND), modes, BOUND)
        attempt.row(say("freeze.rest"), rest == learning)
        attempt.require(changed < BOUND, "model-changed", difference=f"{changed:.2g}")
        attempt.require(not moved, "frozen-wrongly", layers=", ".join(moved), steps=STEPS)
        attempt.require(rest == learning, "frozen-wrongly", hint="rest-frozen", rest=rest, learning=learning)
        attempt.require(modes < BOUND, "frozen-wrongly", hint="still-by-the-batch", difference=f"{modes:.2g}")
        attempt.require(not thawed, "frozen-wrongly", hint="thawed-again", layers=", ".join(thawed))


def _thawed(attempt):
    """Names of the layers that move after the submission was given a model that was frozen as a whole.

    There `model.trainable = True` thaws all layers; on a model whose own flag is True already, Keras ignores it.
    """
    model, x = conv_model()
    model.trainable = False
    again = tf_network.call(attempt, model)
    tf_network.require_model(attempt, again, due=say("freeze.the_model"))
    return tf_network.run(attempt, lambda: _moved(again, x), say("freeze.steps", steps=STEPS))


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
    """Paths, such as "base/norm_1", of the layers whose moving statistics move in a few steps of training."""
    optimizer = keras.optimizers.SGD(0.01)
    layers = {path: layer for path, layer in named_layers(model).items() if is_norm(layer)}
    with tf_trace.keep(model):
        before = [[np.array(v.numpy()) for v in moving_statistics(layer)] for layer in layers.values()]
        for _ in range(STEPS):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x, training=True)))
            variables = model.trainable_variables
            if variables:
                optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        after = [[np.array(v.numpy()) for v in moving_statistics(layer)] for layer in layers.values()]
    return [path for path, old, new in zip(layers, before, after) if not all(map(np.array_equal, old, new))]
