"""The capstone's script: each switch makes the fault that it names, and no other."""

import re

import numpy as np
import pytest

from helpers import data
from helpers.checks.l11 import tf_capstone
from helpers.tf.quiet import keras

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def norms(network):
    return [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]


def train(faults, digits, steps=10):
    return tf_capstone.train(faults, [digits], steps=steps)[0]


@pytest.mark.parametrize(
    ("faults", "gammas", "momentum", "last"),
    [
        ((), [16, 32, 32, 32], 0.9, "Dense"),
        (["axis-not-features"], [4, 4, 4, 2], 0.9, "Dense"),
        (["after-output"], [16, 32, 32, 32, 10], 0.9, "BatchNormalization"),
        (["momentum-inverted"], [16, 32, 32, 32], 0.1, "Dense"),
    ],
)
def test_what_a_fault_changes_in_the_model(faults, gammas, momentum, last):
    network = tf_capstone.model(faults)
    assert [norm.gamma.shape[0] for norm in norms(network)] == gammas
    assert {norm.momentum for norm in norms(network)} == {momentum}
    assert type(network.layers[-1]).__name__ == last


def test_a_frozen_normalization_does_not_learn(digits):
    network = train(["frozen-wrongly"], digits)
    assert all((norm.gamma.numpy() == 1).all() and (norm.moving_mean.numpy() == 0).all() for norm in norms(network))


@pytest.mark.parametrize(("faults", "remembers"), [((), True), (["missing-training-flag"], False)])
def test_gamma_learns_and_the_memory_moves_only_with_the_training_flag(digits, faults, remembers):
    first = norms(train(faults, digits))[0]
    assert np.abs(first.gamma.numpy() - 1).max() > 1e-4
    assert bool(np.abs(first.moving_mean.numpy()).max() > 1e-4) is remembers
    assert remembers or (first.moving_mean.numpy() == 0).all()


def test_the_initial_weights_do_not_depend_on_the_faults():
    kernels = [tf_capstone.model(f, seed=3).layers[0].kernel.numpy() for f in ((), tf_capstone.FAULTS)]
    np.testing.assert_array_equal(*kernels)


def test_the_healthy_network_learns(digits):
    assert tf_capstone.accuracy(train((), digits, steps=100), digits) > 0.8


def test_each_case_is_trained_as_by_itself(digits):
    cases = {"none": (), "frozen": ("frozen-wrongly",)}
    found = tf_capstone.train_each(cases, [digits], steps=10, progress=False)
    assert list(found) == ["none", "frozen"]
    for name, faults in cases.items():
        due = train(faults, digits).get_weights()
        for one, other in zip(found[name][0].get_weights(), due, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_what_is_refused():
    message = "`fault` must be one of 'missing-training-flag', 'after-output', 'axis-not-features', "
    with pytest.raises(ValueError, match=re.escape(message)):
        tf_capstone.model(["no-bias"])
    message = "`steps` must be a multiple of 10. Received: steps=25. Pass 300, say."
    with pytest.raises(ValueError, match=re.escape(message)):
        tf_capstone.train((), [], steps=25)
