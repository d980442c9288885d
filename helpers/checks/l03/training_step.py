"""Check of lesson 03: two training steps beside our own, on a small model with batch normalization."""

import functools

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_trace import moving_statistics, norm_layers
from helpers.checks.hints import say
from helpers.tf.quiet import keras, tf

BOUND = 1e-4
ROWS = (12, 40)
"""Of the two steps: `fit` cuts more than 32 rows into several batches, and so takes more than one step."""


@exercise("training_step", arguments=("model", "optimizer", "x", "y"))
def training_step(attempt):
    """Check `fn(model, optimizer, x, y)` -> loss: one step of training on the batch x, y.

    The model gives logits and has batch normalization layers, the labels y are integers, the loss is the mean sparse
    cross-entropy before the step. Afterwards weights and moving statistics are those after one step.
    """
    with tf_trace.seeded():
        _judge_steps(attempt)


def _judge_steps(attempt):
    """End the check with the first mistake to mend, if there is one; the rows say what was compared."""
    tf_network.require_function(attempt)
    yours = _model()
    ours, still = _spares()
    for other in (ours, still):
        other.set_weights(yours.get_weights())
    optimizers = [keras.optimizers.SGD(0.2, momentum=0.9) for _ in range(2)]
    rng = np.random.default_rng(0)
    for step, rows in enumerate(ROWS, 1):
        x = rng.normal(2.0, 3.0, (rows, 5)).astype(np.float32)
        y = rng.integers(0, 3, rows)
        before = ours.get_weights()
        expected = _step(ours, optimizers[1], x, y)
        value = tf_network.call(attempt, yours, optimizers[0], x, y, on=say("training_step.on", step=step))
        loss = _number(attempt, value)
        attempt.no_side_effects()
        taken = int(optimizers[0].iterations)
        attempt.require(taken <= step, "several-steps", rows=rows, taken=taken - step + 1)
        _judge_step(attempt, step, loss, expected, (yours, ours, still), before, (x, y))


def _model():
    layers = [keras.layers.Dense(6, use_bias=False), keras.layers.BatchNormalization(momentum=0.9), keras.layers.ReLU()]
    layers += [keras.layers.Dense(4), keras.layers.ReLU(), keras.layers.BatchNormalization(momentum=0.9)]
    return keras.Sequential([keras.Input((5,)), *layers, keras.layers.Dense(3)])


@functools.cache
def _spares():
    """Two more of them, that no submission sees: made once, given new weights for each check."""
    return _model(), _model()


def _losses(logits, y, probabilities=False):
    return keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=not probabilities)


def _step(model, optimizer, x, y):
    """One step as it should be: the loss before it."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(_losses(model(x, training=True), y))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return float(loss)


def _number(attempt, value):
    if tf_network.shape_of(value) != ():
        tf_network.wrong_form(attempt, value, say("training_step.the_loss"), say("reading.one_number"))
    attempt.require(np.isfinite(float(value)), "not-finite", on="", name=say("training_step.the_loss"))
    return float(value)


def _judge_step(attempt, step, loss, expected, models, before, batch):
    yours, ours, still = models
    x, y = batch
    learned, remembered = (_differences(kind, yours, ours) for kind in (_learned, _remembered))
    attempt.row(say("training_step.loss", step=step), abs(loss - expected) < BOUND, abs(loss - expected), BOUND)
    attempt.row(say("training_step.weights", step=step), max(learned) < BOUND, max(learned), BOUND)
    attempt.row(say("training_step.moving", step=step), max(remembered) < BOUND, max(remembered), BOUND)

    still.set_weights(before)
    inference_loss = float(tf.reduce_mean(_losses(still(x, training=False), y)))
    unmoved = max(_differences(_remembered, yours, still)) < BOUND / 10
    changes = _differences(_learned, yours, still)
    if unmoved:
        trained_with_batch = max(learned) < BOUND
        attempt.fail("moving-not-updated" if trained_with_batch else "missing-training-flag")
    if max(changes) < BOUND / 10:
        attempt.fail("weights-not-updated")
    for weights in (_learned(still), _learned(ours)):  # of the second call: before the step, or after it
        still.set_weights(before)
        still(x, training=True)
        for variable, value in zip(still.trainable_variables, weights):
            variable.assign(value)
        again = float(tf.reduce_mean(_losses(still(x, training=True), y)))
        if max(_differences(_remembered, yours, still)) < BOUND:
            attempt.fail(
                "loss-after-the-step" if abs(loss - again) < BOUND < abs(loss - expected) else "moving-updated-twice"
            )
    norms = [id(v) for layer in norm_layers(yours) for v in layer.trainable_variables]
    of_norms = np.array([id(v) in norms for v in yours.trainable_variables])
    if np.all(np.array(changes)[of_norms] < BOUND / 10) and np.all(np.array(learned)[~of_norms] < BOUND):
        attempt.fail("frozen-wrongly")
    still.set_weights(before)
    logits = still(x, training=True)
    others = {
        "sum-not-mean": tf.reduce_sum(_losses(logits, y)),
        "logits-as-probabilities": tf.reduce_mean(_losses(logits, y, probabilities=True)),
        "loss-after-the-step": tf.reduce_mean(_losses(ours(x, training=False), y)),
        "missing-training-flag": inference_loss,
    }
    if abs(loss - expected) >= BOUND:
        for slug, value in others.items():
            if abs(loss - float(value)) < BOUND * max(1.0, abs(float(value))):
                attempt.fail(slug)
    for name, difference in (
        (say("training_step.the_loss"), abs(loss - expected)),
        (say("training_step.a_weight"), max(learned)),
        (say("training_step.the_memory"), max(remembered)),
    ):
        attempt.require(difference < BOUND, "wrong-values", on="", name=name, difference=f"{difference:.2g}", place="")


def _learned(model):
    return [v.numpy() for v in model.trainable_variables]


def _remembered(model):
    return [v.numpy() for layer in norm_layers(model) for v in moving_statistics(layer)]


def _differences(kind, a, b):
    return [float(np.abs(p - q).max()) for p, q in zip(kind(a), kind(b))]
