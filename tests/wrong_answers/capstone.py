"""Wrong answers to `capstone`. Most train for a few steps: the faults show long before the network is good."""

import numpy as np

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.add_batchnorm_correct import EachPosition, ForHalf, HandMade, OneForAll
from tests.wrong_answers.capstone_correct import fit, good, maps, network, norm, on_training_images, train
from tests.wrong_answers.registry import wrong, wrong_lines

layers = keras.layers
CAPSTONE = "capstone"


@wrong(CAPSTONE, "missing-training-flag")
def a_model_that_swallows_the_flag(dataset):
    class Still(keras.Model):
        def __init__(self):
            super().__init__()
            self.inside = network()

        def call(self, x, training=False):
            return self.inside(x, training=False)

    return on_training_images(Still(), dataset)


@wrong(CAPSTONE, "moving-not-updated")
def momentum_one(dataset):
    return on_training_images(network(lambda: layers.BatchNormalization(momentum=1.0)), dataset)


@wrong(CAPSTONE, "moving-not-updated")
def a_layer_that_forgets_to_write(dataset):
    class Forgetful(HandMade):
        def call(self, x, training=False):
            mean, variance = self.moving_mean, self.moving_variance
            if training:
                mean, variance = tf.nn.moments(x, axes=[0])
            return self.gamma * (x - mean) / tf.sqrt(variance + 1e-3) + self.beta

    return on_training_images(network(Forgetful), dataset)


@wrong(CAPSTONE, "restored-without-moving-statistics")
def restored_what_is_trainable(dataset):
    trained, model = good(), network()
    for variable, value in zip(model.trainable_variables, trained.trainable_variables):
        variable.assign(value)
    return model


@wrong(CAPSTONE, "restored-without-moving-statistics")
def restored_by_name(dataset):
    trained, model = good(), network()
    for layer, source in zip(model.layers, trained.layers):
        for name in ("kernel", "bias", "gamma", "beta"):
            if getattr(layer, name, None) is not None:
                getattr(layer, name).assign(getattr(source, name))
    return model


@wrong(CAPSTONE, "after-output")
def around_the_trained_network(dataset):
    return on_training_images(keras.Sequential([good(), layers.BatchNormalization(scale=False)]), dataset)


@wrong(CAPSTONE, "axis-not-features")
def axis_one(dataset):
    return train(maps(layers.BatchNormalization(1)), dataset.x_train[..., None], dataset.y_train)


@wrong(CAPSTONE, "axis-not-features")
def axis_two(dataset):
    return train(maps(layers.BatchNormalization(2)), dataset.x_train[..., None], dataset.y_train)


@wrong(CAPSTONE, "momentum-inverted")
def pytorchs_number(dataset):
    return on_training_images(network(lambda: layers.BatchNormalization(momentum=0.1)), dataset)


@wrong(CAPSTONE, "momentum-inverted")
def pytorchs_number_set_later(dataset):
    model = good()
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.01
    return on_training_images(model, dataset, 5)


@wrong(CAPSTONE, "frozen-wrongly")
def norms_made_frozen(dataset):
    return on_training_images(network(lambda: layers.BatchNormalization(trainable=False)), dataset)


@wrong(CAPSTONE, "frozen-wrongly")
def an_optimizer_of_kernels_alone(dataset):
    model = network()
    return on_training_images(model, dataset, variables=[v for v in model.trainable_variables if v.name == "kernel"])


@wrong(CAPSTONE, "frozen-wrongly")
def the_first_layer_does_not_learn(dataset):
    model = network()
    model.layers[1].trainable = False
    return on_training_images(model, dataset)


@wrong(CAPSTONE, "moving-updated-at-inference")
def writes_after_a_prediction(dataset):
    class Writer(HandMade):
        def call(self, x, training=False):
            y = super().call(x, training=training)
            if not training:
                self.moving_mean.assign(self.moving_mean * 0.99 + tf.reduce_mean(x, axis=0) * 0.01)
            return y

    return on_training_images(network(Writer), dataset)


@wrong(CAPSTONE, "moving-updated-at-inference")
def trains_while_it_predicts(dataset):
    class Writer(keras.Model):
        def __init__(self):
            super().__init__()
            self.inside = good()

        def call(self, x, training=False):
            y = self.inside(x, training=training)
            if not training:
                self.inside(x, training=True)
            return y

    return on_training_images(Writer(), dataset, 1)


@wrong(CAPSTONE, "batch-statistics-at-inference")
def never_reads_its_memory(dataset):
    class Forgetful(HandMade):
        def call(self, x, training=False):
            y = super().call(x, training=True) if training else 0
            mean, variance = tf.nn.moments(x, axes=[0])
            return y if training else self.gamma * (x - mean) / tf.sqrt(variance + 1e-3) + self.beta

    return on_training_images(network(Forgetful), dataset)


@wrong(CAPSTONE, "batch-statistics-at-inference")
def centres_its_input(dataset):
    class Centred(keras.Model):
        def __init__(self):
            super().__init__()
            self.inside = good()

        def call(self, x, training=False):
            return self.inside(x - 0.5 * tf.reduce_mean(x, axis=0), training=training)

    return on_training_images(Centred(), dataset, 1)


@wrong(CAPSTONE, "statistics-lag")
def a_memory_of_a_thousand_steps(dataset):
    return on_training_images(network(lambda: layers.BatchNormalization(momentum=0.999)), dataset)


@wrong(CAPSTONE, "statistics-lag")
def other_weights_than_the_memory_knows(dataset):
    model = good()
    for layer in model.layers:
        if isinstance(layer, layers.Dense) and not layer.use_bias:
            layer.kernel.assign(1.5 * layer.kernel)
    return model


@wrong(CAPSTONE, "uses-test-data")
def trained_on_everything(dataset):
    x = np.concatenate([dataset.x_train, dataset.x_test])
    y = np.concatenate([dataset.y_train, dataset.y_test])
    return fit(network(), x, y, 20)


@wrong(CAPSTONE, "not-accurate")
def too_few_steps(dataset):
    model = network(lambda: layers.BatchNormalization(momentum=0.5))
    return on_training_images(model, dataset, 12, optimizer=keras.optimizers.SGD(0.05))


@wrong(CAPSTONE, "not-accurate")
def threes_taken_for_fives(dataset):
    labels = np.where(dataset.y_train == 3, 5, dataset.y_train)
    return fit(good(), dataset.x_train, labels, 3)


@wrong(CAPSTONE, "per-position-statistics")
def weights_for_each_position(dataset):
    return train(maps(EachPosition()), dataset.x_train[..., None], dataset.y_train)


@wrong(CAPSTONE, "per-position-statistics")
def flattened_before_the_norm(dataset):
    between = [layers.Flatten(), norm(), layers.Reshape((3, 3, 6))]
    return train(maps(*between), dataset.x_train[..., None], dataset.y_train)


wrong_lines(
    CAPSTONE,
    {
        "no-batchnorm": dict(
            plain=lambda dataset: on_training_images(network(lambda: layers.Activation("linear"), bias=True), dataset),
            layer_normalization=lambda dataset: on_training_images(network(layers.LayerNormalization), dataset),
        ),
        "missing-training-flag": dict(
            a_loop_that_forgets=lambda dataset: on_training_images(network(), dataset, training=None),
        ),
        "after-output": dict(
            after_the_logits=lambda dataset: on_training_images(network(end=[norm()]), dataset),
        ),
        "uses-test-data": dict(
            tuned_on_the_test_part=lambda dataset: fit(good(), dataset.x_test, dataset.y_test, 20),
        ),
        "wrong-axis": dict(
            one_mean_for_everything=lambda dataset: on_training_images(network(OneForAll), dataset),
            one_mean_for_two_features=lambda dataset: on_training_images(network(ForHalf), dataset),
        ),
    },
)
