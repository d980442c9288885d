"""A lesson in clumsy hands: opened from odd places, run twice, backwards, after a restart, without network.

Each way ends with the outputs of the committed solution; and the folder that a lesson lies in is left as it was.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from lessonbuild import execute

ROOT = Path(__file__).resolve().parents[1]
LESSON = "00_start_here"
PATIENCE = 120  # seconds for a cell
# Put first on the kernel's path: no address but this machine's answers.
OFFLINE = """\
import socket
connect, lookup = socket.socket.connect, socket.getaddrinfo
def here(address):
    return not isinstance(address, tuple) or address[0] in ("127.0.0.1", "::1", "localhost")
def only_here(self, address):
    if not here(address):
        raise OSError(101, "Network is unreachable")
    return connect(self, address)
def look_up_here(host, *rest, **more):
    if not here((host,)):
        raise socket.gaierror(-3, "Temporary failure in name resolution")
    return lookup(host, *rest, **more)
socket.socket.connect, socket.getaddrinfo = only_here, look_up_here
"""
pytestmark = [pytest.mark.notebook, pytest.mark.slow]


class Session:
    """A kernel in `folder` with an empty home, and what a person does with a notebook's cells."""

    def __init__(self, folder, home, path="", **more):
        Path(home).mkdir(parents=True, exist_ok=True)
        environment = execute.environment(str(home)) | ({"PYTHONPATH": str(path)} if path else {}) | more
        self.manager, self.client = start_new_kernel(cwd=str(folder), env=environment)

    def run(self, source):
        """(text outputs and stderr lines in order, the name of the error or None)."""
        shown = []

        def keep(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append((content["name"], content["text"]))
            elif message["msg_type"] in ("execute_result", "display_data"):
                shown.append(("shown", content["data"].get("text/plain", "")))

        reply = self.client.execute_interactive(source, timeout=PATIENCE, output_hook=keep)["content"]
        return shown, reply.get("ename")

    def run_all(self, cells):
        return [self.run(cell.source) for cell in cells]

    def restart(self):
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=PATIENCE)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def session(tmp_path):
    """A session for lesson 00 in a folder of its own."""
    opened = Session(tmp_path, tmp_path / "home")
    yield opened
    opened.close()


def cells(folder="solutions", lesson=LESSON):
    notebook = nbformat.read(ROOT / folder / f"{lesson}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def printed(cell):
    """What the committed solution shows on stdout."""
    return uncounted("".join(out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout"))


def uncounted(text):
    """The text without the number of tries, which grows with each."""
    return re.sub(r"(tries so far: )\d+", r"\1N", text)


def assert_as_committed(outcomes, solved):
    for (shown, error), cell in zip(outcomes, solved, strict=True):
        assert error is None, f"{cell.id}: {error}"
        assert uncounted("".join(text for name, text in shown if name == "stdout")) == printed(cell), cell.id
        assert [text for name, text in shown if name == "stderr"] == [], cell.id


def test_each_cell_run_twice_shows_the_same_both_times(session):
    solved = cells()
    outcomes = [[session.run(cell.source), session.run(cell.source)] for cell in solved]
    assert_as_committed([first for first, _ in outcomes], solved)
    assert_as_committed([second for _, second in outcomes], solved)


def test_backwards_a_missing_name_is_a_name_error_and_a_run_in_order_is_as_ever(session):
    solved = cells()
    errors = {error for _, error in session.run_all(reversed(solved))}
    assert errors <= {None, "NameError"}
    assert_as_committed(session.run_all(solved), solved)


def test_after_a_restart_in_the_middle_a_run_from_the_top_is_as_ever(session):
    solved = cells()
    session.run_all(solved[: len(solved) // 2])
    session.restart()
    errors = {error for _, error in session.run_all(solved[len(solved) // 2 :])}
    assert errors <= {None, "NameError"}
    assert_as_committed(session.run_all(solved), solved)


def test_a_copy_in_a_folder_with_an_odd_name_is_as_ever(tmp_path):
    folder = tmp_path / "批量归一化 课程, it's (a) copy [2] #1"
    folder.mkdir()
    shutil.copy(ROOT / "notebooks" / f"{LESSON}.ipynb", folder)
    session, solved = Session(folder, folder / "home"), cells()
    try:
        assert_as_committed(session.run_all(solved), solved)
    finally:
        session.close()


def test_without_a_network_a_lesson_is_as_ever(tmp_path):
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sitecustomize.py").write_text(OFFLINE, encoding="utf-8")
    session, solved = Session(tmp_path, tmp_path / "home", path=tmp_path / "path"), cells()
    try:
        _, error = session.run("import urllib.request; urllib.request.urlopen('http://example.org', timeout=5)")
        assert error == "URLError"
        assert_as_committed(session.run_all(solved), solved)
    finally:
        session.close()


def test_with_a_home_that_cannot_be_written_a_lesson_is_as_ever_with_one_sentence_more(tmp_path):
    (tmp_path / "file").touch()  # no folder can be made in it, not by root either
    session, solved = Session(tmp_path, tmp_path / "home", BATCHNORM_COURSE_HOME=str(tmp_path / "file")), cells()
    try:
        outcomes = session.run_all(solved)
    finally:
        session.close()
    said = [text for shown, _ in outcomes for name, text in shown if name == "stderr"]
    assert said
    told = re.compile(r"Your progress could not be (stored in|read from) ")
    assert all(told.search(text) and "Traceback" not in text for text in said), said
    assert_as_committed([([one for one in shown if one[0] != "stderr"], error) for shown, error in outcomes], solved)


@pytest.mark.skipif(os.name != "posix" or not shutil.which("setpriv"), reason="needs setpriv to be an ordinary user")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() != 0, reason="an ordinary user is made from root only")
def test_an_ordinary_user_runs_a_lesson_in_a_checkout_that_only_root_may_write(tmp_path):
    """The learner's copy, run to its end by nbval as user 65534 in a folder of root's; nothing new lies there after."""
    course, home = tmp_path / "course", tmp_path / "home"
    for name in ("helpers", "notebooks"):
        shutil.copytree(ROOT / name, course / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    home.mkdir()
    os.chown(home, 65534, 65534)
    before = sorted(course.rglob("*"))
    # May read all, as this Python may lie in root's home, and write what the user may.
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    user += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    environment = execute.environment(str(home)) | {"HOME": str(home), "JUPYTER_PLATFORM_DIRS": "0"}
    environment |= {"PYTHONPATH": str(course), "MPLCONFIGDIR": str(home / "matplotlib"), "JUPYTER_PREFER_ENV_PATH": "1"}
    if subprocess.run([*user, sys.executable, "-c", "import numpy"], env=environment, capture_output=True).returncode:
        pytest.skip("setpriv may not give an ordinary user the right to read this Python")
    command = [*user, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax"]
    command += ["--nbval-current-env", str(course / "notebooks" / f"{LESSON}.ipynb")]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(course.rglob("*")) == before
    assert (home / "course" / "progress.json").exists()  # the learner's record is in the learner's home
