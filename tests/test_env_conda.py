"""environment.yml: the lock's direct pins, and specs that conda can read."""

import re
import tomllib
from pathlib import Path

import lock
import pytest
import rattler
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
SPECS = [spec for spec in ENVIRONMENT["dependencies"] if isinstance(spec, str)]
PIP = next(spec["pip"] for spec in ENVIRONMENT["dependencies"] if isinstance(spec, dict))


def test_the_file_is_what_its_tool_writes():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == lock.conda(PROJECT, LOCK)


def test_the_pip_section_holds_each_direct_dependency_in_the_locks_versions():
    extras = PROJECT["project"]["optional-dependencies"]
    direct = [*PROJECT["project"]["dependencies"], *extras["keras"], *extras["test"]]
    names = {Requirement(text).name for text in direct}
    locked = re.findall(r"^([a-z0-9-]+==[^\\\n]+?) *\\?$", LOCK, re.MULTILINE)
    wanted = sorted(str(Requirement(text)) for text in locked if Requirement(text).name in names)
    assert sorted(str(Requirement(text)) for text in PIP if not text.startswith("-")) == wanted
    assert {Requirement(text).name for text in wanted} == names


def test_the_course_itself_is_installed_from_this_folder():
    assert PIP[-1] == "-e ."


@pytest.mark.parametrize("spec", SPECS)
def test_conda_can_read_each_spec(spec):
    assert rattler.MatchSpec(spec, strict=True).name.normalized in ("python", "pip")


def test_conda_would_not_read_a_wrong_spec():
    with pytest.raises(Exception, match=r"^unable to parse version spec: =>3\.11$"):
        rattler.MatchSpec("python =>3.11", strict=True)


@pytest.mark.parametrize(("version", "matches"), [("3.10", False), ("3.11", True), ("3.14", True), ("3.15", False)])
def test_conda_takes_the_pythons_that_the_course_supports(version, matches):
    spec = next(spec for spec in SPECS if spec.startswith("python "))
    assert rattler.VersionSpec(spec.removeprefix("python ")).matches(rattler.Version(version)) is matches
