"""Fine-tuning with frozen and with moving statistics."""

import numpy as np
import pytest

from helpers.lessons.l09 import fine_tuning


@pytest.fixture(scope="module")
def known():
    return fine_tuning.pretrain(2)


def test_the_pretrained_networks_know_the_digits(known):
    stack, digits = known
    assert (stack.accuracy(*digits.test) > 0.9).all()


def test_turning_swaps_rows_and_columns_and_twice_gives_the_image_back():
    image = np.arange(64.0)[None]
    assert fine_tuning.turn(image)[0, :3].tolist() == [0, 8, 16]
    np.testing.assert_array_equal(fine_tuning.turn(fine_tuning.turn(image)), image)


def test_inverting_makes_white_black():
    assert fine_tuning.invert(np.array([0.0, 0.25])).tolist() == [1, 0.75]


def test_of_the_new_images_there_are_few_to_train_on_and_all_to_test_on(known):
    new = fine_tuning.changed(known[1], fine_tuning.invert, few=50)
    assert new.train[0].shape == (2, 1, 50, 64)
    assert new.test[0].shape == known[1].test[0].shape
    np.testing.assert_allclose(new.test[0], 1 - known[1].test[0])


def test_frozen_statistics_stay_while_weights_are_trained(known):
    stack, digits = known
    tuned = fine_tuning.tune(
        stack, fine_tuning.changed(digits, fine_tuning.turn), 8, way="frozen", rates=(0.1,), steps=10
    )
    np.testing.assert_array_equal(tuned.stack.memory[0]["mean"], stack.memory[0]["mean"])
    assert np.abs(tuned.stack.layers[0]["kernel"] - stack.layers[0]["kernel"]).max() > 1e-3


def test_moving_statistics_move_and_the_network_given_stays(known):
    stack, digits = known
    before = stack.copy()
    new = fine_tuning.changed(digits, fine_tuning.turn)
    tuned = fine_tuning.tune(stack, new, 8, way="moving", rates=(0.1, 0.3), steps=10)
    assert np.abs(tuned.stack.memory[0]["mean"] - stack.memory[0]["mean"]).max() > 0.1
    for old, now in zip(before.layers + before.memory, stack.layers + stack.memory):
        assert all(np.array_equal(old[name], now[name]) for name in old)


def test_calibrated_statistics_are_those_of_the_new_images_and_stay(known):
    stack, digits = known
    new = fine_tuning.changed(digits, fine_tuning.invert)
    tuned = fine_tuning.tune(stack, new, 8, way="calibrated, frozen", rates=(0.1,), steps=10)
    due = (new.train[0] @ stack.layers[0]["kernel"]).mean(axis=-2, keepdims=True)
    np.testing.assert_allclose(tuned.stack.memory[0]["mean"], due, atol=1e-4)


def test_mild_shifts_are_faint_ink_noise_and_a_small_rotation():
    x = np.zeros((2, 64), np.float32)
    x[:, 27:29] = 1
    assert fine_tuning.faint(x).max() == np.float32(0.7)
    assert fine_tuning.noisy(x).std() == pytest.approx(0.27, abs=0.05)
    np.testing.assert_array_equal(fine_tuning.noisy(x), fine_tuning.noisy(x))
    assert fine_tuning.rotate(x).shape == x.shape
    assert fine_tuning.rotate(x).sum() == pytest.approx(4, abs=0.5)
