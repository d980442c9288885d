"""Answers to `capstone` that are no network of digits."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.capstone_correct import good, network, on_training_images, train
from tests.wrong_answers.registry import wrong, wrong_lines

layers = keras.layers
CAPSTONE = "capstone"


@wrong(CAPSTONE, "modifies-input")
def scales_the_training_images(dataset):
    x = dataset.x_train
    x *= 2
    return train(network(), x, dataset.y_train)


@wrong(CAPSTONE, "modifies-input")
def shuffles_the_labels(dataset):
    dataset.y_train.sort()
    return good()


@wrong(CAPSTONE, "raises")
def a_model_of_larger_images(dataset):
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(10)])


wrong_lines(
    CAPSTONE,
    {
        "not-finite": dict(
            exploded=lambda dataset: on_training_images(network(), dataset, 3, optimizer=keras.optimizers.SGD(1e38)),
            logarithm_of_the_logits=lambda dataset: keras.Sequential([good(), layers.Lambda(tf.math.log)]),
        ),
        "wrong-shape": dict(
            returns_the_history=lambda dataset: {"loss": [2.3, 0.1]},
            two_classes=lambda dataset: keras.Sequential([good(), layers.Dense(2)]),
        ),
        "raises": dict(
            another_data_set=lambda dataset: train(network(), dataset.images, dataset.labels),
        ),
    },
)
