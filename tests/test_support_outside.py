"""Hostile machines: keras.json, startup files, a matplotlibrc and variables that another course left behind."""

import configparser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from lessonbuild import execute

from helpers.figures import plots

ROOT = Path(__file__).resolve().parents[1]
KERAS = {"backend": "jax", "floatx": "float64", "image_data_format": "channels_first", "epsilon": 0.1}
STARTUP = """
import warnings, numpy, pandas, matplotlib.pyplot
warnings.simplefilter("error")
warnings.filterwarnings("ignore", "There is no current event loop")  # the kernel's own, with Python 3.13
numpy.set_printoptions(precision=2, threshold=3, linewidth=20, legacy="1.13", formatter={"float": str})
numpy.seterr(all="raise")
pandas.set_option("display.precision", 1, "display.max_rows", 2)
matplotlib.pyplot.style.use("dark_background")
"""
ANOTHER_COURSE = """
import keras
keras.config.set_dtype_policy("mixed_float16")
keras.config.set_max_steps_per_epoch(1)
import numpy
numpy.seterr(all="raise")
from helpers import checks
from tests.wrong_answers import load
wrong, right = load("add_batchnorm", "add_batchnorm_conv", "freeze", "generator", "tf_layer", "training_step")
tried = [(one.name, getattr(checks, one.exercise)(one.function).diagnosis) for one in right]
print(len(tried), [pair for pair in tried if pair[1] is not None])
"""


def hostile(folder):
    """The environment variables of a machine on which nothing is as it was installed, with its files in `folder`."""
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text(STARTUP)
    (folder / "keras.json").write_text(json.dumps(KERAS))
    (folder / "matplotlibrc").write_text("backend: svg\nfigure.figsize: 1, 1\ntext.color: red\n")
    return {
        "IPYTHONDIR": str(folder / "ipython"),
        "KERAS_BACKEND": "jax",
        "KERAS_HOME": str(folder),
        "KERAS_MAX_EPOCHS": "1",
        "LC_ALL": "tr_TR.UTF-8",
        "MATPLOTLIBRC": str(folder),
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "3",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_USE_LEGACY_KERAS": "1",
    }


@pytest.fixture
def solution_again(tmp_path, monkeypatch):
    """A function of a lesson's number: its solution as it is, and executed on a hostile machine."""
    usual, other = execute.environment, hostile(tmp_path)
    monkeypatch.setattr(execute, "environment", lambda home: usual(home) | other)

    def again(number):
        (path,) = (ROOT / "solutions").glob(f"{number}_*.ipynb")
        before, after = (nbformat.read(path, as_version=4) for _ in range(2))
        return before, execute.run(after, path.parent, path.name)

    return again


def shown(notebook):
    """For each cell its text, measured numbers aside, and how many pictures it shows."""
    rules = configparser.RawConfigParser()
    rules.read(ROOT / "tests" / "nbval_sanitize.cfg", encoding="utf-8")
    measured = re.compile(rules["measured"]["regex"])
    for cell in notebook.cells:
        # The tag is that of quizzes alone (the build refuses others): each display of one has new ids.
        if cell.cell_type == "code" and "nbval-ignore-output" not in cell.metadata.get("tags", ()):
            texts = [out.get("text") or out.data.get("text/plain", "") for out in cell.outputs]
            figures = sum("image/png" in out.get("data", {}) for out in cell.outputs)
            yield cell.id, measured.sub("", "\n".join(texts)), figures


def test_numpy_pandas_and_figures_are_as_newly_installed():
    before = np.get_printoptions()
    with np.errstate(), np.printoptions(), pd.option_context("display.precision", 1), matplotlib.rc_context():
        np.set_printoptions(precision=2, suppress=True, legacy="1.13", formatter={"float": str})
        np.seterr(all="raise")
        plt.style.use("dark_background")
        plots.use_style()
        assert np.get_printoptions() == before
        assert np.geterr() == {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
        assert pd.get_option("display.precision") == 6
        assert matplotlib.rcParams["figure.facecolor"] == "white"


@pytest.mark.keras
@pytest.mark.weekly
@pytest.mark.timeout(600)
def test_right_answers_are_accepted_after_another_courses_cells_on_a_hostile_machine(tmp_path):
    environment = os.environ | hostile(tmp_path) | {"KERAS_BACKEND": "tensorflow"}
    command = [sys.executable, "-c", ANOTHER_COURSE]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert re.fullmatch(r"[1-9]\d* \[\]\n", done.stdout), done.stdout + done.stderr


@pytest.mark.notebook
@pytest.mark.slow
def test_lesson_00_shows_its_figures_and_texts_on_a_hostile_machine(solution_again):
    before, after = solution_again("00")
    assert list(shown(after)) == list(shown(before))


@pytest.mark.weekly
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("number", ["03", "06", "07"])
def test_lessons_in_keras_show_the_same_on_a_hostile_machine(solution_again, number):
    before, after = solution_again(number)
    assert list(shown(after)) == list(shown(before))
