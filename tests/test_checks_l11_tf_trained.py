"""What a trained network's memory says about its training."""

from types import SimpleNamespace

import numpy as np
import pytest

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def trained():
    from helpers.checks.l11 import tf_trained

    return tf_trained


def memory(trained, mean, variance, x):
    """The Memory of a layer that remembers these and gets x now."""
    from helpers.checks.engine.tf_trace import Call
    from helpers.tf.quiet import keras

    layer = keras.layers.BatchNormalization(epsilon=0.001)
    layer.build((None, x.shape[-1]))
    layer.moving_mean.assign(mean)
    layer.moving_variance.assign(variance)
    return trained._memory(Call(layer, x, x))


PAIR = np.array([[-2.0, 5.0], [2.0, 7.0]], np.float32)
"""Means 0 and 6, variances 4 and 1."""


def test_exact_statistics_are_nowhere_off(trained):
    exact = memory(trained, [0, 6], [4, 1], PAIR)
    assert (exact.mean_off, exact.variance_off) == pytest.approx((0, 0), abs=1e-6)
    assert trained._near(exact)


def test_means_are_off_in_standard_deviations(trained):
    # 1 of a spread of 2, 1 of a spread of 1: the root of (0.25 + 1) / 2
    assert memory(trained, [1, 7], [4, 1], PAIR).mean_off == pytest.approx(0.7906, abs=1e-3)


def test_variances_are_off_by_the_logarithm_of_their_ratio(trained):
    assert memory(trained, [0, 6], [8, 2], PAIR).variance_off == pytest.approx(np.log(2), abs=1e-3)


def test_zeros_and_ones_are_a_memory_at_its_start(trained):
    assert memory(trained, [0, 0], [1, 1], PAIR).at_start
    assert not memory(trained, [0, 0], [1, 0.99], PAIR).at_start


def test_three_percent_is_near_and_half_a_spread_is_not(trained):
    assert trained._near(memory(trained, [0.06, 6.03], [4.1, 1.02], PAIR))
    assert not trained._near(memory(trained, [1, 6.5], [4, 1], PAIR))


@pytest.mark.parametrize(
    ("by_batch", "by_memory", "slug"),
    [(0.99, 0.6, "restored-without-moving-statistics"), (0.95, 0.97, "missing-training-flag"), (0.5, 0.3, None)],
)
def test_a_memory_that_was_lost_is_told_from_one_never_written(trained, by_batch, by_memory, slug):
    memories = [memory(trained, [0, 0], [1, 1], PAIR)]
    found = SimpleNamespace(
        hidden=[],
        last=[],
        norms=[],
        mates_differ_in_training=1.0,
        mates_differ_at_inference=0.0,
        moved_at_inference=False,
    )
    layer = memories[0].layer
    layer.gamma.assign([2, 2])
    model = SimpleNamespace(_flatten_layers=lambda **options: [layer])
    faults = trained.faults(trained.Seen(model, found, memories, by_batch, by_memory))
    first = next(fault for _, ok, fault, _ in faults if ok is False)
    assert first == (slug or "missing-training-flag")
