"""Answers to `training_step`."""

import numpy as np

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.registry import correct, correct_lines, wrong, wrong_lines

layers = keras.layers
STEP = "training_step"
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def step(model, optimizer, x, y, *, training=True, loss=cross_entropy, variables=None):
    variables = model.trainable_variables if variables is None else variables
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=training))
    optimizer.apply_gradients(zip(tape.gradient(value, variables), variables))
    return value


@correct(STEP)
def with_a_function_and_a_float(model, optimizer, x, y):
    with tf.GradientTape() as tape:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x, training=True))
        loss = tf.reduce_mean(losses)
    optimizer.apply(tape.gradient(loss, model.trainable_weights), model.trainable_weights)
    return float(loss)


@correct(STEP)
def compiled_function(model, optimizer, x, y):
    optimizer.build(model.trainable_variables)
    return tf.function(step)(model, optimizer, tf.constant(x), tf.constant(y))


@correct(STEP)
def train_on_batch(model, optimizer, x, y):
    model.compile(optimizer, cross_entropy)
    return model.train_on_batch(x, y)


@correct(STEP)
def a_numpy_number(model, optimizer, x, y):
    def by_hand(labels, logits):
        return -tf.reduce_mean(tf.gather(tf.nn.log_softmax(logits), labels, batch_dims=1))

    return step(model, optimizer, x, y, loss=by_hand).numpy()


@wrong(STEP, "raises")
def never_compiled(model, optimizer, x, y):
    return model.train_on_batch(x, y)


@wrong(STEP, "missing-training-flag")
def bare_call(model, optimizer, x, y):
    return step(model, optimizer, x, y, training=None)


@wrong(STEP, "missing-training-flag")
def test_on_batch_then_bare(model, optimizer, x, y):
    model.compile(optimizer, cross_entropy)
    loss = model.test_on_batch(x, y)
    bare_call(model, optimizer, x, y)
    return loss


@wrong(STEP, "moving-not-updated")
def puts_the_memory_back(model, optimizer, x, y):
    before = [np.array(v.numpy()) for v in model.non_trainable_variables]
    loss = step(model, optimizer, x, y)
    for variable, value in zip(model.non_trainable_variables, before):
        variable.assign(value)
    return loss


@wrong(STEP, "moving-not-updated")
def on_a_copy(model, optimizer, x, y):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    with tf.GradientTape() as tape:
        loss = cross_entropy(y, copy(x, training=True))
    gradients = tape.gradient(loss, copy.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


@wrong(STEP, "moving-updated-twice")
def calls_twice_before(model, optimizer, x, y):
    loss = cross_entropy(y, model(x, training=True))
    step(model, optimizer, x, y)
    return loss


@wrong(STEP, "moving-updated-twice")
def measures_accuracy_in_training_mode(model, optimizer, x, y):
    loss = step(model, optimizer, x, y)
    tf.reduce_mean(tf.cast(tf.argmax(model(x, training=True), axis=1) == y, tf.float32))
    return loss


@wrong(STEP, "loss-after-the-step")
def loss_of_the_new_weights(model, optimizer, x, y):
    step(model, optimizer, x, y)
    return cross_entropy(y, model(x, training=False))


@wrong(STEP, "loss-after-the-step")
def loss_of_the_new_weights_in_training_mode(model, optimizer, x, y):
    step(model, optimizer, x, y)
    return cross_entropy(y, model(x, training=True))


@wrong(STEP, "weights-not-updated")
def gradients_for_nobody(model, optimizer, x, y):
    with tf.GradientTape() as tape:
        loss = cross_entropy(y, model(x, training=True))
    tape.gradient(loss, model.trainable_variables)
    return loss


@wrong(STEP, "frozen-wrongly")
def only_kernels_and_biases(model, optimizer, x, y):
    chosen = [v for v in model.trainable_variables if v.name in ("kernel", "bias")]
    return step(model, optimizer, x, y, variables=chosen)


@wrong(STEP, "frozen-wrongly")
def only_dense_layers(model, optimizer, x, y):
    chosen = [v for layer in model.layers if isinstance(layer, layers.Dense) for v in layer.trainable_variables]
    return step(model, optimizer, x, y, variables=chosen)


@wrong(STEP, "logits-as-probabilities")
def taken_for_probabilities(model, optimizer, x, y):
    return step(model, optimizer, x, y, loss=keras.losses.SparseCategoricalCrossentropy())


@wrong(STEP, "logits-as-probabilities")
def reports_it_for_probabilities(model, optimizer, x, y):
    before = model.get_weights()
    loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(x, training=True)))
    model.set_weights(before)
    step(model, optimizer, x, y)
    return loss


@wrong(STEP, "sum-not-mean")
def sum_of_losses(model, optimizer, x, y):
    return step(
        model, optimizer, x, y, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    )


@wrong(STEP, "wrong-shape")
def one_loss_for_each_image(model, optimizer, x, y):
    with tf.GradientTape() as tape:
        losses = keras.losses.sparse_categorical_crossentropy(y, model(x, training=True), from_logits=True)
        loss = tf.reduce_mean(losses)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return losses


@wrong(STEP, "not-finite")
def logarithm_of_logits(model, optimizer, x, y):
    return tf.reduce_mean(tf.math.log(model(x, training=True))) + step(model, optimizer, x, y)


@wrong(STEP, "modifies-input")
def scales_its_batch(model, optimizer, x, y):
    x /= 4
    return step(model, optimizer, x, y)


@wrong(STEP, "modifies-input")
def sorts_the_labels(model, optimizer, x, y):
    y.sort()
    return step(model, optimizer, x, y)


@wrong(STEP, "wrong-values")
def up_the_hill(model, optimizer, x, y):
    with tf.GradientTape() as tape:
        loss = cross_entropy(y, model(x, training=True))
    gradients = [-gradient for gradient in tape.gradient(loss, model.trainable_variables)]
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


@wrong(STEP, "raises")
def no_tape(model, optimizer, x, y):
    loss = cross_entropy(y, model(x, training=True))
    optimizer.minimize(loss)
    return loss


@wrong(STEP, "raises")
def tape_closed_too_early(model, optimizer, x, y):
    with tf.GradientTape():
        pass
    loss = cross_entropy(y, model(x, training=True))
    optimizer.apply_gradients(
        zip(tf.GradientTape().gradient(loss, model.trainable_variables), model.trainable_variables)
    )
    return loss


correct_lines(
    STEP,
    with_a_tape=lambda model, optimizer, x, y: step(model, optimizer, x, y),
)

wrong_lines(
    STEP,
    {
        "missing-training-flag": dict(
            inference_mode=lambda model, optimizer, x, y: step(model, optimizer, x, y, training=False),
        ),
        "weights-not-updated": dict(
            only_looks=lambda model, optimizer, x, y: cross_entropy(y, model(x, training=True)),
        ),
        "sum-not-mean": dict(
            reports_the_sum=lambda model, optimizer, x, y: step(model, optimizer, x, y) * len(x),
        ),
        "not-finite": dict(
            loss_over_nothing=lambda model, optimizer, x, y: step(model, optimizer, x, y) / 0,
        ),
        "wrong-values": dict(
            an_optimizer_of_its_own=lambda model, optimizer, x, y: step(model, keras.optimizers.SGD(0.01), x, y),
        ),
    },
)
