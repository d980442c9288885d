"""One JSON file that is whole at any moment, whoever writes it and whatever fails."""

import errno
import json
import os
import subprocess
import sys
import time

import pytest

from helpers.course import record_file


def test_what_is_written_is_read_and_nothing_else_is_left_in_the_folder(tmp_path):
    path = tmp_path / "new" / "folder" / "record.json"
    record_file.write(path, {"a": [1, "ü"]})
    assert record_file.read(path) == {"a": [1, "ü"]}
    assert [p.name for p in path.parent.iterdir()] == ["record.json"]


def test_no_file_reads_as_none(tmp_path):
    assert record_file.read(tmp_path / "none.json") is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_no_json_is_a_value_error(tmp_path, content):
    (tmp_path / "record.json").write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011
        record_file.read(tmp_path / "record.json")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_is_full_leaves_the_old_text_and_no_second_file(tmp_path, monkeypatch, step):
    path = tmp_path / "record.json"
    record_file.write(path, {"old": 1})

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left on device"):
        record_file.write(path, {"new": 2})
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]
    assert record_file.read(path) == {"old": 1}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("module", "name"), [(os, "open"), (json, "dump"), (os, "fsync"), (os, "replace")])
def test_ctrl_c_at_any_step_leaves_the_old_text_or_the_new_and_no_second_file(
    tmp_path, monkeypatch, module, name, when
):
    path, step = tmp_path / "record.json", getattr(module, name)
    record_file.write(path, {"old": 1})

    def interrupted(*args, **settings):
        if when == "after":
            made = step(*args, **settings)
            if name == "open":
                os.close(made)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        record_file.write(path, {"new": 2})
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]
    assert record_file.read(path) == ({"new": 2} if (name, when) == ("replace", "after") else {"old": 1})


def test_what_is_written_is_asked_to_be_its_owners_alone(tmp_path, monkeypatch):
    asked, opened = [], os.open

    def noted(path, flags, mode):
        asked.append(mode)
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", noted)
    record_file.write(tmp_path / "record.json", {})
    assert asked == [0o600]


def test_damaged_files_are_set_aside_under_names_that_are_free(tmp_path):
    path = tmp_path / "record.json"
    for number, text in enumerate(("first", "second"), 1):
        path.write_text(text)
        assert record_file.set_aside(path) == tmp_path / f"record.damaged-{number}.json"
    assert not path.exists()
    assert (tmp_path / "record.damaged-1.json").read_text() == "first"


def test_four_processes_that_add_ten_each_make_forty(tmp_path):
    path = tmp_path / "record.json"
    code = (
        "import sys; from helpers.course import record_file as f\n"
        "for _ in range(10):\n"
        "    with f.hold_lock(sys.argv[1], patience=60):\n"
        "        f.write(sys.argv[1], (f.read(sys.argv[1]) or 0) + 1)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(4)]
    assert [process.wait() for process in running] == [0] * 4
    assert json.loads(path.read_text()) == 40


def test_a_lock_that_is_never_freed_holds_nobody_up_for_ever(tmp_path):
    path, begin = tmp_path / "record.json", time.monotonic()
    with record_file.hold_lock(path), record_file.hold_lock(path, patience=0.2):
        record_file.write(path, 1)
    assert 0.2 <= time.monotonic() - begin < 2
    with record_file.hold_lock(path, patience=0):
        assert record_file.read(path) == 1
