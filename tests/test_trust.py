"""The page on what was tried: what was recorded is counted, what was not run says so."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import mutation
import mutation_fork
import pytest
from trust import commands, page

ROOT = Path(__file__).resolve().parents[1]
ABOUT = {"command": "a command", "date": "2026-01-02", "commit": "abc", "seconds": 1234, "machine": "Linux, 2 cores"}
# An environment of nothing else; Windows' Python needs these two to open a socket and to find the home.
BARE = {"PATH": ""} | {name: os.environ[name] for name in ("SYSTEMROOT", "USERPROFILE") if name in os.environ}


def written(folder, **parts):
    for name, part in parts.items():
        (folder / f"{name}.json").write_text(json.dumps(part | ABOUT), encoding="utf-8")
    return page.render(folder)


def test_what_was_not_run_says_so(tmp_path):
    text = written(tmp_path)
    assert text.count("Not run yet: ") == 8
    assert text.count("not run yet: `make test-mutants SUBJECT=") == 5


def test_inputs_are_added_up_and_listed_by_what_was_called(tmp_path):
    tests = {
        "tests/test_fuzz_a.py::test_few[forward]": {"outcome": "passed", "inputs": 30, "refused": 20},
        "tests/test_fuzz_a.py::test_many[forward]": {"outcome": "passed", "inputs": 1000, "refused": 900},
        "tests/test_fuzz_a.py::test_whole": {"outcome": "failed"},
    }
    text = written(tmp_path, inputs={"tests": tests, "exit_status": 1})
    assert "1,030 inputs tried by 2 tests: 2 passed; 1 tests of other kinds: 1 failed. " in text
    assert "| forward | 1,030 | 920 |" in text
    assert "It ended with exit status 1." in text


def test_faults_are_listed_as_sentences(tmp_path):
    tests = {
        "tests/test_clumsy_hands.py::test_a_full_disk_is_one_sentence": {"outcome": "passed"},
        "tests/test_progress.py::test_one": {"outcome": "passed"},
        "tests/test_progress.py::test_two": {"outcome": "skipped"},
    }
    text = written(tmp_path, faults={"tests": tests, "exit_status": 0})
    assert "3 faults tried: 2 passed, 1 skipped." in text
    assert "| a full disk is one sentence | passed |" in text
    assert "| `tests/test_progress.py`: 2 more | 1 passed |" in text


def test_mutants_are_counted_and_survivors_without_a_reason_are_shown(tmp_path):
    survivors = [{"name": "m1", "change": "a -> b", "why": "the same"}, {"name": "m2", "change": "c -> d", "why": None}]
    part = {"tool": "mutmut==3", "mutants": 300, "tried": 100, "killed": 98, "survivors": survivors}
    text = written(tmp_path, **{"mutants-checks": part})
    assert "| checks | mutmut==3 | 300 | 100 | 98 | 98.0% | 1 of 2 |" in text
    assert "- the same (1)" in text
    assert "`m2`: `c -> d`" in text


def test_survivors_that_were_tried_again_say_by_which_run(tmp_path):
    part = {"tool": "mutmut==3", "mutants": 9, "tried": 9, "killed": 9, "survivors": [], "again": ABOUT}
    text = written(tmp_path, **{"mutants-checks": part})
    assert (
        "What survived was tried again after tests were added: `a command`, 2026-01-02, commit abc, 1,234 s on Linux, "
        "2 cores."
    ) in text


def test_a_failed_run_begins_the_row_anew(tmp_path):
    ways = [(0, {"passed": 376}), (1, {"passed": 375, "failed": 1}), (0, {"passed": 376}), (0, {"passed": 376})]
    runs = [ABOUT | {"exit_status": status, **counts} for status, counts in ways]
    text = written(tmp_path, runs={"runs": runs})
    assert "The last 2 passed, of 4 recorded one after the other" in text
    assert "| 2 | 2026-01-02 | abc | 375 passed, 1 failed | 1,234 | FAILED |" in text
    assert "The last 1 passed, of 1 recorded" in written(tmp_path, runs={"runs": runs[:1]})
    assert "The last 0 passed, of 2 recorded" in written(tmp_path, runs={"runs": runs[:2]})


def test_runs_are_added_to_those_before_and_one_that_fails_stays(tmp_path, monkeypatch, capsys):
    statuses = iter([0, 1, 0])

    def tried(command):
        status = next(statuses)
        tests = {"a": {"outcome": "failed" if status else "passed"}}
        return {"tests": tests, "about": ABOUT | {"exit_status": status}}, status

    monkeypatch.setattr(commands, "FOLDER", tmp_path)
    monkeypatch.setattr(commands, "_tried", tried)
    assert [commands.runs("2", 2), commands.runs("2", 1)] == [1, 0]
    runs = json.loads((tmp_path / "runs.json").read_text(encoding="utf-8"))["runs"]
    assert [(run["exit_status"], run.get("passed"), run.get("failed")) for run in runs] == [
        (0, 1, None),
        (1, None, 1),
        (0, 1, None),
    ]
    assert "run 2 of 2: FAILED in 1234 s" in capsys.readouterr().out


def test_versions_tell_what_failed_by_name(tmp_path):
    part = {"outcomes": {"passed": 4000, "failed": 1}, "failed": ["tests/test_a.py::test_a"]}
    text = written(tmp_path, **{"versions-newest": part | {"installed": {"numpy": "9.9", "x": "1"}}})
    assert "All of `make test`: 4,000 passed, 1 failed, with numpy 9.9 and 2 packages in all." in text
    assert "- failed: `tests/test_a.py::test_a`" in text


def test_the_committed_page_is_made_from_the_committed_files():
    assert (ROOT / "docs" / "results" / "trust.md").read_text(encoding="utf-8") == page.render(commands.FOLDER)


def test_a_run_of_pytest_is_recorded_with_what_its_tests_counted(tmp_path):
    (tmp_path / "test_a.py").write_text(
        "def test_a(record_property): record_property('inputs', 7)\ndef test_b(): assert False\n", encoding="utf-8"
    )
    environment = BARE | {"TRUST_FILE": str(tmp_path / "kept.json"), "PYTHONPATH": str(ROOT / "tools")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "trust.recorder", "-p", "no:cacheprovider", "test_a.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert json.loads((tmp_path / "kept.json").read_text(encoding="utf-8")) == {
        "tests": {"test_a.py::test_a": {"outcome": "passed", "inputs": 7}, "test_a.py::test_b": {"outcome": "failed"}}
    }


def test_what_a_recorded_test_starts_is_not_recorded_and_a_second_pytest_adds_to_the_file(tmp_path):
    inner = "import subprocess, sys, os\n\ndef test_outer():\n    assert 'TRUST_FILE' not in os.environ\n"
    inner += "    subprocess.run([sys.executable, '-m', 'pytest', '-q', 'test_b.py'], check=True)\n"
    (tmp_path / "test_a.py").write_text(inner, encoding="utf-8")
    (tmp_path / "test_b.py").write_text("def test_inner(): pass\n", encoding="utf-8")
    (tmp_path / "test_c.py").write_text("def test_later(): pass\n", encoding="utf-8")
    kept, python = tmp_path / "kept.json", [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    variables = {"TRUST_FILE": str(kept), "PYTHONPATH": str(ROOT / "tools"), "PYTEST_ADDOPTS": "-p trust.recorder"}
    for options in (["test_a.py"], ["-n", "2", "test_c.py"]):
        done = subprocess.run([*python, *options], cwd=tmp_path, env=BARE | variables, capture_output=True)
        assert done.returncode == 0, done.stdout
    assert list(json.loads(kept.read_text(encoding="utf-8"))["tests"]) == [
        "test_a.py::test_outer",
        "test_c.py::test_later",
    ]


def test_a_sample_is_the_same_each_time_and_whatever_the_order():
    names = [f"mutant {i}" for i in range(500)]
    sample = mutation.chosen(names, 100)
    assert len(set(sample)) == 100
    assert mutation.chosen(reversed(names), 100) == sample
    assert mutation.chosen(names[:50], 100) == sorted(names[:50])


def test_a_change_is_one_line_of_was_and_now():
    diff = "--- a.py\n+++ b.py\n@@ -1 +1 @@\n def f():\n-    return 1\n+    return 2\n"
    assert mutation._change(diff) == "return 1 -> return 2"


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

    def run(subject, folder):
        asked.extend(subject.only)
        return 300, {"m1": True, "m2": False}, {"m2": "c -> d"}

    monkeypatch.setattr(mutation, "with_mutmut", run)
    monkeypatch.setattr(mutation, "copied", lambda folder: None)
    survivors = [{"name": "m1", "change": "a -> b"}, {"name": "m2", "change": "c -> d"}]
    earlier = {"tool": "mutmut==3", "mutants": 300, "tried": 100, "killed": 98, "survivors": survivors} | ABOUT
    part = mutation.tried("checks", mutation.SUBJECTS["checks"], earlier)
    assert asked == ["m1", "m2"]
    assert (part["tried"], part["killed"], part["commit"]) == (100, 99, "abc")
    assert part["survivors"] == [{"name": "m2", "change": "c -> d", "why": None}]
    assert (part["again"]["tried"], part["again"]["killed"]) == (2, 1)
    assert part["again"]["command"] == "tools/mutation.py checks --again"


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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each mutant is tested in a fork, which Windows does not have")
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
