"""The doctor's judgement on measured facts, without any model: one fact a test."""

import json
import re

import numpy as np
import pytest

from helpers.course.lessons import LESSONS
from helpers.doctor import batches as data
from helpers.doctor.facts import Facts, Norm, distances
from helpers.doctor.findings import FINDINGS, judge, texts
from helpers.doctor.report import Report


def norm(**changes):
    """A healthy layer of two features, means 1 and 2, variances 4 and 9, measured exactly."""
    settings = {
        "axis": -1,
        "momentum": 0.9,
        "gamma": np.array([1.0, 0.5]),
        "beta": np.array([0.0, 0.1]),
        "moving_mean": np.array([1.0, 2.0]),
        "moving_variance": np.array([4.0, 9.0]),
        "mean": np.array([1.0, 2.0]),
        "variance": np.array([4.0, 9.0]),
        "shape": (32, 2),
        "noise": 0.1,
        "by_batch": True,
        "moved": True,
        "decays": [],
    }
    return Norm("norm", "BatchNormalization", **settings | changes)


def names(*norms, **facts):
    return [one.name for one in judge(Facts(list(norms), images=64, batch_size=32, mates_differ=0.0, **facts))]


START = {"moving_mean": np.zeros(2), "moving_variance": np.ones(2)}
LATE = {"moving_mean": np.array([0.5, 1.0]), "moving_variance": np.array([2.5, 5.0])}
"""Half way between the start and the data's statistics."""
GOOD, BAD = np.arange(64) >= 4, np.arange(64) >= 40


def test_nothing_is_found_in_a_healthy_layer():
    assert names(norm()) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (START, "missing-training-flag"),
        (START | {"moved": False}, "moving-not-updated"),
        (START | {"moved": False, "by_batch": False}, "moving-not-updated"),
        (START | {"trainable": False, "moved": False, "kernel_trainable": True}, "frozen-wrongly"),
        (LATE, "statistics-lag"),
        (LATE | {"momentum": 0.999}, "momentum-near-one"),
        ({"moving_mean": np.array([-4.0, 9.0])}, "statistics-off"),
        ({"moving_variance": np.array([40.0, 90.0])}, "statistics-off"),
        ({"momentum": 0.1}, "momentum-inverted"),
        ({"unusable": 1}, "memory-not-finite"),
        ({"memory_dtype": "float16"}, "half-precision-statistics"),
        ({"moved_at_inference": True}, "moving-updated-at-inference"),
        ({"noise": 0.6}, "batch-too-small"),
        ({"kernel_trainable": False}, "frozen-layer-updates"),
        ({"in_optimizer": False}, "trainable-changed"),
        ({"decays": ["gamma"]}, "decays-gamma-beta"),
        ({"shape": (32, 8, 2), "axis": 1, "features_axis": -1}, "axis-not-features"),
        ({"behind_output": True}, "after-output"),
        ({"activated_before": "conv", "activated_after": "relu"}, "activated-twice"),
        ({"straight_to": "dense"}, "activation-missing"),
        ({"bias": "conv"}, "bias-kept"),
        ({"gamma": np.zeros(2)}, "gamma-dead"),
        ({"variance": np.full(2, 1e-5), "mean": None}, "variance-below-epsilon"),
    ],
)
def test_a_fault_of_a_layer_is_found_and_nothing_else(changes, found):
    assert names(norm(**changes)) == [found]


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"trainable": False, "moved": False, "kernel_trainable": False}, {}),  # a base that is frozen whole
        (
            {"trainable": False, "moved": False, "kernel_trainable": True},
            {},
        ),  # fine-tuning by the remembered statistics
        ({"moved": False, "by_batch": False}, {}),  # the same by base(x, training=False)
        ({"activated_after": "relu"}, {}),
        ({"gamma": None, "beta": None}, {}),
        ({"moving_mean": np.array([1.2, 2.0])}, {}),  # a tenth of a standard deviation
        ({"moving_mean": np.array([2.4, 2.0]), "error": 1.0}, {}),  # what chance accounts for
        ({}, {"right_by_memory": BAD, "right_by_batch": BAD}),
        ({}, {"output_gap": 0.2}),
        # of many features one is constant, and its memory, which began at 1, is 0.005: PyTorch's epsilon is small
        (
            {name: np.r_[np.full(31, 4.0), end] for name, end in (("variance", 0.0), ("moving_variance", 0.005))}
            | {"mean": np.ones(32), "moving_mean": np.ones(32), "epsilon": 1e-5},
            {},
        ),
    ],
)
def test_what_people_do_on_purpose_is_no_fault(changes, facts):
    assert names(norm(**changes), **facts) == []


def test_a_lost_memory_is_told_from_one_never_written_by_the_accuracies():
    assert names(norm(**START), right_by_memory=BAD, right_by_batch=GOOD) == [
        "restored-without-moving-statistics",
        "mode-gap",
    ]
    assert names(norm(**START), right_by_memory=GOOD, right_by_batch=BAD) == ["missing-training-flag", "mode-gap"]


def test_a_difference_of_accuracies_that_chance_explains_is_none():
    apart = np.arange(64) >= 7  # 3 images of 64, all in one direction: less than twice the root of 3
    assert names(norm(), right_by_memory=apart, right_by_batch=GOOD) == []


def test_outputs_that_differ_between_the_modes_are_a_gap_unless_the_batches_are_small():
    assert names(norm(), output_gap=0.9) == ["mode-gap"]
    assert names(norm(noise=0.6), output_gap=0.9) == ["batch-too-small"]


def test_batch_mates_that_matter_at_inference_are_found():
    found = judge(Facts([norm()], mates_differ=0.1))
    assert [(one.name, one.layer, one.number, one.sure) for one in found] == [
        ("batch-statistics-at-inference", "model", 0.1, "certain")
    ]


def test_a_memory_that_is_half_way_holds_half_of_its_start():
    assert norm(**LATE).share_of_start() == pytest.approx((0.5, 1.0))


def test_enough_steps_rule_out_that_a_memory_is_late():
    assert names(norm(**START | {"moving_mean": np.array([0.01, 0.02])}), iterations=20) == ["statistics-lag"]
    assert names(norm(**START | {"moving_mean": np.array([0.01, 0.02])}), iterations=1000) == ["statistics-off"]


def test_distances_are_in_standard_deviations_and_logarithms():
    mean, variance = distances(np.array([1.0]), np.array([8.0]), np.array([0.0]), np.array([4.0]), 0.0)
    assert (mean[0], variance[0]) == pytest.approx((0.5, np.log(2)))


def test_every_finding_has_its_words_and_a_lesson_that_exists():
    numbers = {lesson.name[:2] for lesson in LESSONS}
    assert set(texts()) == {"report", *FINDINGS}
    for name in FINDINGS:
        assert set(texts()[name]) - {"torch"} == {"symptom", "why", "cure", "lesson"}, name
        assert set(texts()[name].get("torch", ())) <= {"symptom", "why", "cure"}, name
        assert texts()[name]["lesson"] in numbers, name


def report(*norms, **facts):
    made = Facts(list(norms), images=64, batch_size=32, mates_differ=0.0, **facts)
    return Report(judge(made), made)


def test_a_healthy_report_says_so_and_what_was_not_looked_at():
    healthy = report(norm(), not_looked_at=["accuracy"], others=[("ln", "LayerNormalization")])
    assert str(healthy).splitlines() == [
        "Nothing found. Batch normalization layers: 1, images: 64.",
        "",
        "Keep no memory, so there is nothing to compare: ln (LayerNormalization).",
        "Not looked at:",
        "  accuracy",
    ]
    assert healthy.exit_code == 0


def test_a_report_names_symptom_cause_cure_and_lesson():
    ill = report(norm(momentum=0.1), norm(momentum=0.2))
    assert str(ill).splitlines()[:3] == [
        "1 finding. Batch normalization layers: 2, images: 64.",
        "",
        "momentum-inverted (certain, in 2 layers)",
    ]
    assert re.findall(r"^  (.*?):", str(ill), re.M) == ["why", "you see", "cure", "lesson"]
    assert ill.exit_code == 1


def test_a_report_is_json_even_where_a_number_is_not_finite():
    ill = report(norm(momentum=0.1), norm(noise=np.inf))
    assert [one["number"] for one in json.loads(json.dumps(ill.to_dict()))["findings"]] == [0.1, None]


def test_a_notebook_gets_the_text_and_a_picture():
    shown = report(norm(momentum=0.1))._repr_html_()
    assert "momentum-inverted" in shown
    assert shown.count('src="data:image/png;base64,') == 1


def test_an_array_is_taken_32_rows_at_a_time_and_says_nothing_of_batches():
    given, size = data.pairs(np.zeros((70, 3)), np.arange(70))
    assert [(len(x), y[0]) for x, y in given] == [(32, 0), (32, 32), (6, 64)]
    assert size is None


def test_batches_bring_their_labels_and_their_size():
    given, size = data.pairs(iter([(np.zeros((4, 2)), np.ones(4)), (np.zeros((2, 2)), np.ones(2), np.ones(2))]))
    assert [(x.shape, y.sum()) for x, y in given] == [((4, 2), 4), ((2, 2), 2)]
    assert size == 4


def test_several_inputs_are_a_dict():
    given, size = data.pairs([{"a": np.zeros((5, 1)), "b": np.zeros((5, 2))}])
    assert size == 5
    assert [sorted(x) for x, _ in given] == [["a", "b"]]


def test_labels_and_images_of_different_numbers_are_refused():
    given, _ = data.pairs(np.zeros((4, 2)), np.zeros(5))
    with pytest.raises(
        ValueError, match=r"`labels` must hold one label for each image. Received: len\(labels\)=5, and 4"
    ):
        list(given)


def test_what_is_no_batch_is_refused():
    with pytest.raises(TypeError, match=r"`batches` must be an array of inputs, or a list of batches. Received: "):
        data.pairs(7)
