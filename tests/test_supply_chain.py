"""What the course is made of: only what the lock names, every licence listed, actions pinned, no secret and no path."""

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import lock
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SBOM = json.loads((ROOT / "docs" / "results" / "sbom.json").read_text(encoding="utf-8"))
# An absolute path of some machine, or what a token looks like. No file is left out: who needs one spells it in parts.
MACHINE = re.compile(r"(?<![\w.~])/(?:work|root|home/(?!jovyan)[a-z]+|Users/[A-Za-z]+)/[\w.]")
SECRET = re.compile(r"ghp_\w{36}|github_pat_\w{22}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|pypi-AgEI\w{20}")


def tracked():
    """The files that git tracks here, but pictures, as (name, text)."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what is tracked is not known")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.suffix not in (".png", ".ico", ".woff2") and path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")


def test_every_version_in_the_lock_has_hashes_and_nothing_names_a_host():
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) > 100
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in LOCK


@pytest.mark.skipif(
    not (Path(sys.prefix) / "course-environment").exists(), reason="this environment was not made by `make env`"
)
def test_nothing_is_installed_that_the_lock_does_not_name():
    # Of the environment's own folders only: setuptools puts the copies that it carries inside itself on sys.path.
    places = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    installed = {lock.normalized(one.metadata["Name"]) for one in importlib.metadata.distributions(path=places)}
    assert "numpy" in installed
    assert installed - set(lock.locked(LOCK)) - {"pip", lock.COURSE} == set()


def test_the_bill_of_materials_names_what_the_lock_names():
    versions = lock.locked(LOCK)
    parts = {lock.normalized(part["name"]): part["version"] for part in SBOM["components"]}
    stale = {name: version for name, version in parts.items() if version not in versions.get(name, ())}
    assert stale == {}, "run `make env`, then .venv/bin/python tools/lock.py"
    # On Linux x86-64, where the bill is written, TensorFlow is its CPU build; PyTorch and ONNX are not in the lock.
    elsewhere = {"tensorflow", "torch", "onnx", "onnxruntime", "tf2onnx"}
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    direct = {lock.normalized(name) for name in re.findall(r'^    "([A-Za-z0-9-]+)>=', pyproject, re.MULTILINE)}
    assert len(direct) > 25
    assert direct - set(parts) - elsewhere == set()


def test_the_list_of_licences_is_made_from_the_bill_and_has_no_gap():
    text = (ROOT / "docs" / "results" / "licences.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z0-9-]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    listed = {name: version for name, version, _ in rows if name != "package"}
    assert listed == {lock.normalized(part["name"]): part["version"] for part in SBOM["components"]}
    assert all(len(told.strip()) > 2 for _, _, told in rows)


def test_a_licence_is_read_from_an_expression_an_id_or_a_name():
    assert lock.licence({"licenses": [{"expression": "MIT AND Zlib"}]}) == "MIT AND Zlib"
    assert lock.licence({"licenses": [{"license": {"id": "ISC"}}]}) == "ISC"
    named = {"licenses": [{"license": {"name": "License :: OSI Approved :: BSD License"}}]}
    assert lock.licence(named) == "BSD License"


def test_a_lock_is_read_with_and_without_markers_and_extras():
    text = "a_b==1.0 \\\n    --hash=sha256:0\n"
    text += "c[x]==2 ; sys_platform == 'linux' \\\nc==3 ; sys_platform != 'linux'\n# d==3\n"
    assert lock.locked(text) == {"a-b": {"1.0"}, "c": {"2", "3"}}


def test_each_action_of_the_workflows_is_pinned_by_commit():
    used = [
        line.split("uses:")[1].split("#")[0].strip()
        for path in sorted((ROOT / ".github").rglob("*.yml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", one)] == []


def test_no_tracked_file_holds_a_secret_or_a_path_of_some_machine():
    found = [
        f"{name}: {match.group()}"
        for name, text in tracked()
        for match in [*SECRET.finditer(text), *MACHINE.finditer(text)]
    ]
    assert found == []


def test_the_patterns_find_a_path_and_a_secret():
    assert MACHINE.search("see /" + "root/.cache")
    assert MACHINE.search("'/" + "Users/ann/course'")
    assert not MACHINE.search("https://example.org/home/page")
    assert SECRET.search("ghp_" + "a" * 36)


def test_no_notebook_output_holds_a_script_except_a_quiz():
    found = [
        f"{path.name} {cell.id}"
        for folder in ("notebooks", "solutions")
        for path in sorted((ROOT / folder).glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
        for kind, content in output.get("data", {}).items()
        if "javascript" in kind or (kind == "text/html" and re.search(r"<script|\son\w+=", "".join(content)))
        if "quiz" not in cell.metadata.get("tags", ())
    ]
    assert found == []
