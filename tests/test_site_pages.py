"""What the site's pages are made of: each part alone, without Sphinx."""

import re
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("sphinx", reason="the site needs the extra `site`: Sphinx, MyST-NB, the theme")

import kit_faults
from sitebuild import chinese, docstrings, doctor, kit, launch, lessons, quizzes, reference, results, symptoms

from helpers.doctor.findings import FINDINGS

PNG = {"image/png": "iVBORw0KGgo="}
QUESTION = {
    "question": "Is `1 < 2`?",
    "type": "multiple_choice",
    "answers": [
        {"answer": "yes", "correct": True, "feedback": "It is."},
        {"answer": "no", "correct": False, "feedback": "Count again."},
    ],
}


@pytest.fixture(scope="session")
def root():
    return Path(__file__).resolve().parents[1]


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def markdown(text):
    return nbformat.v4.new_markdown_cell(text)


def code(text, tags=(), outputs=()):
    return nbformat.v4.new_code_cell(text, metadata={"tags": list(tags)}, outputs=list(outputs))


def shown(data):
    return nbformat.v4.new_output("display_data", data=data)


def test_a_quiz_holds_a_control_and_the_feedback_for_each_option():
    page = quizzes.page("00", [QUESTION])
    assert page.count('type="radio"') == 2
    assert "Count again." in page


def test_a_quiz_escapes_what_html_would_read():
    assert "<code>1 &lt; 2</code>" in quizzes.page("00", [QUESTION])


def test_a_quiz_holds_no_script():
    assert "<script" not in quizzes.page("00", [QUESTION])


def test_a_question_of_an_unknown_type_is_refused():
    with pytest.raises(ValueError, match="Received: type='essay' in the quiz '00'"):
        quizzes.page("00", [QUESTION | {"type": "essay"}])


def test_a_widget_becomes_its_picture():
    output = shown({lessons.WIDGET: {"model_id": "a"}, "text/plain": "VBox()"} | PNG)
    assert lessons.still(output, "c").data == PNG


def test_a_widget_without_a_picture_is_refused():
    with pytest.raises(ValueError, match=r"^A widget must carry a picture beside its view.* Received: c has only"):
        lessons.still(shown({lessons.WIDGET: {"model_id": "a"}, "text/plain": "VBox()"}), "c")


def test_a_figure_is_described_by_its_section():
    made = lessons.page(notebook(markdown("## A `race`"), code("plot()", outputs=[shown(PNG)])), "00_x", None)
    assert "“A race”" in made.cells[2].metadata["mystnb"]["image"]["alt"]


def test_a_link_to_a_notebook_leads_to_its_page_and_else_nowhere():
    html = '<a href="01_a.ipynb">1</a> <a href="02_b.ipynb">2</a>'
    made = lessons.page(
        notebook(markdown("# t"), code("map()", outputs=[shown({"text/html": html})])), "00_x", None, ["01_a"]
    )
    assert made.cells[2].outputs[0].data["text/html"] == '<a href="01_a.html">1</a> <a>2</a>'


def test_a_solution_is_folded():
    made = lessons.page(notebook(markdown("# t"), code("def f(): ...", tags=["exercise"])), "00_x", None)
    assert "hide-input" in made.cells[2].metadata.tags


def test_the_notebook_that_was_passed_stays_as_it_is():
    given = notebook(markdown("# t"), code("plot()", outputs=[shown(PNG)]))
    before = nbformat.writes(given)
    lessons.page(given, "00_x", None)
    assert nbformat.writes(given) == before


def test_bars_and_trailing_underscores_of_a_docstring_are_kept():
    assert docstrings.readable(["The norm |W| of `a|b` and with_."]) == [r"The norm \|W\| of `a|b` and with\_."]


def test_fields_of_a_docstring_without_sections_stand_apart():
    assert docstrings.readable(["seeds : tuple", "epoch : (K,) int", "    Done."])[1] == ""


def test_a_formula_of_a_docstring_keeps_its_lines_and_its_bars():
    lines = ["Gradients.", "", "    dbeta = sum(dy)", "    dx = |x|", "", "Of the |x|."]
    made = ["Gradients.", "", "::", "", "    dbeta = sum(dy)", "    dx = |x|", "", r"Of the \|x\|."]
    assert docstrings.readable(lines) == made


def test_a_second_paragraph_about_a_parameter_is_no_formula():
    lines = ["Sums.", "", "Parameters", "----------", "x : array", "    One.", "", "    Two with_.", "y : array"]
    assert docstrings.readable(lines) == [*lines[:7], r"    Two with\_.", lines[8]]


def test_a_class_is_shown_with_the_arguments_of_its_init():
    class Layer:
        def __init__(self, units, *, epsilon=1e-3):
            pass

    assert docstrings.signature(Layer) == "(units, *, epsilon=0.001)"


def test_chinese_words_are_marked_as_chinese_and_attributes_are_left_alone():
    html = '<h1 id="均值">Mean · 均值</h1><td>不是 mean 的平均</td>'
    word = '<span lang="zh-Hans">均值</span>'
    made = f'<h1 id="均值">Mean · {word}</h1><td><span lang="zh-Hans">不是 mean 的平均</span></td>'
    assert chinese.marked(html) == made


def test_the_packages_page_tells_what_each_module_holds(root):
    page = reference.pages(root)["index.md"]
    assert "- [`helpers.gradcheck`](helpers.gradcheck.md): Numerical gradients by central differences" in page
    assert page.index("## TensorFlow") < page.index("helpers.tf.moments.md") < page.index("{toctree}")


def test_each_slug_of_the_checks_has_its_symptom_cause_and_test(root):
    entries = symptoms.causes(root / "docs" / "symptoms.toml")
    without = [slug for slug, entry in entries.items() if entry["group"] == "More"]
    assert without == [], "write an entry in docs/symptoms.toml"


def test_a_symptom_of_no_slug_is_refused(tmp_path):
    (tmp_path / "s.toml").write_text('[no-such-slug]\ngroup = "a"\nsymptom = "b"\ncause = "c"\ntest = "d"\n')
    with pytest.raises(ValueError, match=r"^An entry must be of a slug of the checks\. Received: no-such-slug\."):
        symptoms.causes(tmp_path / "s.toml")


def test_a_lessons_table_of_practice_is_collected():
    text = "| symptom | cause | the test that tells |\n|---|---|---|\n| a | b | c |\n\n| x | y |\n|---|---|\n| 1 | 2 |"
    assert symptoms.in_practice(notebook(markdown(text)))[2:] == ["| a | b | c |"]


def test_the_doctors_page_has_every_finding_with_its_cure(root):
    page = doctor.page(root / "docs", [path.stem for path in (root / "lessons").glob("*.py")])
    assert re.findall(r"^### (.+)$", page, re.M) == list(FINDINGS)
    assert page.count("*Cure:*") == len(FINDINGS)
    assert "{" not in page.split("## All findings")[1]


def test_every_lesson_with_a_table_of_practice_is_on_the_page_of_symptoms(root):
    solved = {path.stem: nbformat.read(path, as_version=4) for path in sorted((root / "solutions").glob("*.ipynb"))}
    without = [name for name, solution in solved.items() if not symptoms.in_practice(solution)]
    assert without == []


def test_results_are_a_page_where_nothing_was_measured_yet(tmp_path):
    assert results.page(tmp_path).startswith("# Results")


def test_results_link_to_each_report_by_its_title(tmp_path):
    (tmp_path / "trust.md").write_text("# How far to trust it\n")
    assert "[How far to trust it](results/trust.md)" in results.page(tmp_path)


def test_a_poll_is_read_with_its_section_and_answers(tmp_path):
    from lessonbuild import source

    path = tmp_path / "00_x.py"
    path.write_text("# %% [markdown]\n# ## Two\n#\n# **Predict first.** How\n# many?\n# - one\n# - two\n#\n# More.\n")
    assert kit.polls(source.read(path)) == [kit.Poll("Two", "How many?", ("one", "two"))]


@pytest.mark.parametrize(
    ("note", "fault"),
    [
        ({"ask": "How", "right": 1, "say": ["a"]}, "'How many?' has 2 answers, `say` has 1"),
        ({"ask": "How", "right": 3, "say": ["a", "b"]}, "'How many?' needs `right`, the number of its right answer"),
        ({"ask": "Why", "right": 1, "say": ["a", "b"]}, "the lesson does not ask 'Why'"),
    ],
)
def test_notes_that_are_not_those_of_the_poll_are_reported(note, fault):
    notes = {"title": "t", "goal": "g", "project": ["p"], "skip": ["s"], "poll": [note]}
    assert fault in kit_faults.faults([kit.Poll("Two", "How many?", ("one", "two"))], notes)


DOORS = launch.Doors("../browser/", "https://github.com/ann/course/", "https://hub.example.org/")


def test_a_lesson_has_a_button_for_each_door_there_is():
    page = lessons.page(notebook(markdown("# t")), "00_start_here", None, doors=DOORS).cells[1].source
    assert re.findall(r'href="([^"]+)">([^<]+)</a>', page) == [
        ("../browser/lab/index.html?path=00_start_here.ipynb", "Run it in this browser"),
        ("https://mybinder.org/v2/gh/ann/course/HEAD?labpath=notebooks%2F00_start_here.ipynb", "Binder"),
        ("https://colab.research.google.com/github/ann/course/blob/main/notebooks/00_start_here.ipynb", "Colab"),
        (
            "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fann%2Fcourse&amp;"
            "urlpath=lab%2Ftree%2Fcourse%2Fnotebooks%2F00_start_here.ipynb&amp;branch=main",
            "Your JupyterHub",
        ),
    ]


def test_a_lesson_that_no_page_can_run_has_no_button_for_it():
    assert "this browser" not in launch.buttons("06_convnets", DOORS)
    assert launch.buttons("00_start_here", launch.NONE) == ""
