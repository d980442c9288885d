"""Every wrong way through the capstone is called by its name, every right one passes. Most train for a few steps.

Of the wrong ones of a slug, one in `make test`, all in `make test-weekly`.
"""

import pytest

from helpers import checks
from tests.wrong_answers import load, sampled

pytestmark = pytest.mark.keras

WRONG, CORRECT = load("capstone")


@pytest.mark.parametrize("submission", sampled(WRONG))
def test_a_wrong_answer_is_called_by_its_name(submission):
    result = checks.capstone(submission.function)
    assert (result.passed, result.diagnosis) == (False, submission.slug), str(result)


@pytest.mark.parametrize("submission", CORRECT, ids=lambda submission: submission.name)
def test_a_correct_answer_passes(submission):
    result = checks.capstone(submission.function)
    assert (result.passed, result.diagnosis) == (True, None), str(result)


def test_the_table_names_each_fault_that_is_left():
    from tests.wrong_answers.capstone_correct import layers, network, on_training_images

    def two_faults(dataset):
        forgetful = network(lambda: layers.BatchNormalization(momentum=0.1), end=[layers.BatchNormalization()])
        return on_training_images(forgetful, dataset)

    result = checks.capstone(two_faults)
    differing = {row.name.split("(")[-1].rstrip(")") for row in result.table if row.ok is False}
    assert result.diagnosis == "after-output"
    assert differing >= {"after-output", "momentum-inverted"}


def test_the_digits_that_count_are_not_in_the_dataset():
    from helpers import data
    from helpers.checks.l11.capstone import SPLIT

    seen = {}

    def spy(dataset):
        seen["dataset"] = dataset
        raise NotImplementedError

    checks.capstone(spy)
    held_back = {image.tobytes() for image in data.load(split=SPLIT).x_test}
    handed_over = [*seen["dataset"].x_train, *seen["dataset"].x_validation, *seen["dataset"].x_test]
    assert len(held_back) == 357
    assert not any(image.tobytes() in held_back for image in handed_over)


def mended(faults, steps):
    """A submission: the lesson's script with these faults left in it."""
    from helpers.checks.l11 import tf_capstone

    return lambda dataset: tf_capstone.train(faults, [dataset], steps=steps)[0]


def test_who_mends_the_script_fault_by_fault_as_told_is_told_of_all_five():
    from helpers.checks.l11 import tf_capstone

    left = list(tf_capstone.FAULTS)
    while left:
        diagnosis = checks.capstone(mended(left, steps=60)).diagnosis
        assert diagnosis in left
        left.remove(diagnosis)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    ["missing-training-flag", "after-output", "axis-not-features", "momentum-inverted", "frozen-wrongly"],
)
def test_a_fault_that_stands_alone_in_the_script_is_named(fault):
    assert checks.capstone(mended((fault,), steps=300)).diagnosis == fault


@pytest.mark.slow
def test_of_the_script_without_faults_nothing_is_left_but_to_train_it_longer():
    diagnosis = checks.capstone(mended((), steps=300)).diagnosis
    assert diagnosis in (None, "not-accurate")
