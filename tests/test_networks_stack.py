"""A stack of networks: each step is gradient descent by the gradients of `Network`, and runs are independent."""

from itertools import pairwise

import numpy as np
import pytest

from helpers.networks.stack import StackedNetwork

R, B, SIZES = 3, 8, (4, 6, 5, 3)
RATES = np.array([0.1, 0.5, 1.0])


def stack(rates=RATES, dtype=np.float64, seeds=range(R), sizes=SIZES, **settings):
    kernels = [[] for _ in sizes[1:]]
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for layer, (n_in, n_out) in enumerate(pairwise(sizes)):
            kernels[layer].append(rng.normal(size=(n_in, n_out)))
    settings = {"activation": "tanh", "normalized": "before"} | settings
    return StackedNetwork([np.array(k, dtype) for k in kernels], learning_rates=rates, batch_size=B, **settings)


def batches(steps, runs=R, dtype=np.float64):
    rng = np.random.default_rng(9)
    return rng.normal(size=(steps, runs, B, SIZES[0])).astype(dtype), rng.integers(0, 3, (steps, runs, B))


@pytest.mark.parametrize("normalized", ["before", "after", None])
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("steps", [1, 2, 10])
def test_steps_are_gradient_descent_at_each_runs_own_rate(normalized, activation, steps):
    trained = stack(normalized=normalized, activation=activation)
    by_hand = [trained.network(run).copy() for run in range(R)]
    for x, labels in zip(*batches(steps)):
        losses = trained.step(x, labels)
        for run, network in enumerate(by_hand):
            loss, gradients = network.loss_and_gradients(x[run], labels[run])
            assert losses[run] == pytest.approx(loss, rel=1e-9)
            for parameters, gradient in zip(network.parameters, gradients):
                for name in parameters:
                    parameters[name] -= RATES[run] * gradient[name]
    for run, network in enumerate(by_hand):
        for mine, theirs in zip(trained.network(run).parameters, network.parameters):
            assert mine.keys() == theirs.keys()
            for name in mine:
                np.testing.assert_allclose(mine[name], theirs[name], rtol=1e-7, atol=1e-9)


def test_weight_decay_is_the_gradient_of_half_the_sum_of_squares():
    plain, decayed = stack(), stack(weight_decays=[0.0, 0.1, 0.2])
    kernels = [[layer["kernel"].copy() for layer in plain.network(run).parameters] for run in range(R)]
    x, labels = batches(1)
    plain.step(x[0], labels[0])
    decayed.step(x[0], labels[0])
    for run, decay in enumerate([0.0, 0.1, 0.2]):
        for layer in range(3):
            shrunk = RATES[run] * decay * kernels[run][layer]
            np.testing.assert_allclose(
                decayed.network(run).parameters[layer]["kernel"],
                plain.network(run).parameters[layer]["kernel"] - shrunk,
                atol=1e-12,
            )
            for name in {"gamma", "beta", "bias"} & plain.network(run).parameters[layer].keys():
                np.testing.assert_array_equal(
                    decayed.network(run).parameters[layer][name], plain.network(run).parameters[layer][name]
                )


@pytest.mark.parametrize("normalized", ["before", "after", None])
@pytest.mark.parametrize("kind", ["dropout", "noise"])
def test_dropout_and_noise_are_those_of_the_network(normalized, kind):
    generators = {f"{kind}_generators": [[np.random.default_rng(run) for run in range(R)]]}
    trained = stack(sizes=(4, 6, 3), normalized=normalized, **{kind: 0.4}, **generators)
    x, labels = batches(1)
    networks = [trained.network(run).copy() for run in range(R)]
    losses = trained.step(x[0], labels[0])
    for run, network in enumerate(networks):
        loss, gradients = network.loss_and_gradients(x[0, run], labels[0, run], rng=np.random.default_rng(run))
        assert losses[run] == pytest.approx(loss, rel=1e-9)
        np.testing.assert_allclose(
            trained.network(run).parameters[0]["kernel"],
            network.parameters[0]["kernel"] - RATES[run] * gradients[0]["kernel"],
            rtol=1e-9,
        )


def test_a_run_among_three_is_the_run_alone():
    x, labels = batches(100, dtype=np.float32)
    together = stack(dtype=np.float32)
    alone = stack(rates=RATES[1:2], seeds=[1], dtype=np.float32)
    for batch, wanted in zip(x, labels):
        together.step(batch, wanted)
        alone.step(batch[1:2], wanted[1:2])
    for name, array in alone.network(0).arrays().items():
        np.testing.assert_allclose(together.network(1).arrays()[name], array, rtol=1e-5, atol=1e-6)


def test_a_network_of_the_stack_follows_its_training():
    trained = stack()
    network = trained.network(1)
    before = network.parameters[0]["kernel"].copy()
    x, labels = batches(1)
    trained.step(x[0], labels[0])
    assert np.abs(network.parameters[0]["kernel"] - before).max() > 1e-4
    assert np.shares_memory(network.parameters[0]["kernel"], trained.network(1).parameters[0]["kernel"])
