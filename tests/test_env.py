"""tools/env.py: one environment from the lock, or one sentence and nothing half-made."""

import ast
import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import env
import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for uv is a script with a #! line")

SCRIPT = Path(env.__file__)
NO_NETWORK = (
    "The packages could not be downloaded: connect to the internet (behind a proxy or a mirror, set HTTPS_PROXY or "
    "UV_DEFAULT_INDEX) and run the command again."
)
# It records what it was asked for, and makes just so much of an environment as env.py looks at.
STAND_IN = """#!{python}
import os, sys, time
log = open({log!r}, "a")
log.write(" ".join(sys.argv[1:]) + "\\n")
log.close()
if sys.argv[1] == "venv":
    bin = os.path.join(sys.argv[-1], "bin")
    os.makedirs(bin)
    os.symlink({python!r}, os.path.join(bin, "python"))
elif "--require-hashes" in sys.argv:
    if os.environ.get("STAND_IN_HALFWAY"):
        venv = os.environ["VIRTUAL_ENV"]
        os.makedirs(os.path.join(venv, "lib", "tiny-1.dist-info"))
    time.sleep(float(os.environ.get("STAND_IN_SLEEP", 0)))
    sys.stderr.write(os.environ.get("STAND_IN_ERROR", ""))
    sys.exit(1 if os.environ.get("STAND_IN_ERROR") else 0)
"""


@pytest.fixture
def course(tmp_path):
    """A folder with a lock and a pyproject.toml."""
    root = tmp_path / "course"
    root.mkdir()
    (root / "requirements.lock").write_text("tiny==1.0\n", encoding="utf-8")
    (root / "pyproject.toml").write_text("[project]\nname = 'tiny'\n", encoding="utf-8")
    return root


@pytest.fixture
def uv(tmp_path, monkeypatch):
    """A stand-in for uv, alone on the PATH; what it was asked for, with `.venv`'s path left out."""
    folder, log = tmp_path / "bin", tmp_path / "asked"
    folder.mkdir()
    script = folder / "uv"
    script.write_text(STAND_IN.format(python=sys.executable, log=str(log)), encoding="utf-8")
    script.chmod(0o755)
    log.touch()
    monkeypatch.setenv("PATH", str(folder))
    return SimpleNamespace(path=script, asked=lambda: [line.split()[0] for line in log.read_text("utf-8").splitlines()],
                           lines=lambda: log.read_text("utf-8").splitlines())  # fmt: skip


def marker(course):
    return course / ".venv" / env.MARKER


def test_the_first_run_installs_the_lock_with_hashes_and_then_the_course_without_network(course, uv):
    assert env.main(str(course)) == 0
    python = course / ".venv" / "bin" / "python"
    assert uv.lines() == [
        f"venv --quiet --python {sys.executable} {course}/.venv",
        f"pip install --python {python} --require-hashes -r {course}/requirements.lock",
        f"pip install --python {python} --offline --no-deps --no-build-isolation --quiet -e {course}",
    ]
    assert marker(course).exists()


def test_a_second_run_asks_for_nothing_and_says_nothing_within_two_seconds(course, uv, capfd):
    env.main(str(course))
    capfd.readouterr()
    started = time.perf_counter()
    code = "import sys; sys.path.insert(0, sys.argv[1]); import env; sys.exit(env.main(sys.argv[2]))"
    done = subprocess.run([sys.executable, "-c", code, str(SCRIPT.parent), str(course)], check=False)
    assert (done.returncode, time.perf_counter() - started < 2, len(uv.asked())) == (0, True, 3)
    assert capfd.readouterr() == ("", "")


def test_a_new_lock_updates_the_environment_in_place(course, uv):
    env.main(str(course))
    kept = course / ".venv" / "kept"
    kept.touch()
    (course / "requirements.lock").write_text("tiny==2.0\n", encoding="utf-8")
    assert env.main(str(course)) == 0
    assert uv.asked() == ["venv", "pip", "pip", "pip", "pip"]
    assert kept.exists()
    assert env.main(str(course)) == 0
    assert len(uv.asked()) == 5


def test_a_half_made_environment_is_removed_and_made_anew(course, uv, capsys):
    left = course / ".venv" / "bin" / "left"
    left.parent.mkdir(parents=True)
    left.touch()
    assert env.main(str(course)) == 0
    assert capsys.readouterr().out.startswith("Removing .venv, which was not finished.\n")
    assert not left.exists()
    assert marker(course).exists()


@pytest.mark.parametrize("accident", ["moved", "its Python is gone"])
def test_an_environment_that_cannot_work_is_made_anew(course, uv, accident):
    env.main(str(course))
    if accident == "moved":
        course = course.rename(course.with_name("moved"))
    else:
        (course / ".venv" / "bin" / "python").unlink()
    assert env.main(str(course)) == 0
    assert uv.asked() == ["venv", "pip", "pip"] * 2


def test_an_environment_in_another_folder_leaves_the_first(course, uv):
    assert [env.main(str(course)), env.main(str(course), ".venv.other")] == [0, 0]
    assert [(course / name / env.MARKER).exists() for name in (".venv", ".venv.other")] == [True, True]


def test_env_py_can_be_read_by_python_3_6():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_a_supported_python_makes_the_environment_itself(version):
    assert env.find_python(version) == sys.executable


@pytest.mark.parametrize("version", [(3, 10), (3, 15)])
def test_a_python_too_old_or_too_new_looks_for_another_on_the_path(version, tmp_path, monkeypatch):
    for name, line in (("python3.13", "exit 127"), ("python3.12", "echo /somewhere/python3.12")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert env.find_python(version) == "/somewhere/python3.12"


def assert_one_sentence(course, capsys, sentence):
    """`make env` ends with exit status 1, a sentence that begins like this, and no environment."""
    assert env.main(str(course)) == 1
    told = capsys.readouterr().err
    assert told.startswith(sentence)
    assert told.count("\n") == 1
    assert not (course / ".venv").exists()


def test_no_supported_python_is_one_sentence_and_leaves_nothing(course, uv, capsys, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    told = "The course needs Python 3.11, 3.12, 3.13 or 3.14; received: Python 3.9, and none of those is on the PATH: "
    assert_one_sentence(course, capsys, told + "install one (https://www.python.org/downloads/) and run the command")


def test_no_space_is_one_sentence_and_leaves_nothing(course, uv, capsys, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1.26e9))
    told = f"The environment needs {env.GIGABYTES} GB of disk and 1.3 GB are free where {course} is: free some space"
    assert_one_sentence(course, capsys, told)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            "error: Failed to install: tiny\n  Caused by: No space left on device (os error 28)\n",
            f"The environment needs {env.GIGABYTES} GB of disk and ",
        ),
        (
            "error: something odd\n",
            "Installing failed with the message 'error: something odd': run the command again, and",
        ),
    ],
    ids=["a disk that fills up", "unknown"],
)
def test_a_failure_while_installing_is_one_sentence_and_leaves_nothing(
    course, uv, capsys, monkeypatch, error, sentence
):
    monkeypatch.setenv("STAND_IN_ERROR", error)
    assert_one_sentence(course, capsys, sentence)


@pytest.mark.parametrize("halfway", [False, True])
def test_an_update_that_fails_leaves_the_environment_that_was_or_none(course, uv, capsys, monkeypatch, halfway):
    env.main(str(course))
    before = marker(course).read_text(encoding="utf-8")
    (course / "requirements.lock").write_text("tiny==2.0\n", encoding="utf-8")
    monkeypatch.setenv("STAND_IN_ERROR", "error: Failed to fetch: `https://an.index/simple/tiny/`\n")
    if halfway:
        monkeypatch.setenv("STAND_IN_HALFWAY", "1")
        assert_one_sentence(course, capsys, f"{NO_NETWORK}\n")
    else:
        assert env.main(str(course)) == 1
        assert capsys.readouterr().err == f"{NO_NETWORK} (.venv is as it was before.)\n"
        assert marker(course).read_text(encoding="utf-8") == before


def test_ctrl_c_leaves_nothing(course, uv, monkeypatch):
    monkeypatch.setenv("STAND_IN_SLEEP", "60")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import env; sys.exit(env.main(sys.argv[2]))"
    command = [sys.executable, "-c", code, str(SCRIPT.parent), str(course)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while len(uv.asked()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (1, b"Stopped; the next `make env` starts afresh.\n")
    assert not (course / ".venv").exists()


def test_uv_gets_the_indexes_that_pip_is_told_to_use():
    listing = (
        "global.index-url='https://mirror.example/simple'\n"
        "global.extra-index-url='file:///srv/simple https://more.example/simple'\n"
        ":env:.cert='/etc/mirror.pem'\n"
    )
    assert env.pip_settings(listing, {}) == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "https://more.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/etc/mirror.pem",
    }


def test_uvs_own_settings_win_over_those_of_pip():
    listing = "global.index-url='https://mirror.example/simple'\n"
    assert env.pip_settings(listing, {"UV_DEFAULT_INDEX": "https://other.example/simple"}) == {}


# The real installers, against a port of this machine where nobody listens.


@pytest.fixture
def real_uv(tmp_path, monkeypatch):
    """uv itself, with an empty cache, no retries and no index that answers."""
    found = Path(sys.prefix) / "bin" / "uv"
    if not found.exists():
        pytest.skip("uv is not in this environment: it is one of the extra `build`")
    monkeypatch.setenv("PATH", str(found.parent))
    for name, value in {
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_HTTP_RETRIES": "0",
        "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_no_network_with_uv_is_one_sentence_and_leaves_nothing(course, real_uv, capsys):
    (course / "requirements.lock").write_text("tiny==1.0 --hash=sha256:" + "0" * 64, encoding="utf-8")
    assert_one_sentence(course, capsys, f"{NO_NETWORK}\n")


@pytest.mark.slow
def test_no_network_and_no_uv_is_one_sentence_and_leaves_nothing(course, monkeypatch, tmp_path, capsys):
    lock = "uv==0.9.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    (course / "requirements.lock").write_text(lock, encoding="utf-8")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert_one_sentence(course, capsys, f"{NO_NETWORK}\n")


def test_a_package_with_another_hash_is_refused_and_leaves_nothing(course, real_uv, tmp_path, capsys):
    _wheel(tmp_path / "tiny-1.0-py3-none-any.whl")
    (course / "requirements.lock").write_text("tiny==1.0 --hash=sha256:" + "0" * 64, encoding="utf-8")
    real_uv.setenv("UV_OFFLINE", "1")
    real_uv.setenv("UV_FIND_LINKS", str(tmp_path))
    assert env.main(str(course)) == 1
    assert capsys.readouterr().err.replace("'× ", "'error: ") == (  # uv 0.8 draws a cross where later ones say error
        "A downloaded package is not the one that requirements.lock names, so nothing was installed: try again, and if "
        "that does not help, report it with the line 'error: Failed to download `tiny==1.0`'.\n"
    )
    assert not (course / ".venv").exists()


def test_a_machine_without_a_build_of_a_package_is_named(course, real_uv, tmp_path, capsys):
    digest = _wheel(tmp_path / "tiny-1.0-py3-none-nowhere_1_0_mips.whl")
    (course / "requirements.lock").write_text(f"tiny==1.0 --hash=sha256:{digest}", encoding="utf-8")
    real_uv.setenv("UV_OFFLINE", "1")
    real_uv.setenv("UV_FIND_LINKS", str(tmp_path))
    assert_one_sentence(course, capsys, "There is no build of tiny for this machine (")


def _wheel(path):
    """A wheel of nothing; its SHA-256."""
    tag = "-".join(path.stem.split("-")[2:])
    files = {
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}\n"
        for name, text in files.items()
    )
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in {**files, "tiny-1.0.dist-info/RECORD": record + "tiny-1.0.dist-info/RECORD,,\n"}.items():
            wheel.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()
