"""course.quiz: what is shown is jupyterquiz's, changed so that it works offline, by keyboard and for every eye."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from jupyterquiz import display_quiz

from helpers.course import quiz
from helpers.course.lessons import LESSONS


def parts(show):
    """The HTML and the script that `show` displays in a notebook."""
    InteractiveShell.instance()  # without one, nothing is displayed but printed
    try:
        with capture_output() as captured:
            show()
    finally:
        InteractiveShell.clear_instance()
    data = [output.data for output in captured.outputs]
    return "".join(one.get("text/html", "") for one in data), data[-1]["application/javascript"]


@pytest.fixture(scope="module")
def shown():
    return parts(lambda: quiz.show("00_start_here"))


@pytest.fixture(scope="module")
def theirs():
    return parts(lambda: display_quiz(quiz.load("00_start_here")))


@pytest.mark.parametrize("words", quiz.CHANGES)
def test_each_change_finds_its_place_in_jupyterquiz(theirs, words):
    assert words in theirs[1]


@pytest.mark.parametrize("words", ["https://", "typeof MathJax", 'inp.type = "radio"'])
def test_no_address_no_mathjax_and_no_radio_button_is_left(shown, words):
    assert words not in shown[1]


def test_feedback_is_a_status(shown):
    assert shown[1].count("this.fbDiv.role = 'status';") == 1


def test_the_option_with_the_focus_has_a_frame_and_the_feedback_a_mark(shown):
    assert ".MCButton:focus-within { outline: 3px solid #d55e00;" in shown[0]
    assert r'.Feedback.correct::before { content: "\2713\00a0" }' in shown[0]
    assert r'.Feedback.incorrect::before { content: "\2717\00a0" }' in shown[0]


def test_where_no_script_runs_it_says_what_to_do():
    InteractiveShell.instance()
    with capture_output() as captured:
        quiz.show("00_start_here")
    InteractiveShell.clear_instance()
    assert captured.outputs[-1].data["text/plain"] == "Run the cell to see the questions."


def test_every_lesson_has_a_quiz_of_its_name():
    assert quiz.names() == [lesson.name for lesson in LESSONS]


def test_a_quiz_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="`name` must be one of"):
        quiz.load("99_more")
