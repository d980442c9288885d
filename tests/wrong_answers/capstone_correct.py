"""Correct answers to `capstone`, and what the wrong ones are made of."""

import functools

import numpy as np

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.add_batchnorm_correct import HandMade
from tests.wrong_answers.registry import correct

layers = keras.layers
CAPSTONE = "capstone"
FEW = 8
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def norm():
    return layers.BatchNormalization(momentum=0.9)


def network(norm=norm, *, bias=False, end=()):
    hidden = [[layers.Dense(64, use_bias=bias), norm(), layers.ReLU()] for _ in range(2)]
    parts = [layer for block in hidden for layer in block]
    return keras.Sequential([keras.Input((8, 8)), layers.Flatten(), *parts, layers.Dense(10), *end])


def maps(*between):
    """A convolutional network of images (8, 8, 1), with these layers before its activation."""
    parts = [layers.Conv2D(6, 3, strides=2, use_bias=False), *between, layers.ReLU(), layers.Flatten()]
    return keras.Sequential([keras.Input((8, 8, 1)), *parts, layers.Dense(10)])


def train(model, x, y, steps=FEW, *, training=True, variables=None, optimizer=None):
    """The model after so many steps on 64 images each, drawn in turn."""
    optimizer = optimizer or keras.optimizers.SGD(0.5)
    for step in range(steps):
        rows = np.arange(step * 64, step * 64 + 64) % len(x)
        with tf.GradientTape() as tape:
            loss = cross_entropy(y[rows], model(x[rows], training=training))
        chosen = variables or model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, chosen), chosen))
    return model


def fit(model, x, y, epochs=14, optimizer=None):
    """The same, compiled: for whole trainings."""
    model.compile(optimizer or keras.optimizers.SGD(0.5), cross_entropy, jit_compile=False)
    model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)
    return model


@functools.cache
def good_weights():
    """Weights of `network()`, trained once for all answers that spoil a good network."""
    from helpers import data
    from helpers.checks.l11.capstone import SPLIT

    split = data.load(split=SPLIT)
    keras.utils.set_random_seed(1)
    return fit(network(), split.x_train, split.y_train).get_weights()


def good(**options):
    model = network(**options)
    model.set_weights(good_weights())
    return model


def on_training_images(model, dataset, steps=FEW, **options):
    return train(model, dataset.x_train, dataset.y_train, steps, **options)


@correct(CAPSTONE)
def with_fit(dataset):
    return fit(network(), dataset.x_train, dataset.y_train)


@correct(CAPSTONE)
def a_subclass_after_the_activation_frozen_when_done(dataset):
    class Network(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = [layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu")]
            self.norms = [HandMade(), HandMade()]
            self.logits = layers.Dense(10)

        def call(self, x, training=False):
            for dense, norm_layer in zip(self.hidden, self.norms):
                x = norm_layer(dense(x), training=training)
            return self.logits(x)

    x = dataset.x_train.reshape(-1, 64)
    model = fit(Network(), x, dataset.y_train, optimizer=keras.optimizers.Adam(0.01))
    model.trainable = False
    return model


@correct(CAPSTONE)
def a_functional_convolutional_network(dataset):
    inputs = keras.Input((8, 8, 1))
    x = layers.ReLU()(norm()(layers.Conv2D(16, 3, padding="same", use_bias=False)(inputs)))
    x = layers.ReLU()(norm()(layers.Conv2D(24, 3, strides=2, use_bias=False)(x)))
    outputs = layers.Softmax()(layers.Dense(10)(layers.Flatten()(x)))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", jit_compile=False)
    model.fit(dataset.x_train[..., None], dataset.y_train, batch_size=60, epochs=8, verbose=0)
    return model


@correct(CAPSTONE)
def restored_with_everything(dataset):
    return good()
