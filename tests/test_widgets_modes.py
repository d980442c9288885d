"""Train-or-inference explorer: batch-mates change the one prediction and not the other."""

import numpy as np
import pytest

from helpers import data
from helpers.experiments import Experiment, train
from helpers.widgets import ModesExplorer

DIGITS = data.load()


@pytest.fixture(scope="module")
def network():
    trained = Experiment(batch_norm=True, activation="relu", learning_rate=0.1, steps=300)
    return train(trained, seeds=1, progress=False).network(0)


@pytest.fixture
def explorer(network):
    return ModesExplorer(network, DIGITS.x_test[:20], DIGITS.y_test[:20], DIGITS.x_train)


def heights(explorer, training):
    return np.array([bar.get_height() for bar in explorer._bars[training]])


def test_batch_mates_change_the_prediction_in_training_mode_only(explorer):
    before = {mode: heights(explorer, mode) for mode in (True, False)}
    explorer.draw.value = 7
    assert np.abs(heights(explorer, True) - before[True]).max() > 0.01
    assert heights(explorer, False) == pytest.approx(before[False], abs=1e-6)


def test_the_bars_are_the_networks_probabilities(explorer, network):
    explorer.image.value, explorer.size.value = 3, 1
    for mode in (True, False):
        assert heights(explorer, mode) == pytest.approx(network.predict(DIGITS.x_test[3:4], training=mode)[0], abs=1e-5)


def test_alone_every_image_gets_the_same_answer_in_training_mode(explorer):
    explorer.size.value = 1
    answers = []
    for image in range(5):
        explorer.image.value = image
        answers.append(heights(explorer, True))
    assert np.ptp(answers, axis=0).max() < 1e-5
    assert "Alone in its batch" in explorer.text.value


def test_the_text_says_both_answers_and_the_truth(explorer, network):
    explorer.image.value = 2
    known = network.predict(DIGITS.x_test[2:3])[0]
    assert f"Image 2 shows the digit {DIGITS.y_test[2]}; 3 batch-mates." in explorer.text.value
    assert f"inference mode says {known.argmax()} ({known.max():.2f})" in explorer.text.value


def test_the_picture_holds_the_image_and_its_mates(explorer):
    montage = np.asarray(explorer._pixels.get_array())
    assert montage[:32, 8:40] == pytest.approx(np.kron(DIGITS.x_test[0], np.ones((4, 4))))
    assert montage[34:42, :24].sum() > 0
    explorer.size.value = 1
    assert np.asarray(explorer._pixels.get_array())[32:].sum() == 0


def test_labels_have_to_belong_to_the_images(network):
    message = (
        r"^`labels` must have one label for each image\. Received: images=5, labels=4\. Cut both to the same length\.$"
    )
    with pytest.raises(ValueError, match=message):
        ModesExplorer(network, DIGITS.x_test[:5], DIGITS.y_test[:4], DIGITS.x_train)


def test_there_have_to_be_enough_batch_mates(network):
    message = r"^`mates` must hold at least 127 images\. Received: len\(mates\)=100\. Pass the training images\.$"
    with pytest.raises(ValueError, match=message):
        ModesExplorer(network, DIGITS.x_test[:5], DIGITS.y_test[:5], DIGITS.x_train[:100])
