"""No test writes to the home of the person who runs it, or leaves a figure open."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

ROOT = Path(__file__).resolve().parents[1]

matplotlib.use("agg")  # of this process alone: a kernel has another

# Started in the background, a shell's command ignores Ctrl-C, and so would each process that a test starts and stops.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def own_course_home(tmp_path_factory):
    """The learner's record of this test run, away from that of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("BATCHNORM_COURSE_PROGRESS", "0")
        yield


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session")
def site_html(tmp_path_factory):
    """The built site: the folder named in SITE_HTML, as in `make test-slow`, or one made here."""
    if "SITE_HTML" in os.environ:
        return Path(os.environ["SITE_HTML"])
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, str(ROOT / "tools" / "pages.py"), "--to", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=880)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder / "html"
