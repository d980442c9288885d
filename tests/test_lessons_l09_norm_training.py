"""Training with a chosen normalization: what is shared, what is chosen, and what is measured."""

import re

import numpy as np
import pytest

from helpers.lessons.l09 import norm_training
from helpers.lessons.l09.norm_training import Trained, sweep, train

TRAINED = {kind: train(kind, 8, size=size, rates=(0.03, 0.3), seeds=2, seen=400) for kind, size in
           (("batch", None), ("ghost", 4), ("group", 4), ("layer", None))}  # fmt: skip


@pytest.mark.parametrize("kind", TRAINED)
def test_every_normalization_learns(kind):
    assert TRAINED[kind].test.shape == (2, 2)
    assert (TRAINED[kind].exact_test[:, 1] > 0.4).all()


def test_a_rate_is_scaled_in_proportion_to_the_batch():
    stack = norm_training.initial((0,), (0.03, 0.3))
    digits = norm_training.images((0,))
    order = norm_training.batches((0,), 1260, 8, 10)
    norm_training.follow(stack, order, *digits.train, np.array([0.03, 0.3]) / 4)
    ours = train("batch", 8, rates=(0.03, 0.3), seeds=1, seen=80).stack
    np.testing.assert_allclose(ours.layers[0]["kernel"], stack.layers[0]["kernel"], atol=1e-6)


def test_a_ghost_batch_of_the_whole_batch_is_batch_normalization():
    whole = train("ghost", 8, size=8, rates=(0.1,), seeds=1, seen=80).stack
    np.testing.assert_allclose(
        whole.layers[0]["kernel"],
        train("batch", 8, rates=(0.1,), seeds=1, seen=80).stack.layers[0]["kernel"],
        atol=1e-5,
    )


def test_a_batch_of_one_leaves_the_first_kernel_where_it_was():
    before = norm_training.initial((0,), (0.1,)).layers[0]["kernel"]
    after = train("batch", 1, rates=(0.1,), seeds=1, seen=50).stack.layers[0]["kernel"]
    np.testing.assert_array_equal(after, before)


def test_layer_normalization_needs_no_exact_statistics():
    np.testing.assert_array_equal(TRAINED["layer"].test, TRAINED["layer"].exact_test)


def test_the_rate_is_chosen_on_validation_data_and_by_the_median():
    validation = np.array([[0.9, 0.8, 0.0], [0.9, 0.95, 1.0], [0.1, 0.95, 1.0]])
    trained = Trained((1, 2, 3), validation, validation + 10, validation[:, ::-1], validation + 20, stack=None)
    assert trained.at_best().tolist() == [10.0, 11.0, 11.0]
    assert trained.at_best(exact=True).tolist() == [20.9, 20.9, 20.1]


def test_a_rate_that_explodes_is_measured_as_wrong():
    with np.errstate(all="raise"):
        lost = train("layer", 4, rates=(1e12,), seeds=1, seen=80)
    assert lost.test[0, 0] <= 0.2


def test_a_sweep_gives_what_single_calls_give_in_the_order_asked_for():
    settings = {"b": {"kind": "layer", "batch_size": 8}, "a": {"kind": "batch", "batch_size": 4}}
    found = sweep(settings, rates=(0.1,), seeds=1, seen=40)
    assert list(found) == ["b", "a"]
    np.testing.assert_array_equal(found["a"].test, train("batch", 4, rates=(0.1,), seeds=1, seen=40).test)


def test_a_batch_larger_than_what_is_seen_is_refused():
    message = "`seen` must be at least 64. Received: seen=10. Pass how many images are seen in all, such as 5000."
    with pytest.raises(ValueError, match=re.escape(message)):
        train("batch", 64, seen=10)
