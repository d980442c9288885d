"""The learner's record: what it counts, and that no failure of the file reaches a check."""

import errno
import json
import os
import subprocess
import sys
import warnings

import pytest

from helpers.course import progress, record_file


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path / "home"))
    progress._unsaved.clear()
    return tmp_path / "home"


def sentence(function, *arguments):
    """What the function returns, and the one sentence of warning that it gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = function(*arguments)
    assert [w.category for w in caught] == [UserWarning]
    return value, str(caught[0].message)


def test_a_new_learner_has_passed_and_tried_nothing(home):
    assert (progress.passed(), progress.attempts("forward"), progress.failures("forward")) == (set(), 0, 0)
    assert not home.exists()


def test_failures_in_a_row_count_only_while_the_diagnosis_stays_the_same():
    said = ["wrong-axis", "wrong-axis", "unbiased-variance", "wrong-axis", "wrong-axis", "wrong-axis"]
    assert [progress.record("forward", False, slug) for slug in said] == [1, 2, 1, 1, 2, 3]


def test_where_nbgrader_grades_nothing_is_read_or_written(home, monkeypatch):
    progress.record("forward", True)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert [progress.record("backward", False, "sum-not-mean") for _ in range(3)] == [1, 1, 1]
    assert progress.passed() == set()
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")  # its button for learners
    assert (progress.passed(), progress.attempts("backward")) == ({"forward"}, 0)


def test_another_exercise_in_between_does_not_break_the_row():
    progress.record("forward", False, "wrong-axis")
    progress.record("backward", False, "sum-not-mean")
    assert progress.record("forward", False, "wrong-axis") == 2


def test_passing_returns_0_ends_the_row_and_stays():
    progress.record("forward", False, "wrong-axis")
    assert progress.record("forward", True) == 0
    assert progress.record("forward", False, "wrong-axis") == 1
    assert progress.passed() == {"forward"}


def test_attempts_and_failures_are_counted_by_exercise_and_diagnosis():
    for slug in ("wrong-axis", "missing-beta", "wrong-axis", None):
        progress.record("forward", False, slug)
    progress.record("forward", True)
    assert progress.attempts("forward") == 5
    assert (progress.failures("forward"), progress.failures("forward", "wrong-axis")) == (4, 2)
    assert progress.failures("forward", "unbiased-variance") == 0


def test_the_record_outlives_the_process(home):
    code = "from helpers.course import progress; print(progress.record('forward', False, 'wrong-axis'))"
    out = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(3)]
    assert out == ["1\n", "2\n", "3\n"]
    assert progress.attempts("forward") == 3


def test_without_the_variable_the_record_is_in_the_platforms_data_folder(monkeypatch, tmp_path):
    import platformdirs

    monkeypatch.delenv("BATCHNORM_COURSE_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    expected = platformdirs.user_data_path("batchnorm-course", appauthor=False) / "progress.json"
    assert progress.path() == expected


@pytest.mark.parametrize("damage", ["", "{", "[]", "3", '{"exercises": 7}', '{"version": 1}', "\x00\x00"])
def test_a_damaged_file_is_renamed_and_a_new_record_begins(home, damage):
    home.mkdir()
    (home / "progress.json").write_text(damage)
    value, said = sentence(progress.record, "forward", False, "wrong-axis")
    kept = home / "progress.damaged-1.json"
    assert value == 1
    assert said == (
        f"Your progress file was damaged: it is now {str(kept)!r}, "
        "and a new one begins with the 0 exercises that could be read."
    )
    assert kept.read_text() == damage
    assert progress.attempts("forward") == 1


BAD = [
    {},
    {"passed": 1, "attempts": 1, "failures": {}, "last": None, "in_a_row": 0},
    {"passed": True, "attempts": -1, "failures": {}, "last": None, "in_a_row": 0},
    {"passed": True, "attempts": 1, "failures": {"wrong-axis": "2"}, "last": None, "in_a_row": 0},
    {"passed": True, "attempts": 1, "failures": [], "last": None, "in_a_row": 0},
    {"passed": True, "attempts": 1, "failures": {}, "last": 4, "in_a_row": 0},
]


@pytest.mark.parametrize("entry", BAD)
def test_one_damaged_exercise_costs_only_itself(home, entry):
    progress.record("forward", True)
    content = json.loads((home / "progress.json").read_text())
    content["exercises"]["backward"] = entry
    (home / "progress.json").write_text(json.dumps(content))
    value, said = sentence(progress.passed)
    assert value == {"forward"}
    assert said.endswith("and a new one begins with the 1 exercises that could be read.")
    assert progress.attempts("backward") == 0
    assert json.loads((home / "progress.damaged-1.json").read_text()) == content


def test_other_files_in_the_folder_are_left_alone(home):
    home.mkdir()
    (home / "notes.txt").write_text("mine")
    (home / "progress.json").write_text("{")
    sentence(progress.record, "forward", True)
    assert (home / "notes.txt").read_text() == "mine"


def test_a_full_disk_is_one_sentence_and_the_row_is_still_counted(home, monkeypatch):
    progress.record("forward", False, "wrong-axis")

    def full(path, value):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(record_file, "write", full)
        value, said = sentence(progress.record, "forward", False, "wrong-axis")
        assert value == 2
        assert said == (
            f"Your progress could not be stored in {str(home / 'progress.json')!r} (No space left on device): "
            "it counts until this notebook is closed. "
            "Make room there, or set BATCHNORM_COURSE_HOME to a folder that can be written."
        )
        assert sentence(progress.record, "forward", False, "wrong-axis")[0] == 3
        assert progress.attempts("forward") == 3


def test_when_there_is_room_again_nothing_that_was_counted_is_lost(home, monkeypatch):
    def full(path, value):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(record_file, "write", full)
        sentence(progress.record, "forward", True)
    progress.record("backward", False, "sum-not-mean")
    assert json.loads((home / "progress.json").read_text())["exercises"].keys() == {"forward", "backward"}
    assert progress._unsaved == {}


def test_a_home_that_is_a_file_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path / "file"))
    value, said = sentence(progress.record, "forward", True)
    assert value == 0
    assert said.startswith(f"Your progress could not be stored in {str(tmp_path / 'file' / 'progress.json')!r} (")
    assert progress.passed() == {"forward"}


AS_AN_ORDINARY_USER = """
import os, sys
from helpers.course import progress

progress.record("backward", True)  # brings in what is imported late, while this checkout can be read
os.environ["BATCHNORM_COURSE_HOME"] = sys.argv[1]
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print(progress.record("forward", False, "wrong-axis"))
"""


# Windows is not left without: there, as everywhere, a home that is a file stands for one that cannot be written.
@pytest.mark.skipif(os.name != "posix", reason="on Windows a folder marked as read-only can be written all the same")
def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o555)
    command = [sys.executable, "-c", AS_AN_ORDINARY_USER, str(tmp_path / "locked" / "home")]
    environment = os.environ | {"BATCHNORM_COURSE_HOME": str(tmp_path / "open"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout == "1\n", done.stderr
    assert done.stderr.count("UserWarning: Your progress could not be stored") == 1


def test_a_file_that_cannot_be_read_is_one_sentence_and_is_not_overwritten(home):
    (home / "progress.json").mkdir(parents=True)
    value, said = sentence(progress.passed)
    assert value == set()
    assert said.startswith(f"Your progress could not be read from {str(home / 'progress.json')!r} (")
    assert sentence(progress.record, "forward", False, "wrong-axis")[0] == 1
