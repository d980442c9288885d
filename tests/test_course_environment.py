"""The environment check: what it finds, what it says, and that it imports nothing heavy."""

import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.course import environment

ROOT = Path(__file__).resolve().parents[1]


def test_this_environment_is_ready():
    report = environment.check(ROOT / "notebooks")
    assert report.problems == ()
    assert report.ok
    assert str(report) == "Ready: everything that the course needs is here."


def test_the_details_name_python_the_machine_and_each_package():
    report = environment.check(ROOT / "notebooks")
    details = report.details.replace("\n", " ")
    assert details.startswith(f"Python {platform.python_version()} on {platform.system()} ")
    assert all(f"{name} {version}" in details for name, version in report.versions.items())


def test_what_the_installed_course_asks_for_is_looked_for():
    base, keras = environment.read_requirements(), environment.read_requirements("keras")
    assert {"numpy", "jupyterlab", "jupyterquiz"} <= set(base)
    assert len(keras) == 2
    assert {name.removesuffix("-cpu") for name in keras} == {"keras", "tensorflow"}
    assert set(environment.check().versions) <= {*base, *keras}


def test_without_tensorflow_it_is_ready_and_says_what_that_leaves_out(monkeypatch):
    found = environment.read_versions
    monkeypatch.setattr(environment, "read_versions", lambda names: found(names) | dict.fromkeys({"keras"} & {*names}))
    assert str(environment.check()) == (
        "Ready: everything that the course needs is here. "
        "Lessons 03 and 05 to 11 need TensorFlow as well: pip install 'batchnorm-course[keras]'."
    )


def test_it_answers_in_seconds_and_imports_no_package_that_it_looks_for():
    code = (
        "import sys; from helpers.course import environment; environment.check(); "
        "print([name for name in ('tensorflow', 'keras', 'numpy', 'pandas', 'sklearn') if name in sys.modules])"
    )
    start = time.perf_counter()
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "[]"
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (None, "The package numpy is missing: "),
        ("2.0.9", "The package numpy is too old, 2.0.9, and the course needs 2.1 or newer: "),
    ],
)
def test_a_missing_or_old_package_is_named_with_what_to_do(found, problem):
    said = list(environment.package_problems({"numpy": "2.1"}, {"numpy": found}))
    assert said == [problem + "run `make env` in the course's folder, then restart the kernel."]


@pytest.mark.parametrize("found", ["2.1", "2.1.0", "2.10", "3.0.0rc1", "2.1+cpu"])
def test_a_version_is_compared_number_by_number(found):
    assert list(environment.package_problems({"numpy": "2.1"}, {"numpy": found})) == []


def test_a_package_that_is_not_installed_has_no_version():
    assert environment.read_versions(["no-such-package-here"]) == {"no-such-package-here": None}


@pytest.mark.parametrize("version", ["3.10.14", "3.15.0"])
def test_a_python_that_is_too_old_or_too_new_is_named_with_what_to_do(monkeypatch, version):
    monkeypatch.setattr("platform.python_version", lambda: version)
    assert environment.check(ROOT / "notebooks").problems == (
        f"This kernel's Python is {version}, and the course needs 3.11 or newer, below 3.15: start JupyterLab with "
        "`make lab`, or choose the course's kernel in the menu Kernel.",
    )


def test_a_notebook_of_another_copy_of_the_course_is_told_from_where_helpers_come(tmp_path):
    (tmp_path / "helpers").mkdir()
    (tmp_path / "notebooks").mkdir()
    assert list(environment.helpers_problems(tmp_path / "notebooks", ROOT / "helpers")) == [
        f"This notebook imports helpers from {ROOT / 'helpers'}, but its own copy of the course is {tmp_path}: "
        "run `make lab` there, and open the notebook in what it starts."
    ]


def test_a_folder_of_the_learners_in_a_clone_is_no_other_copy(tmp_path):
    (tmp_path / "helpers").mkdir()
    assert list(environment.helpers_problems(tmp_path / "batchnorm-course", ROOT / "helpers")) == []


def test_a_notebook_that_was_copied_elsewhere_alone_has_nothing_to_compare(tmp_path):
    assert list(environment.helpers_problems(tmp_path)) == []


def test_a_copy_that_is_not_installed_is_one_sentence(monkeypatch):
    monkeypatch.setattr(environment, "COURSE", "no-such-package-here")
    report = environment.check()
    assert report.problems == (
        "The course is not installed as a package, no-such-package-here: "
        "run `make env` in the course's folder, then restart the kernel.",
    )
    assert str(report) == f"Not ready yet:\n- {report.problems[0]}\n\n{report.details}"


def test_without_packaging_the_rest_is_still_checked(monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.markers", None)
    assert "numpy" in environment.read_requirements()
    assert environment.read_requirements("keras") == {}
