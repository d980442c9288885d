"""The built wheel in an environment of its own, without TensorFlow: what people get who install the course with pip."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from registry import needed

pytest.importorskip("uv", reason="needs the extra `build`: uv, setuptools")

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = os.name == "nt"
pytestmark = [pytest.mark.notebook, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The commands in a fresh environment that has the wheel and what the wheel asks for, and nothing else."""
    place = tmp_path_factory.mktemp("package")
    uv = [sys.executable, "-m", "uv"]
    for command in (
        [*uv, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", place, ROOT],
        [*uv, "venv", "--python", sys.executable, place / "venv"],
    ):
        subprocess.run(command, check=True, capture_output=True)
    (wheel,) = place.glob("*.whl")
    found = place / "venv" / ("Scripts" if WINDOWS else "bin")
    install = [*uv, "pip", "install", "--python", found / "python", "-c", ROOT / "requirements.lock", wheel]
    with needed(subprocess.CalledProcessError):
        subprocess.run(install, check=True, capture_output=True)
    return found


@pytest.fixture
def learner(tmp_path):
    """The learner's folder and environment: this checkout is nowhere in it."""
    return tmp_path, {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "BATCHNORM_COURSE_HOME": str(tmp_path / "home"),
        "BATCHNORM_COURSE_PINNED": "raise",
        "BATCHNORM_COURSE_PROGRESS": "0",
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
    }


def test_there_is_no_tensorflow_and_the_environment_is_ready(scripts, learner):
    folder, environment = learner
    code = "from helpers.course import environment; print(environment.check()); import helpers.tf.quiet"
    done = subprocess.run([scripts / "python", "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.stdout == (
        "Ready: everything that the course needs is here. "
        "Lessons 03 and 05 to 11 need TensorFlow as well: pip install 'batchnorm-course[keras]'.\n"
    )
    assert done.stderr.splitlines()[-1] == (
        "ImportError: This part of the course needs TensorFlow: pip install 'batchnorm-course[keras]', "
        "then restart the kernel."
    )


def test_check_in_a_terminal(scripts, learner):
    folder, environment = learner
    (folder / "my.py").write_text("def standardize(x):\n    return (x - x.mean(axis=0)) / x.std(axis=0)\n")
    command = [scripts / "batchnorm-course", "check", "standardize", "my.py"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[0], done.stderr) == (0, "standardize: passed.", "")


def test_lab_answers_with_the_learners_notebooks(scripts, learner):
    folder, environment = learner
    command = [scripts / "batchnorm-course", "lab", "--no-browser", "--port=0"]
    log = folder / "log"
    with (
        open(log, "wb") as output,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output) as process,
    ):
        try:
            deadline = time.monotonic() + 120
            while not (found := list(folder.glob("runtime/jpserver-*.json"))) or "token=" not in log.read_text("utf-8"):
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < deadline, log.read_text("utf-8")
                time.sleep(0.2)
            about = json.loads(found[0].read_text("utf-8"))
            for address in ("lab/tree/00_start_here.ipynb", "api/contents/12_why_it_works.ipynb"):
                with urllib.request.urlopen(f"{about['url']}{address}?token={about['token']}", timeout=20) as answer:
                    assert answer.status == 200
        finally:
            process.send_signal(signal.SIGTERM)
    assert "/lab/tree/00_start_here.ipynb?token=" in log.read_text("utf-8")


@pytest.mark.parametrize(
    "lesson",
    [
        "00_start_here",
        "01_theory",
        *(pytest.param(name, marks=pytest.mark.weekly) for name in ("02_benefits", "04_demo")),
    ],
)
def test_a_lesson_on_numpy_runs_whole(scripts, learner, lesson):
    folder, environment = learner
    subprocess.run([scripts / "batchnorm-course", "new", "mine"], cwd=folder, env=environment, check=True)
    command = [scripts / "jupyter", "execute", f"mine/{lesson}.ipynb"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
