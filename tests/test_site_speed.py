"""The section on speed, from a bench.json of a few rows."""

import pytest
from sitebuild import speed

MACHINE = {"cores": 2, "processor": "P", "system": "Linux", "python": "3.11", "numpy": "2.4"}
FAST = {"group": "training", "name": "one | fit", "unit": "x", "median": 9.78, "min": 8.0, "max": 10.7, "repeats": 5}
SLOW = FAST | {"name": "many", "aim": "at least 12", "met": False, "note": "3 against 4"}
SMALL = {"group": "fresh", "name": "memory", "unit": "MB", "median": 1204.4, "min": 1204.4, "max": 1204.4, "repeats": 1}
SMALL |= {"aim": "at most 1500", "met": True}


@pytest.fixture
def text():
    return speed.section({"machine": MACHINE, "rows": [FAST, SLOW, SMALL]})


def test_it_says_where_and_how_often_was_measured(text):
    assert "Each figure is a median of 5," in text
    assert "Measured on 2 cores\n(P, Linux), Python 3.11, NumPy 2.4" in text


def test_the_aims_that_are_missed_are_named_with_how_far_they_were_reached(text):
    assert "1 of 2 aims are met; missed:\n\n- training, many: 9.78x, at least 12 asked\n" in text


def test_each_group_is_a_table(text):
    assert text.index("### Training\n") < text.index("### Fresh\n")
    assert "| one \\| fit | 9.78x | 8x – 10.7x |  |  |" in text
    assert "| many | 9.78x | 8x – 10.7x | at least 12: **missed** | 3 against 4 |" in text


def test_a_figure_measured_once_has_no_spread(text):
    assert "| memory | 1,204 MB |  | at most 1500: met |  |" in text


def test_no_aim_is_missed_where_all_are_met():
    assert "1 of 1 aims are met.\n" in speed.section({"machine": MACHINE, "rows": [FAST, SMALL]})
