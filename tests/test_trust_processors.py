"""The trust page on processors: a line each, and one that was tried again after a mending says so."""

import json
from types import SimpleNamespace

import pytest
from trust import commands, page


@pytest.fixture
def portable_says(tmp_path, monkeypatch):
    """What tools/portable.py would print, and its exit status; the calls it got."""
    told = SimpleNamespace(lines=[], status=0, calls=[])

    class Running:
        def __init__(self, command, **_):
            told.calls.append(command)
            self.stdout, self.returncode = iter(told.lines), told.status

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

    monkeypatch.setattr(commands, "FOLDER", tmp_path)
    monkeypatch.setattr(commands.subprocess, "Popen", Running)
    monkeypatch.setattr(commands, "about", lambda *_: ABOUT)
    return told


ABOUT = {
    "command": "a command",
    "date": "2026-01-02",
    "commit": "abc",
    "seconds": 5,
    "machine": "Linux",
    "exit_status": 0,
}


def recorded(folder):
    return json.loads((folder / "processors.json").read_text(encoding="utf-8"))


def test_each_processor_is_one_line(portable_says, tmp_path):
    portable_says.lines, portable_says.status = (
        ["....\n", "nehalem: FAILED in 453 s\n", "haswell: passed in 434 s\n"],
        1,
    )
    assert commands.processors("2") == 1
    assert recorded(tmp_path)["processors"] == ["nehalem: FAILED in 453 s", "haswell: passed in 434 s"]


def test_one_that_is_tried_again_stands_beside_what_was_recorded(portable_says, tmp_path):
    portable_says.lines = ["nehalem: FAILED in 453 s\n", "haswell: passed in 434 s\n"]
    commands.processors("2")
    portable_says.lines = ["nehalem: passed in 330 s\n"]
    assert commands.processors("2", ["nehalem"]) == 0
    assert portable_says.calls[-1][-2:] == ["--only", "nehalem"]
    text = page.render(tmp_path)
    assert "- nehalem: FAILED in 453 s; again at commit abc: passed in 330 s\n" in text
    assert "- haswell: passed in 434 s\n" in text


def test_a_whole_run_forgets_what_was_tried_again(portable_says, tmp_path):
    portable_says.lines = ["nehalem: passed in 330 s\n"]
    for only in ((), ["nehalem"], ()):
        commands.processors("2", only)
    assert "again" not in recorded(tmp_path)


def test_an_unknown_processor_is_refused(capsys):
    with pytest.raises(SystemExit):
        commands.main(["processors", "--only", "z80"])
    assert "argument --only: invalid choice: 'z80'" in capsys.readouterr().err


def test_a_processor_that_printed_no_outcome_is_not_recorded(portable_says, tmp_path):
    portable_says.lines = ["nehalem: strange\n"]
    commands.processors("2")
    assert recorded(tmp_path)["processors"] == []
