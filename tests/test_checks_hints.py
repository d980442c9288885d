"""helpers.checks.hints: three templates for each exercise and slug, filled with what was measured."""

from helpers.checks import hints
from helpers.checks.hints import common, lesson_01, lesson_05


def test_an_exercise_s_own_hints_come_first():
    assert hints.find("forward", "epsilon-outside-sqrt") == lesson_01.FORWARD["epsilon-outside-sqrt"]


def test_what_an_exercise_leaves_out_is_taken_from_the_general_ones():
    assert hints.find("update_moving", "modifies-input")[0] == common.HINTS["modifies-input"][0]
    assert hints.find("update_moving", "modifies-input")[1] == lesson_05.UPDATE_MOVING["modifies-input"][1]


def test_a_slug_that_an_exercise_does_not_list_sends_to_its_own_paragraph():
    assert hints.find("update_moving", "wrong-values")[2] == lesson_05.WHERE["update_moving"]


def test_what_was_measured_is_filled_in():
    filled = hints.filled("update_moving", "momentum-inverted", {"momentum": "0.9", "weight": "0.1"})
    assert filled[0] == "With momentum 0.9 the old value should keep the weight 0.9; in yours it has 0.1."


def test_where_nothing_could_be_measured_the_general_hint_takes_its_place():
    assert hints.filled("update_moving", "momentum-inverted", {})[0] == common.HINTS["momentum-inverted"][0]


def test_a_number_that_is_missing_everywhere_is_said_to_be():
    assert hints.filled("fold", "bias-not-scaled", {})[0].endswith(
        "With one the new bias is (not measured), and should be (not measured)."
    )


def test_a_zero_has_no_sign():
    facts = {"t": 0, "mean": "-0.00", "mean_due": "-0.07", "beta": "-0.5"}
    assert hints.filled("recurrent_inference", "missing-beta", facts)[0] == (
        "At t=0 the first feature has the mean 0.00, due is -0.07: `beta`, -0.5, is missing."
    )
