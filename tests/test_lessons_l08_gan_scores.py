"""Scores of generated images: distances by hand, by SciPy and by hand-made collapses; digits counted."""

import re

import numpy as np
import pytest
import scipy.linalg

from helpers import data
from helpers.lessons.l08 import gan_scores
from helpers.lessons.l08.gan_scores import Distance, classes_covered, frechet_distance, shares


def covariance(rng, size):
    spread = rng.normal(size=(size, 3 * size))
    return spread @ spread.T / (3 * size)


def test_in_one_dimension_it_is_the_squared_difference_of_means_and_of_deviations():
    assert frechet_distance([1.0], [[4.0]], [4.0], [[9.0]]) == pytest.approx((4 - 1) ** 2 + (3 - 2) ** 2)


def test_diagonal_covariances_add_up_over_dimensions():
    due = (1 - 2) ** 2 + (5 - 3) ** 2
    assert frechet_distance([0, 0], np.diag([1, 25]), [0, 0], np.diag([4, 9])) == pytest.approx(due)


def test_it_agrees_with_scipy_s_matrix_root():
    rng = np.random.default_rng(0)
    (a, b), (u, v) = [covariance(rng, 6) for _ in range(2)], rng.normal(size=(2, 6))
    due = np.sum((u - v) ** 2) + np.trace(a + b - 2 * np.real(scipy.linalg.sqrtm(a @ b)))
    assert frechet_distance(u, a, v, b) == pytest.approx(due)


def test_it_is_symmetric_and_zero_between_equals():
    rng = np.random.default_rng(1)
    (a, b), mean = [covariance(rng, 4) for _ in range(2)], rng.normal(size=4)
    assert frechet_distance(mean, a, mean, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(mean, a, 2 * mean, b) == pytest.approx(frechet_distance(2 * mean, b, mean, a))


def test_covariances_without_full_rank_are_taken():
    assert frechet_distance([0, 0], np.zeros((2, 2)), [0, 0], [[1, 1], [1, 1]]) == pytest.approx(2)


def without_the_cross_term(mean_a, a, mean_b, b):
    return np.sum((mean_a - mean_b) ** 2) + np.trace(a) + np.trace(b)


def of_the_means_alone(mean_a, a, mean_b, b):
    return np.sum((mean_a - mean_b) ** 2)


def with_roots_of_the_elements(mean_a, a, mean_b, b):
    return np.sum((mean_a - mean_b) ** 2) + np.trace(a + b) - 2 * np.sqrt(np.abs(a @ b)).sum()


@pytest.mark.parametrize("wrong", [without_the_cross_term, of_the_means_alone, with_roots_of_the_elements])
def test_wrong_formulas_would_be_noticed(wrong):
    rng = np.random.default_rng(0)
    (a, b), (u, v) = [covariance(rng, 6) for _ in range(2)], rng.normal(size=(2, 6))
    assert wrong(u, a, v, b) != pytest.approx(frechet_distance(u, a, v, b), rel=0.05)


@pytest.fixture(scope="module")
def digits():
    return data.load()


def test_unseen_digits_are_near_and_one_class_is_far(digits):
    distance = Distance(digits.x_train)
    unseen = np.concatenate([digits.x_validation, digits.x_test])
    assert 0 < distance(unseen) < 0.1
    for digit in range(10):
        assert distance(digits.x_train[digits.y_train == digit]) > 10 * distance(unseen)


def test_the_same_pictures_turned_over_are_far_although_no_digit_is_missing(digits):
    assert Distance(digits.x_train)(digits.x_train[:, ::-1]) > 10 * Distance(digits.x_train)(digits.x_test)


def test_scaling_pixels_by_two_scales_the_distance_by_four(digits):
    near = Distance(digits.x_train)(digits.x_test)
    assert Distance(2 * digits.x_train - 1)(2 * digits.x_test - 1) == pytest.approx(4 * near)


def test_the_classifier_knows_digits_that_it_has_not_seen(digits):
    assert np.mean(gan_scores.classifier()(digits.x_test) == digits.y_test) > 0.97


def test_the_classifier_is_trained_once():
    assert gan_scores.classifier() is gan_scores.classifier()


def test_shares_are_of_all_ten_digits():
    assert shares([0, 0, 9, 4]).tolist() == [0.5, 0, 0, 0, 0.25, 0, 0, 0, 0, 0.25]


def test_a_digit_with_exactly_the_share_counts_and_one_below_does_not():
    labels = [0] * 1969 + [1] * 20 + [2] * 11
    assert classes_covered(labels[:1969] + labels[1969:]) == 2
    assert classes_covered(labels, share=0.005) == 3


def test_real_digits_cover_all_ten(digits):
    assert classes_covered(gan_scores.classifier()(digits.x_test)) == 10


def test_a_share_above_one_is_refused():
    message = "`share` must be between 0 and 1. Received: share=1.5. Pass a share such as 0.01."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        classes_covered([1, 2], share=1.5)
