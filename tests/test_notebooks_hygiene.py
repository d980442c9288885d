"""What nbval does not see: every built notebook and every quiz keeps the rules, and each rule finds its fault."""

from pathlib import Path

import nbformat
import notebook_rules as rules
import pytest
from lessonbuild import compare, notebooks
from lessonbuild.source import read
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.course import quiz as quizzes

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(path.stem for path in (ROOT / "lessons").glob("*.py"))


@pytest.fixture(params=LESSONS)
def name(request):
    return request.param


@pytest.fixture
def solved(name):
    return built("solutions", name)


@pytest.fixture
def copy(name):
    return built("notebooks", name)


def built(folder, name):
    path = ROOT / folder / f"{name}.ipynb"
    if not path.exists():
        pytest.fail(f'{folder}/{name}.ipynb is not there: run `make build ARGS="{name}"`.', pytrace=False)
    return nbformat.read(path, as_version=4)


def test_both_notebooks_are_what_their_lesson_says(name):
    lesson = read(ROOT / "lessons" / f"{name}.py")
    for folder, make in (("notebooks", notebooks.learner), ("solutions", notebooks.solution)):
        assert compare.diff(built(folder, name), make(lesson), f"{folder}/{name}.ipynb") == ""


def test_the_learners_copy_is_byte_for_byte_what_the_build_writes(name):
    lesson = read(ROOT / "lessons" / f"{name}.py")
    path = ROOT / "notebooks" / f"{name}.ipynb"
    assert path.read_text(encoding="utf-8") == notebooks.dumps(notebooks.learner(lesson))


def test_no_notebook_is_without_a_lesson():
    names = {path.stem for folder in ("notebooks", "solutions") for path in (ROOT / folder).glob("*.ipynb")}
    assert names - set(LESSONS) == set()


# Each takes a solution and gives what breaks it; the names of these functions say what.
OF_A_SOLUTION = [
    rules.not_executed_in_order,
    rules.with_errors,
    rules.with_stderr,
    rules.with_paths,
    rules.repeated_ids,
    rules.unknown_tags,
    rules.forbidden,
    rules.figures_without_a_sentence,
    rules.exercises_without_check,
    rules.asserted_before_the_answer,
    rules.marked_by_hand,
    rules.measured_without_a_number,
]


@pytest.mark.parametrize("rule", OF_A_SOLUTION, ids=lambda rule: rule.__name__)
def test_a_solution_keeps(rule, solved):
    assert list(rule(solved)) == []


def test_a_cell_has_at_most_15_lines(copy, solved):
    exercises = {cell.id for cell in copy.cells if "exercise" in cell.metadata.get("tags", ())}
    shown = [finding for finding in rules.too_long(solved) if finding.split(":")[0] not in exercises]
    assert rules.too_long(copy) + shown == []


def test_the_lesson_has_all_its_parts(solved, name):
    assert list(rules.missing_parts(solved, name)) == []


def test_links_resolve(solved, copy):
    assert list(rules.broken_links(solved, ROOT / "solutions")) == []
    assert list(rules.broken_links(copy, ROOT / "notebooks")) == []


def test_the_learners_copy_differs_from_the_solution_in_stubs_alone(copy, solved):
    assert list(rules.differences_beyond_stubs(copy, solved)) == []


def test_the_quiz_has_feedback_for_each_answer(name):
    questions = quizzes.load(name)
    assert list(rules.quiz_faults(questions)) == []


# Each rule finds its own fault in a notebook that is otherwise in order, and nothing else.


def notebook():
    """A small lesson that keeps every rule."""
    picture = new_output("display_data", data={"image/png": "", "text/plain": "<Figure>"})
    printed = new_output("stream", name="stdout", text="42\n")
    cells = [
        new_markdown_cell("# Title\nAbout 10 minutes (an estimate).", id="a"),
        new_code_cell("import os", id="b", metadata={"tags": ["setup"]}),
        new_code_cell("plt.show()", id="c", outputs=[picture]),
        new_markdown_cell("It shows [this](#Recap) and [that](https://example.org/x).", id="d"),
        new_code_cell("def f():\n    return 42", id="e", metadata={"tags": ["exercise"]}),
        new_code_cell("print(f())", id="f", outputs=[printed], metadata={"tags": ["check"]}),
        new_code_cell('quiz.show("04_demo")', id="g", metadata={"tags": ["quiz", "nbval-ignore-output"]}),
        new_markdown_cell("## Recap", id="h", metadata={"tags": ["recap"]}),
        new_markdown_cell("## References", id="i", metadata={"tags": ["references"]}),
    ]
    made = new_notebook(cells=cells)
    for count, cell in enumerate(rules.code(made), 1):
        cell.execution_count = count
    return made


def learners(solved):
    made = nbformat.from_dict(solved)
    for cell in rules.code(made):
        cell.outputs, cell.execution_count = [], None
    made.cells[4].source = "def f():\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    return made


def all_findings(made):
    found = [finding for rule in OF_A_SOLUTION for finding in rule(made)]
    return [
        *found, *rules.too_long(made), *rules.missing_parts(made, "04_demo"),
        *rules.broken_links(made, ROOT / "solutions"),
    ]  # fmt: skip


def change(place, **fields):
    def apply(made):
        made.cells[place].update(fields)

    return apply


def insert(place, cell):
    return lambda made: made.cells.insert(place, cell)


FAULTS = {
    "never executed": (change(2, execution_count=None), "c: execution count None instead of 2"),
    "executed out of order": (change(6, execution_count=9), "g: execution count 9 instead of 5"),
    "error": (
        change(5, outputs=[new_output("error", ename="ValueError", evalue="", traceback=[])]),
        "f: ValueError",
    ),
    "stderr": (change(5, outputs=[new_output("stream", name="stderr", text="careful")]), "f: wrote to stderr"),
    "path": (
        change(5, outputs=[new_output("stream", name="stdout", text="/" + "home/me/x.py")]),
        "f: shows a path of some machine",
    ),
    "repeated id": (change(8, id="a"), "a: 2 cells have this id"),
    "unknown tag": (change(3, metadata={"tags": ["homework"]}), "d: tag homework"),
    "long cell": (change(5, source="\n".join(["x = 1"] * 16)), "f: 16 lines, at most 15"),
    "semicolon": (
        change(5, source="plt.plot();"),
        "f: a trailing `;` hides nothing outside of a front end: end a plot with plt.show()",
    ),
    "figure without text": (
        lambda made: made.cells.insert(2, made.cells.pop(3)),
        "c: no text after the figure",
    ),
    "no title": (change(0, source="## Small\n10 minutes (an estimate)"), "a: does not begin with a title"),
    "no minutes": (change(0, source="# Title"), "a: does not say how many minutes it takes, as an estimate"),
    "no recap": (change(7, metadata={}), "04_demo: 0 cells are tagged recap, not one"),
    "another lesson's quiz": (change(6, source='quiz.show("05_more")'), 'g: is not quiz.show("04_demo")'),
    "no check": (change(5, metadata={}), "e: no check follows the exercise"),
    "link to a missing file": (change(3, source="[x](../docs/none.md)"), "d: there is no ../docs/none.md"),
    "link to a missing heading": (change(3, source="[x](#Nowhere)"), "d: no heading for #Nowhere"),
    "link that is not https": (change(3, source="[x](http://a.org)"), "d: http://a.org is not https"),
}


def test_a_notebook_in_order_breaks_no_rule():
    assert all_findings(notebook()) == []
    assert list(rules.differences_beyond_stubs(learners(notebook()), notebook())) == []


@pytest.mark.parametrize(("fault", "finding"), FAULTS.values(), ids=FAULTS)
def test_each_rule_finds_its_fault(fault, finding):
    made = notebook()
    fault(made)
    assert all_findings(made) == [finding]


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        (change(4, source="def f():\n    return 42"), ["e: an exercise without a stub", "e: shows the solution"]),
        (change(3, source="Other text."), ["d: differs"]),
        (change(5, execution_count=1), ["f: has outputs"]),
        (insert(1, new_markdown_cell("More.", id="z")), ["the two do not have the same cells"]),
    ],
    ids=["solution shown", "other text", "executed", "another cell"],
)
def test_a_copy_that_differs_in_more_than_stubs_is_found(fault, finding):
    made = learners(notebook())
    fault(made)
    assert list(rules.differences_beyond_stubs(made, notebook())) == finding


def quiz():
    answers = [
        {"answer": "a", "correct": True, "feedback": "Yes."},
        {"answer": "b", "correct": False, "feedback": "No."},
    ]
    return [
        {"question": "Which?", "type": "multiple_choice", "answers": [dict(one) for one in answers]} for _ in range(3)
    ]


def test_a_quiz_in_order_has_no_fault():
    assert list(rules.quiz_faults(quiz())) == []


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        (lambda made: made.pop(), "2 questions, not three to five"),
        (lambda made: made[1]["answers"][1].pop("feedback"), "question 2, answer 2: no feedback"),
        (lambda made: made[0]["answers"][1].update(correct=True), "question 1: 2 answers are right, not one"),
        (lambda made: made[2].update(type="essay"), "question 3: unknown type essay"),
        (lambda made: made[2].update(question=" "), "question 3: no text"),
    ],
    ids=["too few", "no feedback", "two right", "unknown type", "no text"],
)
def test_each_fault_of_a_quiz_is_found(fault, finding):
    made = quiz()
    fault(made)
    assert list(rules.quiz_faults(made)) == [finding]
