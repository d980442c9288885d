"""How far a gradient can be trusted: two measurements of one step of gradient descent on one batch.

The first asks whether the loss falls as the gradient promised (Santurkar et al. 2018, section 3); the second how much
each layer's gradient changes because the layers before it have moved (their definition 2.1, their measure of internal
covariate shift). Both work in training mode and float64, and leave the network passed as it is. A survey adds the drift
of the means that the same step brings.
"""

from typing import NamedTuple

import numpy as np

from helpers import data
from helpers._support import validate
from helpers._support.blas import one_thread
from helpers.experiments import Result, train
from helpers.lessons.l12.drift import drift

RATE_ADVICE = "Pass a learning rate such as 0.1."


class Survey(NamedTuple):
    """What one step does to S trained networks of L layers, the output layer included.

    result : the training before the step
    kept : (S, K), `promise_kept` for each multiple of the experiment's learning rate
    changes : (S, L - 1), `gradient_change` at that rate
    drifts : (S, L - 1), `helpers.lessons.l12.drift.drift` of what each hidden activation receives, at that rate
    """

    result: Result
    kept: np.ndarray
    changes: np.ndarray
    drifts: np.ndarray


def promise_kept(network, x, y, rates):
    """Share of the promised decrease of the loss that a step of each rate brings, (K,) float64.

        (loss(w) - loss(w - rate * g)) / (rate * sum(g²)),   g = gradient of the loss at w

    The denominator is what the gradient promises, were the loss a plane. 1 means that the promise is kept, 0 that the
    loss did not fall, a negative number that it rose.

    Parameters
    ----------
    network : helpers.networks.network.Network
    x, y : (N, ...) and (N,)
        The images of one batch and their integer labels.
    rates : sequence of K floats, each above 0
        Learning rates.

    Raises
    ------
    TypeError, ValueError
        If a rate is not above 0, or x and y are no batch for this network.

    Notes
    -----
    For small rates the share tends to 1 for every smooth loss: compare networks at the rate at which they are trained.
    """
    rates = [
        validate.positive("rates", rate, advice=RATE_ADVICE)
        for rate in validate.items("rates", rates, advice=RATE_ADVICE)
    ]
    network = _float64(network)
    loss, gradients = network.loss_and_gradients(x, y)
    promised = sum(float(np.square(g).sum()) for layer in gradients for g in layer.values())
    after = [step(network, gradients, rate).loss_and_gradients(x, y)[0] for rate in rates]
    return (loss - np.array(after)) / (np.array(rates) * promised)


def gradient_change(network, x, y, rate):
    """How much each layer's gradient changes when only the layers before it move, (L - 1,): none for the first layer.

        |g' - g| / |g|        (Santurkar et al. 2018, definition 2.1, here divided by |g|)

    g is the gradient of the layer's kernel; g' the same gradient once all layers before it have made their step. 0
    means that it still fits after the others have moved, 1 that the change is as large as the gradient itself.

    Parameters
    ----------
    network, x, y
        As in `promise_kept`.
    rate : float, above 0
        The learning rate of the step.

    Raises
    ------
    TypeError, ValueError
        If rate is not above 0, or x and y are no batch for this network.

    Notes
    -----
    The paper gives |g' - g| itself. Networks with and without batch normalization have gradients of different size, so
    that only the relative change compares them.
    """
    rate = validate.positive("rate", rate, advice=RATE_ADVICE)
    network = _float64(network)
    _, gradients = network.loss_and_gradients(x, y)
    moved = step(network, gradients, rate)
    changes = []
    for layer in range(1, len(network.parameters)):
        mixed = network.copy()
        mixed.parameters[:layer] = moved.parameters[:layer]
        _, after = mixed.loss_and_gradients(x, y)
        g = gradients[layer]["kernel"]
        changes.append(np.linalg.norm(after[layer]["kernel"] - g) / np.linalg.norm(g))
    return np.array(changes)


def survey(experiment, multiples, *, seeds=10):
    """Train the experiment; then take one step on the first batch of training images of each seed: a `Survey`.

    Parameters
    ----------
    experiment : Experiment
    multiples : sequence of K floats, each above 0
        The steps tried, as multiples of the experiment's learning rate.
    seeds : int or sequence of int
    """
    result = train(experiment, seeds=seeds)
    rate, rows = experiment.learning_rate, []
    with one_thread():
        for seed in result.seeds:
            split, network = data.load(experiment.dataset, split=seed), _float64(result.network(seed))
            x, y = split.x_train[: experiment.batch_size], split.y_train[: experiment.batch_size]
            moved = step(network, network.loss_and_gradients(x, y)[1], rate)
            received = (n.pre_activations(x, training=True) for n in (network, moved))
            kept = promise_kept(network, x, y, [rate * multiple for multiple in multiples])
            rows.append((kept, gradient_change(network, x, y, rate), [drift(*pair) for pair in zip(*received)]))
    return Survey(result, *(np.array(column) for column in zip(*rows)))


def step(network, gradients, rate):
    """A copy of the network after one step of gradient descent: every parameter p becomes p - rate * gradient."""
    moved = network.copy()
    for parameters, layer in zip(moved.parameters, gradients):
        for name, gradient in layer.items():
            parameters[name] = parameters[name] - rate * gradient
    return moved


def _float64(network):
    network = network.copy()
    for parameters in network.parameters:
        for name, array in parameters.items():
            parameters[name] = array.astype(np.float64)
    return network
