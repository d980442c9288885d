"""The page on what was tried: what was recorded is counted, what was not run says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

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


def test_processors_tell_what_was_tried_again_and_what_was_added(tmp_path):
    again = {"b": ABOUT | {"outcome": "passed in 9 s"}, "c": ABOUT | {"outcome": "passed in 8 s"}}
    text = written(tmp_path, processors={"processors": ["a: passed in 7 s", "b: FAILED in 6 s"], "again": again})
    told = ["- a: passed in 7 s", "- b: FAILED in 6 s; again at commit abc: passed in 9 s"]
    assert "\n".join([*told, "- c, added at commit abc: passed in 8 s"]) in text


def test_a_failed_run_begins_the_row_anew(tmp_path):
    ways = [(0, {"passed": 376}), (1, {"passed": 375, "failed": 1}), (0, {"passed": 376}), (0, {"passed": 376})]
    runs = [ABOUT | {"exit_status": status, **counts} for status, counts in ways]
    text = written(tmp_path, runs={"runs": runs})
    assert "The last 2 passed, of 4 recorded one after the other" in text
    assert "| 2 | 2026-01-02 | abc | Linux, 2 cores | 375 passed, 1 failed | 1,234 | FAILED |" in text
    assert "The last 1 passed, of 1 recorded" in written(tmp_path, runs={"runs": runs[:1]})
    assert "The last 0 passed, of 2 recorded" in written(tmp_path, runs={"runs": runs[:2]})


def test_runs_are_added_to_those_before_and_one_that_fails_stays(tmp_path, monkeypatch, capsys):
    statuses = iter([0, 1, 0])

    def tried(command, **variables):
        assert variables == {"PYTEST_ADDOPTS": "-p trust.recorder"}  # or no test would be counted
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
