"""Latent walk: the way is an arc between two points, and the generator is asked for no more than is shown."""

import numpy as np
import pytest

from helpers.widgets import LatentWalk


class Generator:
    """16 numbers to a 4 x 4 image; counts the points that it was asked for."""

    def __init__(self):
        self.asked = 0

    def __call__(self, points):
        self.asked += len(points)
        return (0.5 + 0.5 * np.tanh(points)).reshape(-1, 4, 4, 1)


@pytest.fixture
def walk():
    return LatentWalk(Generator(), 16)


def test_the_ends_of_the_way_are_the_two_points(walk):
    walk.start.value, walk.end.value = 3, 8
    assert walk.path([0, 1]) == pytest.approx(walk.points[[3, 8]], abs=1e-6)


def test_halfway_is_as_far_from_0_as_the_ends_are(walk):
    ends = np.linalg.norm(walk.points[[0, 1]], axis=1)
    middle = np.linalg.norm(walk.path([0.5])[0])
    assert min(ends) * 0.9 < middle < max(ends) * 1.1


def test_the_way_from_a_point_to_itself_stands_still(walk):
    walk.end.value = 0
    assert np.ptp(walk.path([0, 0.3, 1]), axis=0).max() < 1e-6
    assert "differ by 0% of the scale from the start" in walk.text.value


def test_a_move_along_the_way_asks_for_one_image(walk):
    asked = walk._generate.asked
    walk.way.value = 70
    assert walk._generate.asked == asked + 1
    assert np.asarray(walk._big.get_array()) == pytest.approx(walk.images([0.7])[0])


def test_the_strip_shows_the_way_from_left_to_right(walk):
    strip = np.asarray(walk._strip.get_array())
    assert strip.shape == (4, 36)
    assert strip[:, :4] == pytest.approx(walk.images([0.0])[0])
    assert strip[:, -4:] == pytest.approx(walk.images([1.0])[0])


def test_a_generator_that_gives_no_images_is_refused():
    message = (
        r"^`generate` must give images \(N, height, width\) for N points, here N=1\. "
        r"Received: shape=\(1, 16\)\. Return one image for each point\.$"
    )
    with pytest.raises(ValueError, match=message):
        LatentWalk(lambda points: points, 16)


def test_an_error_of_the_generator_is_said_in_words(walk):
    def broken(points):
        raise RuntimeError("out of memory")

    walk._generate = broken
    walk.way.value = 10
    assert "RuntimeError: out of memory" in walk.problem.value
