"""`make lab`: JupyterLab answers at lesson 00's address."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.notebook,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here"),
]


@pytest.fixture
def server(tmp_path):
    """What a server started by `make lab` wrote about itself, and what it printed."""
    environment = os.environ | {"JUPYTER_RUNTIME_DIR": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    # -o env: this environment is the one under test, whatever the lock says.
    command = ["make", "-o", "env", "lab", f"BIN={Path(sys.prefix) / 'bin'}", "ARGS=--no-browser --port 0"]
    log = tmp_path / "log"
    with (
        open(log, "wb") as output,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        ) as process,
    ):
        try:
            deadline = time.monotonic() + 60
            while not (found := list(tmp_path.glob("jpserver-*.json"))) or "token=" not in log.read_text("utf-8"):
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < deadline, log.read_text("utf-8")
                time.sleep(0.2)
            yield json.loads(found[0].read_text("utf-8")), log.read_text("utf-8")
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def test_make_lab_opens_lesson_00_and_serves_the_whole_course(server):
    about, printed = server
    path = "notebooks/00_start_here.ipynb"
    assert f"/lab/tree/{path}?token=" in printed
    for address in (f"lab/tree/{path}", f"api/contents/{path}", "api/contents/solutions"):
        with urllib.request.urlopen(f"{about['url']}{address}?token={about['token']}", timeout=20) as answer:
            assert answer.status == 200
