"""What is no answer at all: the Keras exercises' checks say so in a whole sentence, lose nothing, and go on living."""

import random

import numpy as np
import pytest

from helpers import checks
from helpers.checks.engine import core, random_state
from helpers.course import progress
from tests.wrong_answers import KERAS, load

pytestmark = pytest.mark.keras

ON = {
    "add_batchnorm": " on {'image_shape': (8, 8), 'hidden': (32, 24), 'activation': 'relu', 'classes': 10}",
    "training_step": " on a batch, step 1",
    "recalibrate": "",
    "tf_layer": "",
    "add_batchnorm_conv": " on {'image_shape': (12, 10, 3), 'filters': (5, 7), 'dense': 13, 'activation': 'relu', "
    "'classes': 4}",
    "residual_block": " on filters=6, stride=1",
    "generator": " on latent_size=16",
    "freeze": "",
    "finetune": "",
    "decay_parameters": "",
    "to_state_dict": "",
    "adapt": "",
    "examine": " on patient 1",
    "capstone": " on the digits",
}
"""Exercise -> what its submission is called with first, in words."""

NOT_IT = {
    "add_batchnorm": "Not what was asked for: what comes back should be a Keras model, yours is {}.",
    "training_step": "The loss should be one number, yours is {}.",
    "recalibrate": "What comes back should be the model, yours is {}.",
    "tf_layer": "Not what was asked for: what the class makes should be a Keras layer, yours is {}.",
    "add_batchnorm_conv": "Not what was asked for: what comes back should be a Keras model, yours is {}.",
    "residual_block": "Not what was asked for: what comes back should be a Keras model, yours is {}.",
    "generator": "Not what was asked for: what comes back should be a Keras model, yours is {}.",
    "freeze": "What your function returns should be the model; it is {}.",
    "finetune": "Not what was asked for: what comes back should be a Keras model, yours is {}.",
    "decay_parameters": "What your function returns should be a list of variables; it is {}.",
    "to_state_dict": "What your function returns should be a dict of arrays; it is {}.",
    "adapt": "What your function returns should be of shape (40, 10), or classes of shape (40,); it is {}.",
    "examine": "What comes back should be a set of names; it is {}.",
    "capstone": "Not what was asked for: what comes back should be a Keras model, yours is {}.",
}


def first_hint(exercise, submission):
    """Diagnosis and symptom; the record is begun anew, so that no earlier failure adds a hint."""
    result = getattr(checks, exercise)(submission)
    return result.diagnosis, result.sentences[0]


def raises(*arguments, **options):
    raise ValueError("two shapes")


def leaves(*arguments, **options):
    raise SystemExit(3)


def says_hello(*arguments, **options):
    print("hello")


def never_ends(*arguments, **options):
    while True:
        pass


def test_every_keras_exercise_is_here():
    assert list(ON) == list(NOT_IT) == list(KERAS)


@pytest.mark.parametrize("exercise", KERAS)
def test_an_error_is_told_with_its_line(exercise):
    who = "Your layer" if exercise == "tf_layer" else "Your code"
    message = f'{who} stopped{ON[exercise]} with ValueError: two shapes (in your line: raise ValueError("two shapes")).'
    assert first_hint(exercise, raises) == ("raises", message)


@pytest.mark.parametrize("exercise", KERAS)
def test_a_wish_to_exit_is_an_error_like_others(exercise):
    who = "Your layer" if exercise == "tf_layer" else "Your code"
    message = f"{who} stopped{ON[exercise]} with SystemExit: 3 (in your line: raise SystemExit(3))."
    assert first_hint(exercise, leaves) == ("raises", message)


@pytest.mark.parametrize("exercise", KERAS)
def test_nothing_returned_is_called_none_and_what_was_printed_is_kept(exercise):
    result = getattr(checks, exercise)(says_hello)
    assert (result.diagnosis, result.sentences[0]) == ("wrong-shape", NOT_IT[exercise].format("None"))
    assert result.printed == "hello\n"


@pytest.mark.parametrize("exercise", KERAS)
def test_a_text_is_no_answer(exercise):
    assert first_hint(exercise, lambda *a, **k: "a text") == ("wrong-shape", NOT_IT[exercise].format("of type str"))


@pytest.mark.parametrize("exercise", KERAS)
def test_a_list_that_is_no_array_is_no_answer(exercise):
    kind = "a list with an object of type list" if exercise == "decay_parameters" else "of type list"
    diagnosis = first_hint(exercise, lambda *a, **k: [[1], [2, 3]])
    assert diagnosis == ("wrong-shape", NOT_IT[exercise].format(kind))


@pytest.mark.parametrize("exercise", KERAS)
def test_a_model_instead_of_the_function_is_told(exercise):
    from helpers.tf.quiet import keras

    needs = "makes layers of its own and needs the class: checks.tf_layer(MyBatchNorm)"
    if exercise != "tf_layer":
        needs = f"calls your code itself and needs the function, not its result: checks.{exercise}(your_function)"
    message = f"The check {needs}. It was given an object of type Sequential."
    assert first_hint(exercise, keras.Sequential()) == ("raises", message)


@pytest.mark.parametrize("exercise", KERAS)
def test_an_endless_loop_is_ended(exercise, monkeypatch):
    monkeypatch.setattr(core, "LIMIT_SECONDS", 0.2)
    message = "Your code had not ended after 0.2 seconds, the limit for a check, and was stopped."
    if exercise == "capstone":
        message = "Training and check together have 0.2 seconds, and yours had not ended."
    assert first_hint(exercise, never_ends) == ("raises", message)


def test_an_endless_loop_inside_the_model_is_ended(monkeypatch):
    from helpers.tf.quiet import keras

    class Endless(keras.Model):
        def call(self, x):
            return never_ends()

    monkeypatch.setattr(core, "LIMIT_SECONDS", 0.5)
    message = "Your code had not ended after 0.5 seconds, the limit for a check, and was stopped."
    assert first_hint("generator", lambda latent_size: Endless()) == ("raises", message)


@pytest.mark.parametrize("exercise", KERAS)
def test_a_stub_is_not_counted_as_a_failure(exercise):
    def stub(*arguments, **options):
        raise NotImplementedError()

    failures = progress.failures(exercise)
    result = getattr(checks, exercise)(stub)
    assert str(result) == (
        f"{exercise}: not attempted yet.\n"
        "Nothing to check yet: replace `raise NotImplementedError()` by your own lines and run both cells again."
    )
    assert progress.failures(exercise) == failures


@pytest.mark.parametrize(
    ("exercise", "name", "changed"),
    [
        ("add_batchnorm", "pops_the_classes", "model_config"),
        ("training_step", "sorts_the_labels", "y"),
        ("adapt", "centres_the_images", "images"),
        ("capstone", "shuffles_the_labels", "dataset.y_train"),
    ],
)
def test_a_changed_argument_is_named(exercise, name, changed):
    submission = next(one.function for one in load(exercise)[0] if one.function.__name__ == name)
    diagnosis, symptom = first_hint(exercise, submission)
    assert diagnosis == "modifies-input"
    assert symptom.startswith(f"After the call `{changed}` is not what it was before: whoever passed it in ")


@pytest.mark.parametrize("exercise", KERAS)
def test_the_global_generators_are_left_as_they_were(exercise):
    from helpers.tf.quiet import tf

    def draws(*arguments, **options):
        random.random()
        np.random.seed(5)  # noqa: NPY002
        tf.random.set_seed(7)
        return tf.random.normal((2,))

    before = random_state.take()
    getattr(checks, exercise)(draws)
    assert random_state.changed(before, random_state.take()) is None


def test_an_error_in_keras_is_told_without_keras_s_own_words():
    from helpers.tf.quiet import keras

    class Broken(keras.Model):
        def call(self, z, training=False):
            return self.head(z)

    symptom = first_hint("generator", lambda latent_size: Broken())[1]
    assert symptom == (
        "Your code stopped on latent_size=16 with AttributeError: 'Broken' object has no attribute 'head' "
        "(in your line: return self.head(z))."
    )
    assert keras.config.is_traceback_filtering_enabled()
