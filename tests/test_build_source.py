"""lessonbuild.source: what a lesson may hold, and the file and line of what it may not."""

import pytest
from lessonbuild.source import LessonError, read, regions, with_stubs, without_marks

HEADER = """\
# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

"""
EXERCISE = (
    HEADER
    + """\
# %% tags=["exercise"]
def double(x):
    \"\"\"Twice x.\"\"\"
    ### BEGIN SOLUTION
    y = 2 * x
    return y
    ### END SOLUTION
"""
)


def lesson(tmp_path, text, name="04_demo"):
    path = tmp_path / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return read(path, f"lessons/{name}.py")


def refusal(tmp_path, text, **options):
    with pytest.raises(LessonError) as caught:
        lesson(tmp_path, text, **options)
    return str(caught.value)


def test_a_cell_knows_its_kind_tags_slideshow_and_lines(tmp_path):
    first, second = lesson(
        tmp_path,
        HEADER
        + '# %% [markdown] slideshow={"slide_type": "slide"}\n# # Title\n\n# %% tags=["setup", "path-90"]\nx = 1\n',
    ).cells
    assert (first.kind, first.source, first.slideshow, first.line, first.body) == (
        "markdown",
        "# Title",
        {"slide_type": "slide"},
        6,
        7,
    )
    assert (second.kind, second.source, second.tags, second.line) == ("code", "x = 1", ("setup", "path-90"), 9)


def test_a_region_becomes_the_stub_with_the_indentation_of_its_first_mark(tmp_path):
    (cell,) = lesson(tmp_path, EXERCISE).cells
    assert with_stubs(cell) == (
        'def double(x):\n    """Twice x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
    )
    assert without_marks(cell) == 'def double(x):\n    """Twice x."""\n    y = 2 * x\n    return y'
    assert regions(cell) == [(2, 5)]


def test_a_region_inside_a_loop_keeps_the_deeper_indentation(tmp_path):
    text = EXERCISE.replace("    ### BEGIN", "    for _ in range(2):\n        ### BEGIN").replace(
        "    y = 2 * x\n    return y\n    ### END", "        y = 2 * x\n        ### END"
    )
    (cell,) = lesson(tmp_path, text).cells
    assert with_stubs(cell).endswith("        # YOUR CODE HERE\n        raise NotImplementedError()")


FIRST, MARK = "lessons/04_demo.py:6: ", "lessons/04_demo.py:9: "
NO_SOLUTION = FIRST + "an exercise without a solution: write it between ### BEGIN SOLUTION and ### END SOLUTION."
UNTAGGED = ' SOLUTION in a cell without tags=["exercise"].'
MISPLACED = {
    "unclosed": (
        "    ### END SOLUTION\n",
        "",
        [MARK + "### BEGIN SOLUTION without a ### END SOLUTION in this cell."],
    ),
    "end without begin": (
        "    ### BEGIN SOLUTION\n",
        "",
        [
            NO_SOLUTION,
            "lessons/04_demo.py:11: ### END SOLUTION without a ### BEGIN SOLUTION before it in this cell.",
        ],
    ),
    "nested": (
        "    y = 2 * x\n",
        "    ### BEGIN SOLUTION\n",
        ["lessons/04_demo.py:10: ### BEGIN SOLUTION inside the region that began in line 9: regions do not nest."],
    ),
    "not tagged as an exercise": (
        'tags=["exercise"]',
        "",
        [MARK + "### BEGIN" + UNTAGGED, "lessons/04_demo.py:12: ### END" + UNTAGGED],
    ),
    "in a markdown cell": (
        "# %% tags",
        "# %% [markdown]\n# ### END SOLUTION\n\n# %% tags",
        ["lessons/04_demo.py:7: ### END SOLUTION in a markdown cell: a solution is code."],
    ),
    "mark not alone": (
        "### END SOLUTION",
        "### END SOLUTION (2 lines)",
        [
            MARK + "### BEGIN SOLUTION without a ### END SOLUTION in this cell.",
            "lessons/04_demo.py:12: a mark stands alone on its line, as ### END SOLUTION. "
            "Received: '### END SOLUTION (2 lines)'.",
        ],
    ),
    "outside of a function": (
        "def double(x):\n",
        "for x in [1]:\n",
        ["lessons/04_demo.py:10: the stub stands outside of any function and would raise when the notebook runs."],
    ),
    "no Python with the stub": (
        "    return y\n    ### END SOLUTION",
        "    ### END SOLUTION\n  return y",
        [
            "lessons/04_demo.py:7: with the stub instead of the solution this is no Python: "
            "unindent does not match any outer indentation level."
        ],
    ),
    "unknown tag": (
        'tags=["exercise"]',
        'tags=["exercise", "homework"]',
        [
            FIRST
            + "unknown tag `homework`; known: check, exercise, figure, nbval-ignore-output, path-90, pinned, quiz, "
            "recap, references, setup, solution."
        ],
    ),
    "unknown metadata": (
        'tags=["exercise"]',
        'tags=["exercise"] collapsed=true',
        [FIRST + "unknown cell metadata `collapsed`; known: label, slideshow, tags."],
    ),
    "quiz whose output is compared": (
        'tags=["exercise"]',
        'tags=["exercise", "quiz"]',
        [FIRST + "`quiz` and `nbval-ignore-output` go together: the quiz's output differs from run to run."],
    ),
    "before the first cell": (
        "# %% tags",
        "import os\n\n# %% tags",
        [FIRST + "text before the first cell: begin it with `# %%` or `# %% [markdown]`."],
    ),
    "start of a cell in a string": (
        '"""Twice x."""',
        '"""Twice x.\n# %% no cell\n"""',
        [FIRST + "2 lines begin with `# %%`, but there are 1 cells: a string must not hold such a line."],
    ),
}


@pytest.mark.parametrize(("old", "new", "messages"), MISPLACED.values(), ids=MISPLACED)
def test_what_is_misplaced_is_refused_with_file_and_line(tmp_path, old, new, messages):
    assert EXERCISE.count(old) == 1
    assert refusal(tmp_path, EXERCISE.replace(old, new)).splitlines() == messages


def test_a_file_without_a_cell_is_refused(tmp_path):
    assert refusal(tmp_path, HEADER) == "lessons/04_demo.py:1: no cell: a cell begins with `# %%` or `# %% [markdown]`."


def test_a_file_name_without_two_digits_is_refused(tmp_path):
    message = "lessons/demo.py:1: a lesson's file is named like 04_demo.py: two digits, _, lower case letters."
    assert refusal(tmp_path, EXERCISE, name="demo") == message
