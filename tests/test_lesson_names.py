"""tools/lesson_names.py: how a lesson may be named, and what is said of a name that means none."""

from pathlib import Path

import pytest
from lesson_names import UnknownLessonError, chosen

PATHS = [
    Path("solutions/00_start_here.ipynb"),
    Path("solutions/03_implementation.ipynb"),
    Path("solutions/04_demo.ipynb"),
]


@pytest.mark.parametrize("name", ["04", "4", "04_demo", "lessons/04_demo.py"])
def test_a_lesson_is_named_by_its_number_or_its_name(name):
    assert chosen(PATHS, [name]) == PATHS[2:]


def test_no_names_mean_all_lessons():
    assert chosen(PATHS, []) == PATHS


def test_lessons_come_in_their_own_order_and_once():
    assert chosen(PATHS, ["04", "0", "4"]) == [PATHS[0], PATHS[2]]


@pytest.mark.parametrize("name", ["99", "", "0", "demo", "04_dem", "004", "-4"])
def test_a_name_that_means_no_lesson_is_refused(name):
    with pytest.raises(UnknownLessonError) as error:
        chosen(PATHS[1:], [name])
    assert str(error.value) == f"No such lesson. Received: {name!r}. There is: 03_implementation, 04_demo."


def test_unknown_names_beside_a_known_one_are_refused_together():
    with pytest.raises(UnknownLessonError) as error:
        chosen(PATHS, ["99", "04", "x"])
    assert str(error.value) == (
        "No such lesson. Received: '99', 'x'. There is: 00_start_here, 03_implementation, 04_demo."
    )


def test_where_nothing_is_there_it_says_so():
    with pytest.raises(UnknownLessonError) as error:
        chosen([], ["04"])
    assert str(error.value) == "No such lesson. Received: '04'. There is: none."
