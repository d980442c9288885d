"""helpers.checks.hints: three templates for each exercise and slug, filled with what was measured."""

import pytest

from helpers.checks import hints

COMMON = hints.read_file("common")


def test_an_exercise_s_own_hints_come_first():
    own = hints.read_exercise("forward")["epsilon-outside-sqrt"]
    assert hints.find("forward", "epsilon-outside-sqrt") == (own["symptom"], own["idea"], own["where"])


def test_what_an_exercise_leaves_out_is_taken_from_what_it_is_like_then_from_the_general_hints():
    network = hints.read_file("network")
    assert hints.find("generator", "bias-kept")[0] == network["bias-kept"]["symptom"]
    own = hints.read_exercise("update_moving")
    due = (COMMON["modifies-input"]["symptom"], own["modifies-input"]["idea"], own["where"])
    assert hints.find("update_moving", "modifies-input") == due


@pytest.mark.parametrize(
    ("exercise", "slug", "facts", "symptom"),
    [
        (
            "update_moving",
            "momentum-inverted",
            {"momentum": "0.9", "weight": "0.1"},
            "With momentum 0.9 the old value should keep the weight 0.9; in yours it has 0.1.",
        ),
        ("update_moving", "momentum-inverted", {}, COMMON["momentum-inverted"]["symptom"]),
        (
            "fold",
            "bias-not-scaled",
            {},
            "The layer without a bias folds correctly. With one the new bias is (not measured), and should be "
            "(not measured).",
        ),
        (
            "recurrent_inference",
            "missing-beta",
            {"t": 0, "mean": "-0.00", "mean_due": "-0.07", "beta": "-0.5"},
            "At t=0 the first feature has the mean 0.00, due is -0.07: `beta`, -0.5, is missing.",
        ),
    ],
    ids=["measured", "the general hint instead", "measured nowhere", "a zero has no sign"],
)
def test_what_was_measured_is_filled_in(exercise, slug, facts, symptom):
    assert hints.fill(exercise, slug, facts)[0] == symptom
