"""Residual networks: gradients against central differences, and what the last gamma decides at the start."""

import numpy as np
import pytest

from helpers.lessons.l09 import residual
from helpers.lessons.l09.norm_training import images
from helpers.lessons.l09.residual import ResidualStack

RNG = np.random.default_rng(0)


def in_float64(stack):
    for layer in (stack.first, *(one for block in stack.blocks for one in block), stack.last):
        for name in layer:
            layer[name] = layer[name].astype(np.float64)
    stack.rates = stack.rates.astype(np.float64)
    return stack


def test_a_step_follows_the_gradient_that_central_differences_measure():
    x, labels = RNG.normal(size=(1, 1, 12, 64)), RNG.integers(10, size=(1, 1, 12))

    def fresh():
        return in_float64(ResidualStack((0,), (1e-3,), blocks=2, width=5, last_gamma=0.5))

    stepped = fresh()
    stepped.step(x, labels)
    for place in ("first", "last", 0, 1):
        for name in ("kernel", "gamma", "beta", "bias"):
            before, after = (
                getattr(s, place) if isinstance(place, str) else s.blocks[1][place] for s in (fresh(), stepped)
            )
            if name not in before:
                continue
            losses = []
            for nudge in (1e-5, -1e-5):
                nudged = fresh()
                layer = getattr(nudged, place) if isinstance(place, str) else nudged.blocks[1][place]
                layer[name][..., 0, 1] += nudge
                losses.append(nudged.step(x, labels)[0, 0])
            measured = (losses[0] - losses[1]) / 2e-5
            moved = (before[name] - after[name])[0, 0, 0, 1] / 1e-3
            assert moved == pytest.approx(measured, rel=1e-4, abs=1e-7)


def test_with_the_last_gamma_at_0_each_block_passes_its_input_on():
    x = images((0, 1)).train[0][:, :, :60]
    stack = ResidualStack((0, 1), (0.1,), blocks=4, last_gamma=0.0)
    _, states, _ = stack.forward(x)
    assert all(np.array_equal(states[0], state) for state in states)
    inputs, branches = residual.spreads(stack, x)
    assert inputs.shape == branches.shape == (4, 2)
    assert (branches == 0).all()


def test_with_the_last_gamma_at_1_each_branch_has_spread_1_and_the_sum_grows():
    x = images((0, 1)).train[0][:, :, :60]
    inputs, branches = residual.spreads(ResidualStack((0, 1), (0.1,), blocks=8), x)
    np.testing.assert_allclose(branches, 1, atol=0.02)
    assert (inputs[-1] > 2 * inputs[0]).all()


def test_both_last_gammas_start_from_the_same_kernels():
    zero, one = (ResidualStack((3,), (0.1,), blocks=2, last_gamma=gamma) for gamma in (0.0, 1.0))
    np.testing.assert_array_equal(zero.blocks[1][1]["kernel"], one.blocks[1][1]["kernel"])
    np.testing.assert_array_equal(zero.last["kernel"], one.last["kernel"])


def test_training_gives_the_loss_of_each_step_and_the_test_accuracy():
    losses, accuracy = residual.train(2, (0.1, 1e30), steps=20, blocks=2)
    assert (losses.shape, accuracy.shape) == ((20, 2, 2), (2, 2))
    assert (accuracy[:, 0] > 0.6).all()
    assert (accuracy[:, 1] < 0.3).all()
