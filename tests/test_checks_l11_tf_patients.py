"""The patients of lesson 11: a correct examination finds every fault, and none in a healthy network."""

import numpy as np
import pytest

from helpers import data, doctor
from helpers.checks.l11 import examine as check_of_examine
from helpers.checks.l11 import tf_patients
from tests.wrong_answers.examine import five_questions as examine

pytestmark = pytest.mark.keras
WEEKLY = pytest.mark.weekly


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


@pytest.mark.parametrize("seed", [4, *(pytest.param(seed, marks=WEEKLY) for seed in range(20) if seed != 4)])
def test_a_correct_examination_finds_the_faults_of_a_seed(digits, seed):
    assert examine(tf_patients.admit(seed, digits), digits.x_validation[:100]) == tf_patients.draw(seed)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=WEEKLY) for seed in range(1, 20))])
def test_a_correct_examination_finds_nothing_in_a_healthy_network(digits, seed):
    patient = tf_patients.Patient(*tf_patients.train(seed, digits, ()))
    assert examine(patient, digits.x_validation[:100]) == set()


@pytest.mark.parametrize("number", range(len(check_of_examine.CASES)))
def test_the_doctor_finds_what_the_check_asks_for(digits, number):
    faults = set(check_of_examine.CASES[number])
    network, _ = tf_patients.train(check_of_examine.SEED + number + 1, digits, faults)
    batches = np.array_split(digits.x_train[:320, ..., np.newaxis], 10)
    found = doctor.examine(network, batches, labels=digits.y_train[:320]).names
    assert set(found) & set(tf_patients.tf_capstone.FAULTS) == faults


def test_every_fault_and_a_healthy_patient_are_drawn_within_thirty_seeds():
    drawn = [tf_patients.draw(seed) for seed in range(30)]
    assert set() in drawn
    assert set().union(*drawn) == set(tf_patients.tf_capstone.FAULTS)


def test_what_a_patient_tells(digits):
    patient = tf_patients.Patient(*tf_patients.train(0, digits, ("momentum-inverted",)))
    images, before = digits.x_validation[:50], patient.memory()
    arriving = patient.batch_statistics(images)
    assert [len(mean) for mean, _ in arriving] == [len(mean) for mean, _ in before] == [16, 32, 32, 32]
    assert patient.predict(images).shape == (50, 10)
    np.testing.assert_array_equal(patient.memory()[0][0], before[0][0])
    patient.predict(images, training=True)
    np.testing.assert_allclose(patient.memory()[0][0], 0.1 * before[0][0] + 0.9 * arriving[0][0], atol=1e-5)
    assert patient.history["loss"].shape == (100,)
    np.testing.assert_array_equal(patient.history["moving_mean"][-1], before[0][0])
    assert not {"layers", "get_config", "weights"} & {name for name in dir(patient) if not name.startswith("_")}
