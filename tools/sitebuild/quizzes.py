"""A quiz as HTML that answers without a kernel and without a script: the feedback stands behind its option."""

import re
from html import escape

KINDS = {"multiple_choice": "radio", "many_choice": "checkbox"}


def page(name: str, questions: list[dict]) -> str:
    """The quiz `name`, its questions in jupyterquiz's format, as one HTML fragment.

    Choosing an option shows its feedback (style sheet `course.css`); a number's answer is behind "Show the answer".
    Texts may hold `code` between backticks. Raises ValueError for a kind of question that is not known.
    """
    return f'<div class="quiz">{"".join(_question(name, place, one) for place, one in enumerate(questions, 1))}</div>'


def _question(name, number, question):
    kind, identifier = question["type"], f"quiz-{name}-{number}"
    title = f"<legend>Question {number}. {_text(question['question'])}</legend>"
    if kind in KINDS:
        hint = "<p>More than one may be right.</p>" if kind == "many_choice" else ""
        options = "".join(
            _option(KINDS[kind], identifier, place, answer) for place, answer in enumerate(question["answers"], 1)
        )
        return f"<fieldset>{title}{hint}{options}</fieldset>"
    if kind == "numeric":
        rows = "".join(_number(answer) for answer in question["answers"])
        return f"<fieldset>{title}<details><summary>Show the answer</summary><ul>{rows}</ul></details></fieldset>"
    known = ", ".join([*KINDS, "numeric"])
    raise ValueError(f"A question must be of a known type ({known}). Received: type={kind!r} in the quiz {name!r}.")


def _option(control, identifier, place, answer):
    own = f"{identifier}-{place}"
    verdict = "right" if answer["correct"] else "wrong"
    said = f"<strong>{'Right' if answer['correct'] else 'Not so'}.</strong> {_text(answer['feedback'])}"
    return (
        f'<div class="option"><input type="{control}" name="{identifier}" id="{own}">'
        f'<label for="{own}">{_text(_answer(answer))}</label>'
        f'<p class="feedback {verdict}" role="status">{said}</p></div>'
    )


def _number(answer):
    if answer["type"] == "default":
        return f"<li>Anything else: {_text(answer['feedback'])}</li>"
    given = f"From {answer['range'][0]} to {answer['range'][1]}" if answer["type"] == "range" else answer["value"]
    right = " (right)" if answer.get("correct") else ""
    return f"<li><strong>{given}{right}:</strong> {_text(answer['feedback'])}</li>"


def _answer(answer):
    return answer["answer"] if "answer" in answer else answer["code"]


def _text(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
