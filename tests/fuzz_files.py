"""Files that the course reads, damaged in every way: raw bytes, single members of an archive, single places of a JSON.

`READERS` says for each kind of file what a whole one holds, who reads it, and which errors its reader documents.
"""

import copy
import io
import json
import zipfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import nbformat
import numpy as np
from hypothesis import strategies as st
from lessonbuild import compare, execute, notebooks, source

from helpers.course import progress, quiz, record_file
from helpers.data import mnist
from helpers.experiments import Experiment, Result
from helpers.experiments.stack import Run
from helpers.networks.network import Network
from tests.fuzz_inputs import damaged

ROOT = Path(__file__).resolve().parents[1]
LESSON = """\
# ---
# jupyter:
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# ---

# %% [markdown] tags=["path-90"]
# # A lesson

# %% tags=["setup"]
import numpy as np

# %% tags=["exercise"] label="one"
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% tags=["check"]
print(double)

# %% tags=["quiz", "nbval-ignore-output"]
print("quiz")
"""
LINES = ["# %%", "# %% [markdown]", '# %% tags=["exercise"]', "# %% tags=[", "# %% tags=3", '# %% tags={"a": 1}']
LINES += ["    ### BEGIN SOLUTION", "### END SOLUTION", "# ---", "'''", "def f(", "\t", "%%bash", "# %% [raw]", "\x0c"]
LINES += ['# %% slideshow=1 tags=["figure"]', "# %% label=[]", "# +", "# -", '# %% tags=[["a"]]', "    return", "\\"]
JSONS = [None, True, 0, -1, 1e400, 10**400, "", "a", [], {}, [[]], {"a": 1}, ["a"], "\ud800", "digits"]


def network():
    """A small network with batch normalization."""
    return Network(
        [{"kernel": np.ones((4, 3)), "gamma": np.ones(3), "beta": np.zeros(3)}, {"kernel": np.ones((3, 2))}],
        [{"moving_mean": np.zeros(3), "moving_variance": np.ones(3)}],
        activation="relu",
        normalized="before",
    )


def saved(thing, folder):
    """The bytes that its `save` writes."""
    thing.save(folder / "saved")
    return (folder / "saved").read_bytes()


def result_bytes(folder):
    """A saved Result of one seed, with its network."""
    experiment = Experiment(True, "relu", hidden=(3,), steps=2, evaluations=2)
    run = Run.empty(experiment)
    run.network, run.test_accuracy, run.seconds = network(), 0.5, 1.0
    return saved(Result.of(experiment, (0,), [run]), folder)


def mnist_bytes(folder):
    """A file that passes for MNIST, all of it zeros."""
    file = io.BytesIO()
    np.savez_compressed(file, **{name: np.zeros(shape, np.uint8) for name, shape in mnist.SHAPES.items()})
    return file.getvalue()


def progress_bytes(folder):
    """The record of a learner who passed one exercise."""
    entry = {"passed": True, "attempts": 2, "failures": {"wrong-axis": 1}, "last": None, "in_a_row": 0}
    return json.dumps({"version": 1, "exercises": {"forward": entry, "backward": entry}}).encode()


def notebook_bytes(folder):
    """A built notebook."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="a", execution_count=1)])
    return nbformat.writes(made).encode()


def quiz_bytes(folder):
    """A quiz of the course."""
    return (resources.files("helpers.course") / "quizzes" / "en" / "01_theory.json").read_bytes()


def load_result(path):
    result = Result.load(path)
    return repr(result), result.complete, result.steps_per_second


def read_progress(path):
    """The record read, and one attempt stored: whatever the file holds, no error reaches a check."""
    assert progress.path() == path
    progress.passed()
    progress.record("forward", False, "wrong-axis")
    assert progress.attempts("forward") >= 1
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == 1


def parse_lesson(path):
    lesson = source.read(path, path.name)
    return notebooks.dumps(notebooks.learner(lesson)), notebooks.dumps(notebooks.solution(lesson))


def look_at_notebook(path):
    built = compare.load(path)
    wanted = nbformat.v4.new_notebook()
    return compare.same_sources(built, wanted), compare.diff(built, wanted, "a"), built and execute.is_executed(built)


@dataclass(frozen=True)
class Reader:
    """A kind of file: its name, who makes a whole one, who reads it; `raises` are the errors that are documented."""

    name: str
    whole: object
    read: object
    raises: tuple = (ValueError,)
    words: str = "Received: "
    costly: bool = False


READERS = {
    "data.mnist.read": Reader("mnist.npz", mnist_bytes, mnist.read, costly=True),
    "Result.load": Reader("result.npz", result_bytes, load_result),
    "Network.load": Reader("network.npz", lambda folder: saved(network(), folder), lambda path: network().load(path)),
    "course.record_file.read": Reader("record.json", progress_bytes, record_file.read, words=""),
    "progress": Reader("progress.json", progress_bytes, read_progress, raises=()),
    "course.quiz.parse": Reader(
        "quiz.json", quiz_bytes, lambda path: quiz.parse(path.read_bytes().decode("utf-8", "replace"), "a")
    ),
    "lessonbuild.source": Reader(
        "04_demo.py", lambda folder: LESSON.encode(), parse_lesson, (source.LessonError,), words="04_demo.py:"
    ),
    "lessonbuild.compare": Reader("04_demo.ipynb", notebook_bytes, look_at_notebook, raises=()),
}


@st.composite
def spoilt_bytes(draw, whole):
    """A damaged file: of an archive also a single member, of a JSON a single place, of a text single lines."""
    if whole[:2] == b"PK":
        return draw(st.one_of(damaged(whole), _archive(whole)))
    if whole[:1] in b"{[":
        return draw(st.one_of(damaged(whole), _json(whole)))
    return draw(st.one_of(damaged(whole), _lines(whole)))


@st.composite
def _archive(draw, whole):
    file, (old, other) = io.BytesIO(), (zipfile.ZipFile(io.BytesIO(whole)) for _ in range(2))
    names = old.namelist()
    chosen, swapped = draw(st.sampled_from(names)), draw(st.sampled_from(names))
    how = draw(st.sampled_from(["damaged", "lost", "swapped", "about", "pickle", "elsewhere"]))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in names:
            content = old.read(name)
            if name == chosen:
                if how == "lost":
                    continue
                content = draw(damaged(content[:4096])) + content[4096:] if how == "damaged" else content
                content = other.read(swapped) if how == "swapped" else content
                content = _npy(np.array([print], dtype=object)) if how == "pickle" else content
            if name == "about.npy" and how == "about":
                text = str(np.load(io.BytesIO(content)))
                content = _npy(np.array(draw(_json(text.encode())).decode("utf-8", "replace")))
            new.writestr(f"../../{name}" if how == "elsewhere" else name, content)
    return file.getvalue()


def _npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


@st.composite
def _json(draw, whole):
    """The JSON with one to three places replaced, lost or doubled."""
    root = [json.loads(whole)]
    for _ in range(draw(st.integers(1, 3))):
        holder, place = root, 0
        while isinstance(holder[place], (dict, list)) and holder[place] and draw(st.integers(0, 5)):
            holder = holder[place]
            place = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
        if holder is root or draw(st.booleans()):
            holder[place] = copy.deepcopy(draw(st.sampled_from(JSONS)))
        else:
            del holder[place]
    text = json.dumps(root[0])
    if draw(st.integers(0, 30)) == 0:
        text = draw(st.sampled_from(["[" * 100_000, '{"a":' * 50_000, text + text, text[:-1], "NaN", "1" * 5000]))
    return text.encode("utf-8", "surrogatepass")


@st.composite
def _lines(draw, whole):
    """The text with one to four lines lost, doubled, moved, indented, or put in from LINES."""
    lines = whole.decode().split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at, to = (draw(st.integers(0, max(len(lines) - 1, 0))) for _ in range(2))
        how = draw(st.sampled_from(["lost", "doubled", "moved", "indented", "new"]))
        if how == "lost":
            del lines[at : at + 1]
        elif how == "doubled":
            lines[at:at] = lines[at : at + 1]
        elif how == "moved" and lines:
            lines.insert(to, lines.pop(at))
        elif how == "indented" and lines:
            lines[at] = "  " + lines[at]
        else:
            lines.insert(at, draw(st.one_of(st.sampled_from(LINES), st.text(max_size=20))))
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]))
    return end.join(lines).encode("utf-8", "surrogatepass")
