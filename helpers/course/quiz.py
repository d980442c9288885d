"""Quizzes: questions in quizzes/LANGUAGE/NAME.json, shown by jupyterquiz, answered by mouse or keyboard, offline.

A file is a list in jupyterquiz's format. What the course asks beyond that format: every option has feedback that says
why, and no text holds a dollar sign, because jupyterquiz would fetch MathJax from the network to typeset it.
"""

import json
from importlib import resources

from helpers._support import validate

LANGUAGE = "en"
TYPES = ("multiple_choice", "many_choice", "numeric")
COLORS = {  # white on these: a contrast of 5:1 or more
    "--jq-multiple-choice-bg": "#0a5a8a",
    "--jq-many-choice-bg": "#0a5a8a",
    "--jq-numeric-bg": "#0a5a8a",
    "--jq-correct-color": "#00703c",
    "--jq-incorrect-color": "#a3321f",
}
# The changes to jupyterquiz's script, and why.
CHANGES = {
    # Nothing is fetched, and nothing is asked of MathJax: a quiz has no formulas, and where the page's MathJax does not
    # say its version, the script fails.
    "https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-svg.js": "",
    "typeof MathJax": "'undefined'",
    # JupyterLab takes the arrow keys, which move between radio buttons, so each option is a plain button.
    'inp.type = "radio"': 'inp.type = "button"; inp.setAttribute("aria-labelledby", lab.id)',
    # The field for a number has the name that stands before it.
    'inp.id = id + "-0";': 'inp.id = id + "-0"; lab.htmlFor = inp.id;',
    # A screen reader says the feedback when it appears.
    "this.fbDiv.className = 'Feedback';": "this.fbDiv.className = 'Feedback'; this.fbDiv.role = 'status';",
}
UNSEEN = "Run the cell to see the questions."  # where no script runs
# The option with the focus has a frame; right and wrong differ by a mark, not by colour alone.
LOOK = """<style>
.MCButton { position: relative }
.MCButton input { position: absolute; width: 1px; height: 1px; padding: 0; border: 0; opacity: 0 }
.MCButton:focus-within { outline: 3px solid #d55e00; outline-offset: 2px }
.Feedback.correct::before { content: "\\2713\\00a0" }
.Feedback.incorrect::before { content: "\\2717\\00a0" }
</style>"""


def names():
    """The names of all quizzes, sorted; each is the name of a lesson, such as "00_start_here"."""
    return sorted(entry.name.removesuffix(".json") for entry in _folder().iterdir())


def load(name):
    """The questions of the quiz `name`, checked: a list of dicts in jupyterquiz's format.

    Raises
    ------
    ValueError
        If there is no such quiz, its file is no JSON, or a question lacks what the course asks for.
    """
    validate.one_of("name", name, names())
    return parse((_folder() / f"{name}.json").read_text(encoding="utf-8"), name)


def _folder():
    return resources.files(__package__) / "quizzes" / LANGUAGE


def parse(text, name):
    """The questions in the JSON `text`; `name` is used in error messages.

    Raises
    ------
    TypeError, ValueError
        If `text` is no text, or no JSON list of questions, or a question lacks what the course asks for.
    """
    if not isinstance(text, str):
        raise TypeError(f"The quiz must be text. Received: name={name!r}, text={text!r}. Correct its file.")
    try:
        questions = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The quiz must be JSON. Received: name={name!r}, {error}. Correct its file.") from None
    if not isinstance(questions, list) or not questions:
        raise ValueError(f"The quiz must be a list of questions. Received: name={name!r}. Correct its file.")
    for number, question in enumerate(questions, 1):
        problem = _problem(question)
        if problem:
            raise ValueError(f"Each question {problem}. Received: name={name!r}, question {number}. Correct its file.")
    return questions


def show(name):
    """Show the quiz `name` below the cell. Tab goes from option to option, Enter or Space chooses; each has feedback.

    Raises
    ------
    ValueError
        If there is no such quiz, or its file is not as it should be.
    """
    from IPython.display import HTML, display
    from IPython.utils.capture import capture_output
    from jupyterquiz import display_quiz

    with capture_output() as shown:
        display_quiz(load(name), colors=COLORS, max_width=900)
    for output in shown.outputs:
        if "text/html" in output.data:
            display(HTML(LOOK + output.data["text/html"]))
        elif "application/javascript" in output.data:
            script = _adapt(output.data["application/javascript"])
            display({"application/javascript": script, "text/plain": UNSEEN}, raw=True)


def _adapt(script):
    for theirs, ours in CHANGES.items():
        script = script.replace(theirs, ours)
    return script


def _problem(question):
    """What is wrong with a question, as the end of the sentence "Each question ...", or None."""
    if not isinstance(question, dict) or not _is_text(question.get("question")):
        return "must be a dict with a text `question`"
    if question.get("type") not in TYPES:
        return f"must have a `type` from {', '.join(TYPES)}"
    answers = question.get("answers")
    if not isinstance(answers, list) or len(answers) < 2 or not all(isinstance(answer, dict) for answer in answers):
        return "must have two `answers` or more"
    if not all(_is_text(answer.get("feedback")) for answer in answers):
        return "must have `feedback` for every answer"
    if question["type"] != "numeric" and not all(
        _is_text(answer.get("answer")) or _is_text(answer.get("code")) for answer in answers
    ):
        return "must have a text `answer` or `code` for every option"
    right = sum(answer.get("correct") is True for answer in answers)
    if right != 1 and question["type"] != "many_choice":
        return f"of type {question['type']} must have one correct answer"
    if right < 2 and question["type"] == "many_choice":
        return "of type many_choice must have two correct answers or more"
    if "$" in json.dumps(question):
        return "must do without `$`, which would fetch MathJax from the network"
    return None


def _is_text(value):
    return isinstance(value, str) and bool(value.strip())
