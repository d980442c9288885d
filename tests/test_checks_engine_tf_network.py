"""Small parts of the judgement about networks; the whole of it is tested by wrong answers."""

import numpy as np
import pytest

from helpers.checks.engine.core import Attempt, Diagnosed

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def network():
    from helpers.checks.engine import tf_network

    return tf_network


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (3, "of shape ()"),
        ([[1, 2, 3]], "of shape (1, 3)"),
        ([[1], [2, 3]], "of type list"),
        ({"loss": 1}, "of type dict"),
        ("0.5", "of type str"),
    ],
)
def test_what_was_received_is_put_in_words(network, value, words):
    assert network.in_words(value) == words


def test_a_tensor_has_a_shape(network):
    from helpers.tf.quiet import tf

    assert network.shape_of(tf.zeros((2, 5))) == (2, 5)


def test_an_array_that_the_submission_changes_is_a_side_effect(network):
    def doubles(model, x):
        x *= 2

    attempt = Attempt(doubles, "adapt", ("model", "images"))
    x = np.ones(3)
    network.call(attempt, object(), x)
    assert attempt.side_effect == ("modifies-input", {"name": "images"})
    np.testing.assert_array_equal(x, 1)


def test_a_model_reaches_the_submission_itself_and_not_as_a_copy(network):
    model = object()
    attempt = Attempt(lambda given: given is model, "freeze", ("model",))
    assert network.call(attempt, model) is True


def test_a_layer_instead_of_a_function_ends_the_check(network):
    from helpers.tf.quiet import keras

    with pytest.raises(Diagnosed) as diagnosed:
        network.require_function(Attempt(keras.layers.ReLU(), "generator", ()))
    assert diagnosed.value.slug == "raises"
    assert diagnosed.value.facts == {"hint": "not-callable", "received": "ReLU", "exercise": "generator"}


def test_images_are_bright_enough_to_leave_the_range_of_a_tanh(network):
    x = network.images(24, (8, 8))
    assert (x.shape, x.dtype) == ((24, 8, 8), np.float32)
    assert x.min() >= 0
    assert 2 < x.max() <= 3


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_an_activation_is_known_by_its_values_and_taken_for_no_other(network, name):
    from helpers.tf.quiet import keras

    values = np.asarray(keras.activations.get(name)(np.linspace(-4, 4, 41, dtype=np.float32)))
    assert [other for other, fits in network.IS_ACTIVATION.items() if fits(values)] == [name]


def test_values_that_passed_no_activation_are_taken_for_none(network):
    values = np.linspace(-4, 4, 41)
    assert not any(fits(values) for fits in network.IS_ACTIVATION.values())
