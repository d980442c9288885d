"""Mutation testing: which mutants are tried, that each is tried once and by itself, and what is kept of it."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import mutation
import mutation_fork
import mutation_tools
import pytest
from test_trust import ABOUT, BARE

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("m0", "m1", "m2")


def pretended(asked):
    """A tool by which `m2` survives and every other mutant of `NAMES` is killed; keeps what it was asked to try."""

    def run(subject, folder):
        names = subject.chosen(NAMES)
        asked.append(names)
        changes = {"m2": "c -> d"} if "m2" in names else {}
        return 300, {name: name != "m2" for name in names}, changes

    return run


def test_a_sample_is_the_same_each_time_and_whatever_the_order():
    names = [f"mutant {i}" for i in range(500)]
    sample = mutation.chosen(names, 100)
    assert len(set(sample)) == 100
    assert mutation.chosen(reversed(names), 100) == sample
    assert mutation.chosen(names[:50], 100) == sorted(names[:50])


def test_a_change_is_one_line_of_was_and_now():
    diff = "--- a.py\n+++ b.py\n@@ -1 +1 @@\n def f():\n-    return 1\n+    return 2\n"
    assert mutation_tools._change(diff) == "return 1 -> return 2"


def test_each_subject_names_files_that_are_there():
    for subject in mutation.SUBJECTS.values():
        assert subject.tests
        assert [name for name in (*subject.sources, *subject.tests) if not (ROOT / name).exists()] == []


def test_a_reason_is_found_by_the_change():
    change = "m = dy.size // dy.shape[axis] -> m = dy.size / dy.shape[axis]"
    known, unknown = mutation.explained("batchnorm", {"a": change.replace(" -> ", "  -> "), "b": "x -> y"})
    assert known["why"].startswith("The number of values divides")
    assert unknown["why"] is None


def test_only_the_named_mutants_are_tried_where_some_are_named():
    subject = mutation.Subject(("a.py",), ("test_a.py",), mutation.MUTMUT, 1, only=("m3", "m1", "gone"))
    assert subject.chosen(["m1", "m2", "m3"]) == ["m1", "m3"]


def test_what_is_killed_the_second_time_is_added_to_what_was_killed_before(monkeypatch):
    asked = []
    monkeypatch.setattr(mutation, "with_mutmut", pretended(asked))
    monkeypatch.setattr(mutation, "copied", lambda folder: None)
    survivors = [{"name": "m1", "change": "a -> b"}, {"name": "m2", "change": "c -> d"}]
    earlier = {"tool": "mutmut==3", "mutants": 300, "tried": 100, "killed": 98, "survivors": survivors} | ABOUT
    part = mutation.tried("checks", mutation.SUBJECTS["checks"], earlier)
    assert asked == [["m1", "m2"]]
    assert (part["tried"], part["killed"], part["commit"]) == (100, 99, "abc")
    assert part["survivors"] == [{"name": "m2", "change": "c -> d", "why": None}]
    assert (part["again"]["tried"], part["again"]["killed"]) == (2, 1)
    assert part["again"]["command"] == "tools/mutation.py checks --again"


def test_parts_side_by_side_try_each_mutant_once(monkeypatch):
    asked = []
    monkeypatch.setattr(mutation, "with_mutmut", pretended(asked))
    monkeypatch.setattr(mutation, "copied", lambda folder: None)
    part = mutation.tried("checks", replace(mutation.SUBJECTS["checks"], only=NAMES), jobs=2)
    assert sorted(asked) == [["m0", "m2"], ["m1"]]
    assert (part["mutants"], part["tried"], part["killed"]) == (300, 3, 2)
    assert part["survivors"] == [{"name": "m2", "change": "c -> d", "why": None}]


def test_mutants_that_are_not_there_are_an_error(monkeypatch):
    monkeypatch.setattr(mutation, "with_mutmut", pretended([]))
    monkeypatch.setattr(mutation, "copied", lambda folder: None)
    with pytest.raises(SystemExit) as error:
        mutation.tried("checks", replace(mutation.SUBJECTS["checks"], only=("gone",)))
    assert str(error.value) == "No mutant was tried: the names of those asked for are not among the mutants."


def test_survivors_of_other_sources_are_not_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(mutation, "FOLDER", tmp_path)
    with pytest.raises(SystemExit) as error:
        mutation.recorded("checks", mutation.SUBJECTS["checks"])
    assert str(error.value) == "No run of checks with the sources as they are is recorded: leave out --again."


def test_a_subject_whose_test_is_not_there_is_refused():
    with pytest.raises(FileNotFoundError) as error:
        mutation._tests("test_moments.py", "test_of_nothing.py")
    assert str(error.value) == (
        "Each pattern of a subject's tests has to match a file in tests/. "
        "Received: pattern='test_of_nothing.py'. Correct it in SUBJECTS, or write the test."
    )


@pytest.mark.skipif(
    not hasattr(os, "fork"), reason="the tool under test is made of os.fork; without it there is no tool to test"
)
def test_each_mutant_is_tested_in_a_fork_of_its_own(tmp_path):
    serve = "import mutation_fork; mutation_fork.serve('socket', (), ['test_a.py'])"
    environment = BARE | {"PYTHONPATH": str(ROOT / "tools"), "PYTHONDONTWRITEBYTECODE": "1"}
    server = subprocess.Popen([sys.executable, "-c", serve], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not (tmp_path / "socket").exists():
            assert server.poll() is None
            time.sleep(0.05)
        told = []
        for mutant in ("pass", "assert False", "import os; os.abort()", "pass"):
            (tmp_path / "test_a.py").write_text(f"def test_a():\n    {mutant}\n", encoding="utf-8")
            client = [sys.executable, "-I", "-S", "-c", mutation_fork.CLIENT, "socket"]
            told.append(subprocess.run(client, cwd=tmp_path).returncode)
        assert told == [0, 1, 1, 0]
    finally:
        server.terminate()
        server.wait()


def test_reasons_that_were_written_later_are_looked_up_without_a_run(tmp_path, monkeypatch):
    survivors = [{"name": "m2", "change": "m = dy.size // dy.shape[axis] -> m = dy.size / dy.shape[axis]", "why": None}]
    part = {"tool": "mutmut==3", "mutants": 9, "tried": 9, "killed": 8, "survivors": survivors} | ABOUT
    kept = []
    monkeypatch.setattr(mutation, "recorded", lambda name, subject: part)
    monkeypatch.setattr(mutation, "write", lambda name, content: kept.append((name, content)))
    assert mutation.main(["batchnorm", "--explain"]) == 1  # 8 of 9 are too few
    assert (kept[0][0], kept[0][1]["killed"]) == ("mutants-batchnorm", 8)
    assert kept[0][1]["survivors"][0]["why"].startswith("The number of values divides")
