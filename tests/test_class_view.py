"""The class view: counts of those who agreed, names of those who said so, and nothing that a learner can smuggle in."""

import json
import os
import sys
from types import SimpleNamespace

import pytest

if sys.platform != "linux":
    pytest.skip("the hub, whose homes are read, is for Linux", allow_module_level=True)

from hub import accounts, class_view


def entry(passed=False, **failures):
    counts = {slug.replace("_", "-"): count for slug, count in failures.items()}
    return {"passed": passed, "attempts": 1, "failures": counts, "last": None, "in_a_row": 0}


@pytest.fixture
def room(tmp_path, monkeypatch):
    """room(name, share, exercises) makes a learner's home; room.view() is what the instructor sees."""
    users = {}

    def learner(name, share, exercises):
        folder = tmp_path / name / ".local" / "share" / "batchnorm-course"
        folder.mkdir(parents=True)
        if share is not None:
            (folder / "consent.json").write_text(json.dumps({"version": 1, "share": share}))
        (folder / "progress.json").write_text(json.dumps({"version": 1, "exercises": exercises}))
        users[name] = SimpleNamespace(pw_dir=str(tmp_path / name), pw_uid=os.getuid())
        return folder

    monkeypatch.setattr(accounts, "learners", lambda layout: users)
    learner.view = lambda: class_view.collect(None)
    return learner


def test_passed_and_tried_are_counted_and_the_commonest_diagnosis_is_that_of_most_learners(room):
    room("ana", "counts", {"forward": entry(True, wrong_axis=9)})
    room("ben", "counts", {"forward": entry(False, unbiased_variance=1, missing_beta=1)})
    room("cem", "counts", {"forward": entry(True, unbiased_variance=1)})
    assert room.view().as_dict() == {
        "learners": 3,
        "sharing": 3,
        "exercises": [{"exercise": "forward", "tried": 3, "passed": 2, "diagnosis": "unbiased-variance", "got_it": 2}],
        "named": [],
    }


def test_those_who_did_not_agree_are_not_counted_and_their_record_is_not_opened(room, monkeypatch):
    for name, share in (("ana", None), ("ben", "yes"), ("cem", True), ("dee", ["counts"])):
        room(name, share, {"forward": entry(True)})
    opened, real = [], class_view.read_json
    monkeypatch.setattr(class_view, "read_json", lambda home, uid, name: opened.append(name) or real(home, uid, name))
    view = room.view()
    assert (view.learners, view.sharing, view.lines, view.named) == (4, 0, (), ())
    assert set(opened) == {"consent.json"}


def test_fewer_than_three_show_no_counts(room):
    for name in ("ana", "ben"):
        room(name, "counts", {"forward": entry(True)})
    assert (room.view().sharing, room.view().lines) == (2, ())
    room("cem", "counts", {"forward": entry(True)})
    assert len(room.view().lines) == 1


def test_only_who_agreed_to_it_is_named(room):
    room("ana", "counts", {"forward": entry(True)})
    room("ben", "counts and name", {"forward": entry(True), "backward": entry(False)})
    room("cem", "counts", {"forward": entry(True)})
    assert room.view().named == (("ben", 1),)
    assert "ana" not in str(room.view())


def test_exercises_stand_in_the_order_of_the_course(room):
    for name in ("ana", "ben", "cem"):
        room(name, "counts", {"capstone": entry(), "standardize": entry(), "backward": entry()})
    assert [line.exercise for line in room.view().lines] == ["standardize", "backward", "capstone"]


def test_not_attempted_is_no_diagnosis(room):
    for name in ("ana", "ben", "cem"):
        room(name, "counts", {"forward": entry(False, not_attempted=5)})
    assert room.view().lines[0].diagnosis is None


def test_names_that_the_course_does_not_know_do_not_appear(room):
    for name in ("ana", "ben", "cem"):
        entries = {
            "<script>": entry(True),
            "forward": {"passed": "yes", "failures": {"secret code": 1, "wrong-axis": 1}},
        }
        room(name, "counts", entries)
    (line,) = room.view().lines
    assert (line.exercise, line.passed, line.diagnosis, line.got_it) == ("forward", 0, "wrong-axis", 3)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"exercises": 3}', '{"exercises": {"forward": 3}}', "[" * 100_000])
def test_a_damaged_record_counts_as_an_empty_one(room, content):
    (room("ana", "counts", {}) / "progress.json").write_text(content)
    assert (room.view().sharing, room.view().lines) == (1, ())


def test_a_link_to_somebody_elses_record_is_not_followed(room, tmp_path):
    ben = room("ben", None, {"forward": entry(True)})
    ana = room("ana", "counts and name", {})
    (ana / "progress.json").unlink()
    (ana / "progress.json").symlink_to(ben / "progress.json")
    assert room.view().named == (("ana", 0),)
    ana.rename(tmp_path / "moved")
    ana.symlink_to(ben)  # the folder itself
    assert room.view().sharing == 0


def test_a_file_of_another_user_is_not_counted(room, monkeypatch):
    folder = room("ana", "counts", {})
    home = str(folder.parents[2])
    assert class_view.read_json(home, os.getuid(), "consent.json") == {"version": 1, "share": "counts"}
    assert class_view.read_json(home, os.getuid() + 1, "consent.json") is None


def test_a_pipe_does_not_hold_the_view_up(room):
    folder = room("ana", "counts", {})
    (folder / "progress.json").unlink()
    os.mkfifo(folder / "progress.json")
    assert room.view().sharing == 1


def test_a_huge_file_is_not_read(room):
    folder = room("ana", None, {})
    padding = " " * class_view.LARGEST
    (folder / "consent.json").write_text(json.dumps({"share": "counts"}) + padding)
    assert room.view().sharing == 0


def test_the_page_shows_the_counts_and_escapes_what_it_shows(room):
    class_service = pytest.importorskip("hub.class_service", reason="needs JupyterHub, of the extra `hub`")
    lines = (class_view.Line("forward", 5, 4, "wrong-axis", 3), class_view.Line("backward", 3, 0, None, 0))
    page = class_service.render(class_view.ClassView(9, 5, lines, (("<b>", 2),)))
    assert "5 of 9 learners share their results." in page
    assert "<td>forward</td><td>5</td><td>4</td><td>wrong-axis (3)</td>" in page
    assert "<td>backward</td><td>3</td><td>0</td><td>–</td>" in page
    assert "<li>&lt;b&gt;: 2 passed</li>" in page
