"""lessonbuild.notebooks: the learner's copy and the solution; nbgrader is the oracle for the former."""

import nbformat
import pytest
from lessonbuild import notebooks
from lessonbuild.source import LessonError, read
from nbgrader.preprocessors import ClearSolutions
from traitlets.config import Config

LESSON = '''\
# %% [markdown] slideshow={"slide_type": "slide"}
# # A lesson

# %% tags=["setup"]
import numpy as np

# %% [markdown]
# ## Spread: σ and ε

# %% tags=["exercise"]
def spread(x):
    """The spread of x."""
    ### BEGIN SOLUTION
    centred = x - x.mean()
    return np.sqrt((centred**2).mean())
    ### END SOLUTION


class Pair:
    def both(self):
        if True:
            ### BEGIN SOLUTION
            return 1, 2
            ### END SOLUTION

# %% tags=["solution"]
print(round(spread(np.arange(3.0)), 3))

# %% label="the end"
print("done")
'''


@pytest.fixture
def lesson(tmp_path):
    path = tmp_path / "04_demo.py"
    path.write_text(LESSON, encoding="utf-8")
    return read(path)


def test_the_stubs_are_those_of_nbgrader(lesson):
    marked = nbformat.v4.new_notebook(metadata=notebooks.METADATA)
    marked.cells = [
        nbformat.v4.new_code_cell(cell.source) if cell.kind == "code" else nbformat.v4.new_markdown_cell(cell.source)
        for cell in lesson.cells
        if "solution" not in cell.tags
    ]
    config = Config()
    config.ClearSolutions.enforce_metadata = False
    cleared, _ = ClearSolutions(config=config).preprocess(marked, {})
    assert [cell.source for cell in notebooks.learner(lesson).cells] == [cell.source for cell in cleared.cells]


def test_the_learners_copy_lacks_solutions_outputs_and_counts(lesson):
    copy = notebooks.learner(lesson)
    text = notebooks.dumps(copy)
    assert "centred" not in text
    assert "return 1, 2" not in text
    assert "SOLUTION" not in text
    assert text.count("raise NotImplementedError()") == 2
    assert [cell.id for cell in copy.cells] == [
        "04-a-lesson-1",
        "04-a-lesson-2",
        "04-spread-and-1",
        "04-spread-and-2",
        "04-the-end",
    ]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in copy.cells if cell.cell_type == "code")


def test_the_solution_holds_every_cell_without_marks(lesson):
    solved = notebooks.solution(lesson)
    assert len(solved.cells) == 6
    assert "centred = x - x.mean()" in solved.cells[3].source
    assert "SOLUTION" not in notebooks.dumps(solved)
    assert solved.cells[4].metadata == {"tags": ["solution"]}
    assert solved.cells[0].metadata == {"slideshow": {"slide_type": "slide"}}


def test_copy_and_solution_give_the_same_cell_the_same_id(lesson):
    solved = {cell.id: cell.metadata for cell in notebooks.solution(lesson).cells}
    copy = {cell.id: cell.metadata for cell in notebooks.learner(lesson).cells}
    assert copy.items() <= solved.items()


def test_building_twice_gives_the_same_bytes(lesson):
    assert notebooks.dumps(notebooks.learner(lesson)) == notebooks.dumps(notebooks.learner(lesson))
    assert notebooks.dumps(notebooks.solution(lesson)) == notebooks.dumps(notebooks.solution(lesson))


def test_a_new_cell_changes_ids_up_to_the_next_heading_only(tmp_path, lesson):
    path = tmp_path / "04_demo.py"
    path.write_text(
        LESSON.replace("# %% [markdown]\n# ## Spread", "# %%\nx = 1\n\n# %% [markdown]\n# ## Spread"), "utf-8"
    )
    before = [cell.id for cell in notebooks.solution(lesson).cells]
    after = [cell.id for cell in notebooks.solution(read(path)).cells]
    assert after == [*before[:2], "04-a-lesson-3", *before[2:]]


def test_two_cells_of_one_label_are_refused(tmp_path):
    path = tmp_path / "04_demo.py"
    path.write_text('# %% label="a"\nx = 1\n\n# %% label="a"\nx = 2\n', encoding="utf-8")
    with pytest.raises(LessonError) as caught:
        notebooks.solution(read(path))
    assert str(caught.value) == "04_demo.py:4: two cells have the id '04-a': change the label."
