"""Answers to `adapt`."""

import numpy as np

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.registry import correct, correct_lines, wrong, wrong_lines

ADAPT = "adapt"


def norms(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def copied(model):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def after(model, images, updates):
    """Outputs after so many updates of the memory; the model is left as it was."""
    before = model.get_weights()
    for _ in range(updates):
        model(images, training=True)
    y = model(images, training=False)
    model.set_weights(before)
    return y


@correct(ADAPT)
def training_mode_and_back(model, images):
    before = model.get_weights()
    y = model(images, training=True)
    model.set_weights(before)
    return y


@correct(ADAPT)
def a_copy_in_training_mode(model, images):
    return copied(model)(images, training=True).numpy()


@correct(ADAPT)
def momentum_zero_for_one_update(model, images):
    momenta, before = [layer.momentum for layer in norms(model)], model.get_weights()
    for layer in norms(model):
        layer.momentum = 0.0
    model(images, training=True)
    y = model.predict(images, verbose=0)
    for layer, momentum in zip(norms(model), momenta):
        layer.momentum = momentum
    model.set_weights(before)
    return y


@correct(ADAPT)
def layer_by_layer(model, images):
    x = tf.constant(images)
    for layer in model.layers:
        if layer in norms(model):
            mean, variance = tf.nn.moments(x, axes=[0])
            x = layer.gamma * (x - mean) / tf.sqrt(variance + layer.epsilon) + layer.beta
        else:
            x = layer(x)
    return tf.nn.softmax(x)


# --- wrong ----------------------------------------------------------------------------------------------------------


@wrong(ADAPT, "model-changed")
def momentum_stays_zero(model, images):
    before = model.get_weights()
    for layer in norms(model):
        layer.momentum = 0.0
    model(images, training=True)
    y = model(images, training=False)
    model.set_weights(before)
    return y


@wrong(ADAPT, "model-changed")
def weights_kept_too_late(model, images):
    y = model(images, training=True)
    before = model.get_weights()
    model.set_weights(before)
    return y


@wrong(ADAPT, "model-changed")
def memory_written_by_hand(model, images):
    x = tf.constant(images)
    for layer in model.layers:
        if layer in norms(model):
            for memory, moment in zip((layer.moving_mean, layer.moving_variance), tf.nn.moments(x, axes=[0])):
                memory.assign(moment)
        x = layer(x)
    return x


@wrong(ADAPT, "not-adapted")
def put_back_too_early(model, images):
    before = model.get_weights()
    model(images, training=True)
    model.set_weights(before)
    return tf.nn.softmax(model(images))


@wrong(ADAPT, "batch-statistics-at-inference")
def one_image_at_a_time(model, images):
    copy = copied(model)
    return np.concatenate([copy(image[np.newaxis], training=True) for image in images])


@wrong(ADAPT, "batch-statistics-at-inference")
def classes_one_by_one(model, images):
    before = model.get_weights()
    classes = [int(np.argmax(model(images[i : i + 1], training=True)[0])) for i in range(len(images))]
    model.set_weights(before)
    return classes


@wrong(ADAPT, "modifies-input")
def scales_the_images(model, images):
    images /= images.max()
    return a_copy_in_training_mode(model, images)


@wrong(ADAPT, "modifies-input")
def centres_the_images(model, images):
    np.subtract(images, images.mean(axis=0), out=images)
    return a_copy_in_training_mode(model, images)


@wrong(ADAPT, "statistics-of-chunks")
def in_batches_of_32(model, images):
    before, y = model.get_weights(), []
    for begin in range(0, len(images), 32):
        y.append(model(images[begin : begin + 32], training=True))
    model.set_weights(before)
    return tf.concat(y, 0)


@wrong(ADAPT, "statistics-of-chunks")
def in_batches_of_ten(model, images):
    copy = copied(model)
    return np.concatenate([copy(images[i : i + 10], training=True) for i in range(0, len(images), 10)])


@wrong(ADAPT, "wrong-values")
def the_statistics_of_half_of_them(model, images):
    copy = copied(model)
    for layer in norms(copy):
        layer.momentum = 0.0
    copy(images[: len(images) // 2], training=True)
    return copy(images)


@wrong(ADAPT, "not-finite")
def divided_by_nothing(model, images):
    y = a_copy_in_training_mode(model, images)
    return y / (0 * y)


@wrong(ADAPT, "wrong-shape")
def returns_the_model(model, images):
    copy = copied(model)
    copy(images, training=True)
    return copy


@wrong(ADAPT, "raises")
def a_name_that_the_layer_does_not_have(model, images):
    for layer in norms(model):
        layer.running_mean.assign(images.mean(axis=0))
    return model(images)


correct_lines(
    ADAPT,
    many_updates_of_a_copy=lambda model, images: after(copied(model), images, 150),
    only_the_classes=lambda model, images: np.argmax(a_copy_in_training_mode(model, images), axis=1).tolist(),
)

wrong_lines(
    ADAPT,
    {
        "model-changed": dict(
            never_put_back=lambda model, images: model(images, training=True),
        ),
        "not-adapted": dict(
            as_it_came=lambda model, images: model(images),
            predict_as_always=lambda model, images: model.predict(images, verbose=0),
            classes_as_always=lambda model, images: tf.argmax(model(images), axis=-1),
        ),
        "barely-adapted": dict(
            one_update=lambda model, images: after(model, images, 1),
            ten_updates_and_classes=lambda model, images: tf.nn.softmax(after(copied(model), images, 10)),
        ),
        "not-finite": dict(
            logarithm_of_the_outputs=lambda model, images: np.log(a_copy_in_training_mode(model, images)),
        ),
        "wrong-shape": dict(
            the_best_output_of_each_class=lambda model, images: a_copy_in_training_mode(model, images).max(axis=0),
        ),
        "raises": dict(
            flattened_images=lambda model, images: copied(model)(images.reshape(len(images), -1), training=True),
        ),
    },
)
