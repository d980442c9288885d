"""One image at a time: training mode forgets it, moving statistics do not (lesson 05); digits, and MNIST if there."""

import os
from pathlib import Path

import numpy as np
import pytest

from helpers import data
from helpers.experiments import Experiment, train

SEEDS = range(5)


def answers(result, seed, images, *, training):
    return result.network(seed).predict(images, training=training, batch_size=1).argmax(axis=1)


@pytest.fixture(scope="module")
def digits():
    return train(Experiment(batch_norm=True, activation="relu", learning_rate=0.1), SEEDS, progress=False)


@pytest.fixture(scope="module")
def mnist():
    if not Path(os.environ.get("BATCHNORM_COURSE_DATA", ""), "mnist.npz").is_file():
        pytest.skip("MNIST is not at hand: set BATCHNORM_COURSE_DATA to a folder with mnist.npz")
    return train(Experiment(batch_norm=True, activation="relu", dataset="mnist"), SEEDS, progress=False)


@pytest.mark.parametrize("seed", SEEDS)
def test_single_digits_in_training_mode_get_one_and_the_same_answer(digits, seed):
    images = data.load("digits", split=seed).x_test[:200]
    assert len(np.unique(answers(digits, seed, images, training=True))) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_single_digits_with_moving_statistics_are_right_95_times_in_100(digits, seed):
    d = data.load("digits", split=seed)
    assert np.mean(answers(digits, seed, d.x_test[:200], training=False) == d.y_test[:200]) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_single_mnist_images_in_training_mode_get_one_and_the_same_answer(mnist, seed):
    images = data.load("mnist", split=seed).x_test[:200]
    assert len(np.unique(answers(mnist, seed, images, training=True))) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_200_mnist_test_images_are_right_95_times_in_100_after_2000_steps(mnist, seed):
    d = data.load("mnist", split=seed)
    assert np.mean(answers(mnist, seed, d.x_test[:200], training=False) == d.y_test[:200]) >= 0.95
