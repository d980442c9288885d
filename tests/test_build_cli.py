"""tools/build.py on a course of two tiny lessons: building, staleness, --check, failures, --export."""

import json
import os

import pytest
from lessonbuild import execute
from lessonbuild.cli import main

LESSON = """\
# %% [markdown]
# # A lesson

# %% tags=["setup"]
import os

# %% tags=["exercise"]
def answer():
    ### BEGIN SOLUTION
    forty_two = 6 * 7
    return forty_two
    ### END SOLUTION

# %% tags=["check"]
try:
    print("the answer:", answer())
except NotImplementedError:
    print("not attempted yet")

# %% tags=["solution"]
home = os.path.dirname(os.environ["BATCHNORM_COURSE_HOME"])
print("progress", os.environ["BATCHNORM_COURSE_PROGRESS"], os.listdir(home))
"""

# Each lesson waits for the other one, so that only running both at a time ends well.
MEETING = """\
import os
import pathlib
import time

pathlib.Path(f"{os.getpid()}.here").touch()
deadline = time.monotonic() + 60
while len(list(pathlib.Path().glob("*.here"))) < 2:
    assert time.monotonic() < deadline, "the other lesson never came"
    time.sleep(0.05)
"""


@pytest.fixture
def course(tmp_path):
    """A course of lessons 00 and 01, not built."""
    (tmp_path / "lessons").mkdir()
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "__init__.py").write_text("", encoding="utf-8")
    for name in ("00_first", "01_second"):
        (tmp_path / "lessons" / f"{name}.py").write_text(LESSON, encoding="utf-8")
    return tmp_path


def build(course, *arguments):
    return main(["--root", str(course), *arguments])


def edit(course, old, new, name="00_first"):
    path = course / "lessons" / f"{name}.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def snapshot(course):
    return {
        path.relative_to(course).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for folder in ("notebooks", "solutions")
        for path in sorted((course / folder).glob("*"))
    }


@pytest.mark.notebook
@pytest.mark.slow
def test_building_executes_checks_and_leaves_what_is_fresh(course, capsys):
    assert build(course, "--check") == 1
    assert build(course) == 0
    assert build(course, "--check") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 lessons: all built."
    solved = json.loads((course / "solutions" / "00_first.ipynb").read_text(encoding="utf-8"))
    outputs = ["".join(output["text"]) for cell in solved["cells"] for output in cell.get("outputs", ())]
    assert outputs == ["the answer: 42\n", "progress 0 ['ipython']\n"]
    assert "timing" not in json.dumps(solved)
    assert str(course) not in json.dumps(solved)

    before = snapshot(course)
    assert build(course) == 0
    assert snapshot(course) == before
    assert capsys.readouterr().out == "2 lessons, 0 to execute.\n"

    edit(course, "6 * 7", "7 * 6")
    assert build(course) == 0
    after = snapshot(course)
    assert [name for name in after if after[name] != before[name]] == ["solutions/00_first.ipynb"]

    assert build(course, "--force") == 0
    assert {name: data for name, (data, _) in snapshot(course).items()} == {
        name: data for name, (data, _) in after.items()
    }


@pytest.mark.notebook
def test_a_widget_and_a_quiz_give_the_same_bytes_again_and_of_a_widget_with_a_picture_the_picture_is_saved(course):
    text = "import os\nfrom ipywidgets import VBox, IntSlider\nfrom jupyterquiz import display_quiz\n"
    text += "class Shown(VBox):\n    def _repr_mimebundle_(self, **options):\n"
    text += '        return super()._repr_mimebundle_(**options) | {"image/png": "iVBORw0KGgo="}\ndisplay(Shown())\n'
    question = {"question": "Which?", "type": "multiple_choice", "answers": [{"answer": "a", "correct": True}]}
    edit(course, "import os\n", f"{text}display(IntSlider(), VBox())\ndisplay_quiz([{question!r}])\n")
    build(course, "00")
    before = (course / "solutions" / "00_first.ipynb").read_bytes()
    assert before.count(b'"model_id"') == 2  # of the slider and the box, not of the one with a picture
    assert before.count(b'"image/png"') == 1
    assert b"data-numquestions" in before
    build(course, "00", "--force")
    assert (course / "solutions" / "00_first.ipynb").read_bytes() == before


@pytest.mark.notebook
def test_an_exception_fails_the_build_with_notebook_cell_and_message(course, capsys):
    edit(course, "import os", "import os\n\nraise ValueError('too few rows')")
    assert build(course, "x") == 1
    assert capsys.readouterr().err == "No such lesson. Received: 'x'. There is: 00_first, 01_second.\n"
    assert build(course, "00") == 1
    assert capsys.readouterr().err == (
        "solutions/00_first.ipynb, cell 00-a-lesson-2: ValueError: too few rows\n"
        "    import os\n    \n    raise ValueError('too few rows')\n"
    )
    assert not (course / "solutions" / "00_first.ipynb").exists()


@pytest.mark.notebook
def test_lessons_execute_side_by_side_and_anything_on_stderr_fails_the_build(course, capsys):
    for name in ("00_first", "01_second"):
        edit(course, "import os\n", MEETING, name)
    edit(course, "import os\n", "import os\nimport warnings\n\nwarnings.warn('careful', stacklevel=1)\n")
    assert build(course, "--jobs", "2") == 1
    assert capsys.readouterr().err.startswith("solutions/00_first.ipynb, cell 00-a-lesson-2 wrote to stderr:\n")
    assert (course / "solutions" / "01_second.ipynb").exists()


def test_check_shows_a_readable_difference_and_writes_nothing(course, capsys, monkeypatch):
    monkeypatch.setattr(execute, "run", lambda notebook, *_: _pretend_executed(notebook))
    assert build(course, "--jobs", "0") == 0
    before = snapshot(course)
    edit(course, "# # A lesson", "# # A better lesson")
    assert build(course, "--check") == 1
    shown = capsys.readouterr().out
    assert "--- notebooks/00_first.ipynb (as it is)\n+++ notebooks/00_first.ipynb (from its lesson)\n" in shown
    assert "\n-# A lesson\n" in shown
    assert "\n+# A better lesson\n" in shown
    assert shown.splitlines()[-1] == "2 lessons: 2 files differ; run `make build`."
    assert snapshot(course) == before


def test_check_reports_a_notebook_edited_by_hand_and_one_without_a_lesson(course, capsys, monkeypatch):
    monkeypatch.setattr(execute, "run", lambda notebook, *_: _pretend_executed(notebook))
    assert build(course, "--jobs", "0") == 0
    path = course / "notebooks" / "01_second.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1]["execution_count"] = 3
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (course / "solutions" / "07_gone.ipynb").write_text("{}", encoding="utf-8")
    capsys.readouterr()
    assert build(course, "--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        "notebooks/01_second.ipynb: has outputs, or was written by something else than the build.",
        "solutions/07_gone.ipynb: no lesson of this name.",
        "2 lessons: 2 files differ; run `make build`.",
    ]


def test_check_reports_a_solution_that_was_not_executed(course, capsys, monkeypatch):
    monkeypatch.setattr(execute, "run", lambda notebook, *_: notebook)
    assert build(course, "--jobs", "0") == 0
    capsys.readouterr()
    assert build(course, "--check", "00") == 1
    assert capsys.readouterr().out.splitlines()[0] == "solutions/00_first.ipynb: not executed from top to bottom."


def test_problems_of_all_lessons_are_listed_at_once(course, capsys):
    for name in ("00_first", "01_second"):
        edit(course, "    ### END SOLUTION\n", "", name)
    assert build(course) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"lessons/{name}.py:9: ### BEGIN SOLUTION without a ### END SOLUTION in this cell."
        for name in ("00_first", "01_second")
    ]


def test_export_writes_notebooks_and_helpers_and_no_solution(course, tmp_path_factory):
    (course / "helpers" / "__pycache__").mkdir()
    folder = tmp_path_factory.mktemp("export") / "workshop"
    assert build(course, "--export", str(folder)) == 0
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == ["README.md", "helpers/__init__.py", "notebooks/00_first.ipynb", "notebooks/01_second.ipynb"]
    text = "".join((folder / name).read_text(encoding="utf-8") for name in files)
    assert "forty_two" not in text
    assert "SOLUTION" not in text
    assert "not attempted yet" in text


def test_export_refuses_a_line_of_a_solution_that_another_cell_shows(course, tmp_path_factory, capsys):
    edit(course, "# # A lesson", "# # A lesson\n# Write forty_two = 6 * 7 and so on.")
    folder = tmp_path_factory.mktemp("export")
    assert build(course, "--export", str(folder)) == 1
    assert capsys.readouterr().err == "00_first.py:11: the solution's 'forty_two = 6 * 7' shows in the notebook.\n"
    assert os.listdir(folder) == []


def test_export_refuses_a_folder_that_holds_something(course, capsys):
    assert build(course, "--export", str(course)) == 1
    assert capsys.readouterr().err == (
        f"The folder to export to must be empty or new. Received: {course}. Name another, or empty it.\n"
    )


def _pretend_executed(notebook):
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
    return notebook
