"""Progress map: boxes, arrows and circles are the course's, and the record is read again when asked."""

import io

import numpy as np
import pytest
from matplotlib import image

from helpers.course import progress
from helpers.course.lessons import EXERCISES, LESSONS
from helpers.widgets import ProgressMap
from helpers.widgets.progress_map import WIDTH


@pytest.fixture
def own_record(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path))


def filled(shown):
    return len(shown._filled.get_xdata())


def test_there_is_a_box_for_each_lesson_and_a_circle_for_each_exercise():
    shown = ProgressMap([])
    assert list(shown._places) == [lesson.number for lesson in LESSONS]
    assert list(shown._circles) == list(EXERCISES)
    assert len(set(shown._circles.values())) == len(EXERCISES)


def test_a_circle_is_filled_for_each_exercise_that_is_passed():
    assert filled(ProgressMap([])) == 0
    assert filled(ProgressMap(["standardize", "forward", "of_another_version"])) == 2
    assert filled(ProgressMap(EXERCISES)) == len(EXERCISES)


def test_look_again_reads_the_record_again(own_record):
    shown = ProgressMap()
    assert filled(shown) == 0
    progress.record("standardize", True)
    shown.again.click()
    assert filled(shown) == 1
    assert f"1 of {len(EXERCISES)} exercises passed. Next: forward, in lesson 01." in shown.text.value


def test_the_chosen_lessons_arrows_are_drawn_and_no_others():
    shown = ProgressMap([])
    shown.lesson.value = "11"
    assert {way for way, arrow in shown._ways.items() if arrow.get_visible()} == {("03", "11"), ("05", "11")}


def test_the_text_says_what_a_lesson_builds_on_and_what_is_open():
    shown = ProgressMap(["add_batchnorm"])
    shown.lesson.value = "03"
    assert "builds on 01. Exercises: add_batchnorm (passed), training_step (open)" in shown.text.value


@pytest.fixture(scope="module")
def drawn():
    """The map, its picture as it comes, and its pictures with each lesson chosen."""
    shown = ProgressMap([])
    pictures = [shown.picture.value]
    for lesson in LESSONS:
        shown.lesson.value = lesson.number
        pictures.append(shown.picture.value)
    return shown, [image.imread(io.BytesIO(picture)) for picture in pictures]


@pytest.mark.parametrize("number", [lesson.number for lesson in LESSONS])
def test_no_arrow_crosses_the_box_of_a_lesson(drawn, number):
    shown, pictures = drawn
    x, y = shown._places[number]
    corners = [(x - 0.35, y - 0.27), (x + 0.35, y + 0.27)]  # the box, its outline left out
    (left, bottom), (right, top) = shown.canvas.figure.axes[0].transData.transform(corners).round().astype(int)
    before, *chosen = [picture[len(picture) - top : len(picture) - bottom, left:right] for picture in pictures]
    assert (before[..., :3] < 0.5).any(axis=-1).sum() > 20  # the name is in it
    for pixels in chosen:
        np.testing.assert_array_equal(pixels, before)


def test_an_arrow_within_a_column_goes_past_the_box_between_not_behind_it():
    shown = ProgressMap([])
    for way, over in ((("03", "05"), "04"), (("06", "08"), "07")):
        path = shown._ways[way].get_path()
        middle = path.interpolated(50).vertices
        edge = shown._places[over][0] - WIDTH / 2
        assert middle[:, 0].min() < edge - 0.03
