"""The engine against the same network in Keras, from the same weights and batches."""

import dataclasses

import numpy as np
import pytest

from helpers import data
from helpers.experiments import Experiment
from helpers.experiments.stack import Stack
from helpers.networks import draws

pytestmark = pytest.mark.keras

STEPS = 100


def keras_model(experiment, kernels):
    from helpers.tf.quiet import keras

    layers = [keras.Input((kernels[0].shape[0],))]
    for units in experiment.hidden:
        layers.append(keras.layers.Dense(units, use_bias=experiment.normalized != "before"))
        norm = keras.layers.BatchNormalization(momentum=experiment.momentum, epsilon=experiment.epsilon)
        act = keras.layers.Activation(experiment.activation)
        layers += {"before": [norm, act], "after": [act, norm], None: [act]}[experiment.normalized]
    model = keras.Sequential([*layers, keras.layers.Dense(10)])
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    for layer, kernel in zip(dense, kernels):
        layer.kernel.assign(kernel)
    return model


def keras_losses(experiment, seed):
    """The loss before each of the steps, and the trained model."""
    from helpers.tf.quiet import keras, tf

    split = data.load("digits", split=seed)
    x, y = split.x_train.reshape(len(split.x_train), -1), split.y_train
    model = keras_model(experiment, draws.initial_kernels(experiment, seed, 64, 10))
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(experiment.learning_rate)

    @tf.function
    def step(batch, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(batch, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    order = draws.Batches(seed, len(x), experiment.batch_size).take(experiment.steps)
    return np.array([float(step(x[batch], y[batch])) for batch in order]), model


def engine(experiment, seeds):
    """The losses before each step (S, steps), and the records."""
    experiment = dataclasses.replace(experiment, evaluations=experiment.steps)
    records = Stack([(experiment, seed) for seed in seeds]).run()
    return np.array([record.train_loss[1:] for record in records]), records


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize(("batch_norm", "placement"), [(False, "before"), (True, "before"), (True, "after")])
def test_losses_over_100_steps_are_those_of_keras(activation, batch_norm, placement):
    experiment = Experiment(batch_norm, activation, placement=placement, steps=STEPS, init_scale="he", hidden=(40, 30))
    losses, _ = engine(experiment, [3])
    expected, _ = keras_losses(experiment, 3)
    np.testing.assert_allclose(losses[0], expected, rtol=1e-4)
    assert expected[-1] < 0.98 * expected[0]


def test_moving_statistics_and_predictions_after_100_steps_are_those_of_keras():
    experiment = Experiment(True, "relu", steps=STEPS, hidden=(40, 30), learning_rate=0.1)
    _, records = engine(experiment, [0, 1])
    _, model = keras_losses(experiment, 1)
    network = records[1].network
    norms = [layer for layer in model.layers if hasattr(layer, "moving_mean")]
    for norm, mine in zip(norms, network.moving_statistics):
        np.testing.assert_allclose(mine["moving_mean"], norm.moving_mean.numpy(), atol=2e-5)
        np.testing.assert_allclose(mine["moving_variance"], norm.moving_variance.numpy(), rtol=1e-4)
    x = data.load("digits", split=1).x_test
    from helpers.tf.quiet import keras

    expected = keras.ops.softmax(model(x.reshape(len(x), -1), training=False)).numpy()
    np.testing.assert_allclose(network.predict(x), expected, atol=1e-4)
