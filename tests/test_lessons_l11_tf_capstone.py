"""The capstone's script: each switch makes the fault that it names, and no other."""

import re

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed here.")

from helpers import data
from helpers.lessons.l11 import tf_capstone
from helpers.tf.quiet import keras

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def norms(network):
    return [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]


def trained(faults, digits):
    return tf_capstone.train(faults, [digits], steps=10)[0]


def test_without_a_fault_each_normalization_keeps_one_gamma_for_each_feature_map():
    assert [norm.gamma.shape[0] for norm in norms(tf_capstone.model())] == [16, 32, 32, 32]


def test_channels_first_keeps_one_gamma_for_each_row():
    assert [norm.gamma.shape[0] for norm in norms(tf_capstone.model(["channels-first-ignored"]))] == [4, 4, 4, 2]


def test_after_output_adds_a_normalization_at_the_end():
    assert isinstance(tf_capstone.model(["after-output"]).layers[-1], keras.layers.BatchNormalization)


def test_momentum_is_0_9_or_0_1():
    assert [norms(tf_capstone.model(f))[0].momentum for f in ((), ["momentum-inverted"])] == [0.9, 0.1]


def test_a_frozen_normalization_does_not_learn(digits):
    network = trained(["frozen-wrongly"], digits)
    assert all((norm.gamma.numpy() == 1).all() and (norm.moving_mean.numpy() == 0).all() for norm in norms(network))


def test_without_the_training_flag_gamma_learns_and_the_memory_stays(digits):
    first = norms(trained(["missing-training-flag"], digits))[0]
    assert np.abs(first.gamma.numpy() - 1).max() > 1e-4
    assert (first.moving_mean.numpy() == 0).all()


def test_without_a_fault_gamma_and_memory_move(digits):
    first = norms(trained((), digits))[0]
    assert np.abs(first.gamma.numpy() - 1).max() > 1e-4
    assert np.abs(first.moving_mean.numpy()).max() > 1e-4


def test_the_initial_weights_do_not_depend_on_the_faults():
    kernels = [tf_capstone.model(f, seed=3).layers[0].kernel.numpy() for f in ((), tf_capstone.FAULTS)]
    np.testing.assert_array_equal(*kernels)


def test_the_healthy_network_learns(digits):
    assert tf_capstone.accuracy(tf_capstone.train((), [digits], steps=100)[0], digits) > 0.8


def test_each_case_is_trained_as_by_itself(digits):
    cases = {"none": (), "frozen": ("frozen-wrongly",)}
    found = tf_capstone.train_each(cases, [digits], steps=10, progress=False)
    assert list(found) == ["none", "frozen"]
    for name, faults in cases.items():
        due = tf_capstone.train(faults, [digits], steps=10)[0].get_weights()
        for one, other in zip(found[name][0].get_weights(), due, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_the_bar_counts_cases_and_is_silent_where_none_is_wanted(digits, capsys, monkeypatch):
    monkeypatch.delenv("BATCHNORM_COURSE_PROGRESS", raising=False)
    tf_capstone.train_each({"none": ()}, [digits], steps=10)
    assert "case" in capsys.readouterr().err
    tf_capstone.train_each({"none": ()}, [digits], steps=10, progress=False)
    assert capsys.readouterr().err == ""


def test_an_unknown_fault_is_refused():
    message = "`fault` must be one of 'missing-training-flag', 'after-output', 'channels-first-ignored', "
    with pytest.raises(ValueError, match=re.escape(message)):
        tf_capstone.model(["no-bias"])


def test_steps_come_in_tens():
    message = "`steps` must be a multiple of 10. Received: steps=25. Pass 300, say."
    with pytest.raises(ValueError, match=re.escape(message)):
        tf_capstone.train((), [], steps=25)
