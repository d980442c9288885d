"""Networks with a chosen normalization: gradients against central differences, training against the engine."""

import numpy as np
import pytest

from helpers.experiments import Experiment, train
from helpers.lessons.l09.norm_training import batches, follow, images, initial
from helpers.networks.norm_stack import NormStack

RNG = np.random.default_rng(0)
SETTINGS = [
    ("batch", None, False),
    ("ghost", 4, False),
    ("group", 2, False),
    ("layer", None, False),
    ("batch", None, True),
]


def small(kind="batch", size=None, **settings):
    """A float64 network 5-6-6-3 for two seeds and one rate, a batch of 8 and its labels."""
    rng = np.random.default_rng(1)
    kernels = [rng.normal(size=(2, 1, *shape)) for shape in ((5, 6), (6, 6), (6, 3))]
    stack = NormStack(kernels, kind, size, **settings)
    for layer, memory in zip(stack.layers, stack.memory):
        layer["gamma"], memory["variance"] = rng.uniform(0.5, 2, (2, 2, 1, 1, 6))
        layer["beta"], memory["mean"] = rng.normal(size=(2, 2, 1, 1, 6))
    return stack, rng.normal(1, 2, (2, 1, 8, 5)), rng.integers(3, size=(2, 1, 8))


@pytest.mark.parametrize(("kind", "size", "frozen"), SETTINGS)
def test_gradients_agree_with_central_differences(kind, size, frozen):
    stack, x, labels = small(kind, size)
    _, gradients = stack.gradients(x, labels, frozen=frozen, remember=False)
    gradients = [{name: g.copy() for name, g in layer.items()} for layer in gradients]
    for layer, found in zip(stack.layers, gradients):
        for name, gradient in found.items():
            place = (1, 0, *(size - 1 for size in gradient.shape[2:]))
            losses = []
            for nudge in (1e-5, -2e-5):
                layer[name][place] += nudge
                losses.append(stack.gradients(x, labels, frozen=frozen, remember=False)[0][1, 0])
            layer[name][place] += 1e-5
            assert (losses[0] - losses[1]) / 2e-5 == pytest.approx(gradient[place], rel=1e-5, abs=1e-8)


def test_training_is_that_of_the_experiments():
    seeds, settings = (0, 1), {"hidden": (32, 32), "learning_rate": 0.1, "init_scale": "he", "batch_size": 32}
    engine = train(Experiment(batch_norm=True, activation="relu", steps=30, **settings), seeds=seeds, progress=False)
    digits = images(seeds)
    stack = follow(initial(seeds, (0.1,)), batches(seeds, 1260, 32, 30), *digits.train, 0.1)
    for seed in seeds:
        network = engine.network(seed)
        for ours, theirs in zip(stack.layers, network.parameters):
            for name, array in theirs.items():
                np.testing.assert_allclose(np.squeeze(ours[name][seed, 0]), array, atol=1e-4)
        for ours, theirs in zip(stack.memory, network.moving_statistics):
            np.testing.assert_allclose(ours["mean"][seed, 0, 0], theirs["moving_mean"], atol=1e-4)
            np.testing.assert_allclose(ours["variance"][seed, 0, 0], theirs["moving_variance"], atol=1e-4)


def test_frozen_statistics_stay_and_the_weights_do_not():
    stack, x, labels = small()
    before = stack.copy()
    stack.step(x, labels, 0.1, frozen=True)
    for old, new in zip(before.memory, stack.memory):
        assert all(np.array_equal(old[name], new[name]) for name in old)
    assert not np.array_equal(before.layers[0]["kernel"], stack.layers[0]["kernel"])


def test_frozen_training_computes_what_inference_does():
    stack, x, labels = small()
    logits, _ = stack.forward(x, frozen=True)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    expected = -np.take_along_axis(log, labels[..., None], axis=-1).mean(axis=(-2, -1))
    np.testing.assert_allclose(stack.gradients(x, labels, frozen=True)[0], expected, rtol=1e-12)


def test_at_rate_0_no_weight_moves_and_the_memory_does():
    stack, x, labels = small(momentum=0.5)
    before, z = stack.copy(), x @ stack.layers[0]["kernel"]
    stack.step(x, labels, 0.0)
    for old, new in zip(before.layers, stack.layers):
        assert all(np.array_equal(old[name], new[name]) for name in old)
    expected = 0.5 * before.memory[0]["mean"] + 0.5 * z.mean(axis=-2, keepdims=True)
    np.testing.assert_allclose(stack.memory[0]["mean"], expected, rtol=1e-12)


def test_each_rate_trains_its_own_network():
    stack, x, labels = small()
    both, alone = stack.repeat(2), stack.copy()
    for _ in range(3):
        both.step(x, labels, np.array([0.1, 0.3]))
        alone.step(x, labels, 0.3)
    np.testing.assert_allclose(both.layers[1]["kernel"][:, 1], alone.layers[1]["kernel"][:, 0], rtol=1e-9)
    assert np.abs(both.layers[1]["kernel"][:, 0] - alone.layers[1]["kernel"][:, 0]).max() > 1e-3


def test_calibrated_statistics_are_exact_for_every_layer():
    stack, x, _ = small()
    stack.calibrate(x)
    _, trace = stack.forward(x, frozen=True)
    for _, x_hat, _, _ in trace[:-1]:
        np.testing.assert_allclose(x_hat.mean(axis=-2), 0, atol=1e-9)
        np.testing.assert_allclose(x_hat.std(axis=-2), 1, atol=1e-2)


def test_what_is_not_finite_counts_as_wrong():
    stack, x, labels = small()
    stack.layers[-1]["bias"][0] = np.nan
    assert stack.accuracy(x, labels)[0, 0] == 0


def accumulated(stack, x, labels, parts):
    """The first kernel's gradient, the mean over equal parts of the batch."""
    batches = zip(np.split(x, parts, axis=2), np.split(labels, parts, axis=2))
    return sum(stack.gradients(*batch)[1][0]["kernel"] / parts for batch in batches)


def test_accumulated_batches_are_ghost_batches_and_not_the_whole_batch():
    (whole, x, labels), (ghost, _, _) = small(), small("ghost", 4)
    two_fours = accumulated(whole, x, labels, 2)
    np.testing.assert_allclose(two_fours, accumulated(ghost, x, labels, 1), rtol=1e-9, atol=1e-12)
    assert np.abs(two_fours - accumulated(whole, x, labels, 1)).max() > 0.01


@pytest.mark.parametrize(("kind", "size"), [("group", 2), ("layer", None)])
def test_without_statistics_of_the_batch_accumulated_batches_are_the_whole_batch(kind, size):
    stack, x, labels = small(kind, size)
    np.testing.assert_allclose(
        accumulated(stack, x, labels, 2), accumulated(stack, x, labels, 1), rtol=1e-9, atol=1e-12
    )
