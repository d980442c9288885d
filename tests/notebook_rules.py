"""The rules for a lesson's notebooks: each takes a notebook (or a quiz) and gives what breaks it."""

import re
from pathlib import Path

from lessonbuild.source import TAGS

LONGEST_CELL = 15
MARK = "\N{ALMOST EQUAL TO}"
STUB = "# YOUR CODE HERE"
NEEDED_TAGS = ("setup", "quiz", "recap", "references")
FORBIDDEN = {
    r"\binteract(ive)?\(": "`interact` redraws where a strict comparison sees a difference",
    r"\bOutput\(": "an `Output` widget keeps nothing where no kernel runs",
    r"\bclear_output\b": "`clear_output` makes the output depend on timing",
    r"\bverbose=1\b": "Keras's progress bar differs from run to run: verbose=0",
    r";\s*$": "a trailing `;` hides nothing outside of a front end: end a plot with plt.show()",
}
FOLDERS = "home", "root", "tmp", "work", "Users"  # at the top of a machine; spelled without slashes, to be none here
A_MACHINES_PATH = re.compile(rf"(/(?:{'|'.join(FOLDERS)})/|[A-Z]:\\Users|site-packages)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)[^)]*\)")


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def not_executed_in_order(notebook):
    cells = [cell for cell in code(notebook) if cell.source.strip()]
    return [
        f"{cell.id}: execution count {cell.execution_count} instead of {place}"
        for place, cell in enumerate(cells, 1)
        if cell.execution_count != place
    ]


def with_errors(notebook):
    return [f"{cell.id}: {out.ename}" for cell in code(notebook) for out in cell.outputs if out.output_type == "error"]


def with_stderr(notebook):
    return [
        f"{cell.id}: wrote to stderr" for cell in code(notebook) for out in cell.outputs if out.get("name") == "stderr"
    ]


def with_paths(notebook):
    return [
        f"{cell.id}: shows a path of some machine"
        for cell in notebook.cells
        if A_MACHINES_PATH.search(cell.source + "".join(_text(cell)))
    ]


def repeated_ids(notebook):
    ids = [cell.id for cell in notebook.cells]
    return [f"{one}: {ids.count(one)} cells have this id" for one in sorted(set(ids)) if ids.count(one) > 1]


def unknown_tags(notebook):
    return [
        f"{cell.id}: tag {tag}" for cell in notebook.cells for tag in cell.metadata.get("tags", ()) if tag not in TAGS
    ]


def too_long(notebook):
    """A cell to read has at most 15 lines; of an exercise that is the learner's cell, whose copy is measured."""
    lengths = [(cell.id, len(cell.source.split("\n"))) for cell in code(notebook)]
    return [f"{one}: {length} lines, at most {LONGEST_CELL}" for one, length in lengths if length > LONGEST_CELL]


def forbidden(notebook):
    return [
        f"{cell.id}: {why}"
        for cell in code(notebook)
        for pattern, why in FORBIDDEN.items()
        if re.search(pattern, cell.source, re.MULTILINE)
    ]


def figures_without_a_sentence(notebook):
    """A figure is followed by text that says what it shows, for readers who cannot see it."""
    after = [*notebook.cells[1:], None]
    return [
        f"{cell.id}: no text after the figure"
        for cell, follower in zip(notebook.cells, after, strict=True)
        if any("image/png" in out.get("data", {}) for out in cell.get("outputs", ()))
        and (follower is None or follower.cell_type != "markdown")
    ]


def asserted_before_the_answer(notebook):
    """Between a prediction and the text after it nothing may give the answer away: no assert, no pinned fact."""
    open_question = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            open_question = "**Predict first.**" in cell.source
        elif open_question and re.search(r"^\s*(assert|pin\()", cell.source, re.MULTILINE):
            yield f"{cell.id}: states the answer before the reader sees it"


def marked_by_hand(notebook):
    """Only `about` writes the mark of a measured number, so that only such numbers are forgiven a difference."""
    return [f"{cell.id}: writes {MARK} itself" for cell in code(notebook) if MARK in cell.source]


def measured_without_a_number(notebook):
    """A marked NaN or infinity, which no comparison would accept."""
    texts = [(cell.id, text) for cell in code(notebook) for text in _text(cell)]
    return [f"{one}: {MARK}nan" for one, text in texts if re.search(rf"{MARK}[+−-]?(nan|inf)", text)]


def missing_parts(notebook, name):
    """A title, minutes, one cell each of setup, quiz, recap and references, and the lesson's own quiz."""
    first = notebook.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        yield f"{first.id}: does not begin with a title"
    if not re.search(r"\b\d+ min", first.source) or "estimate" not in first.source:
        yield f"{first.id}: does not say how many minutes it takes, as an estimate"
    for tag in NEEDED_TAGS:
        tagged = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]
        if len(tagged) != 1:
            yield f"{name}: {len(tagged)} cells are tagged {tag}, not one"
        if tag == "quiz" and tagged and f'quiz.show("{name}")' not in tagged[0].source:
            yield f'{tagged[0].id}: is not quiz.show("{name}")'
    if code(notebook) and "setup" not in code(notebook)[0].metadata.get("tags", ()):
        yield f"{code(notebook)[0].id}: the first code cell is not tagged setup"


def exercises_without_check(notebook):
    cells = code(notebook)
    for cell, follower in zip(cells, [*cells[1:], None], strict=True):
        checked = follower is not None and "check" in follower.metadata.get("tags", ())
        if "exercise" in cell.metadata.get("tags", ()) and not checked:
            yield f"{cell.id}: no check follows the exercise"


def broken_links(notebook, folder):
    """Links to files that are not there, and to headings that no cell has; the web is not asked."""
    for cell in notebook.cells:
        for target in LINK.findall(cell.source) if cell.cell_type == "markdown" else ():
            path, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                if not target.startswith(("https://", "mailto:")):
                    yield f"{cell.id}: {target} is not https"
            elif path and not (folder / path).exists():
                yield f"{cell.id}: there is no {path}"
            elif anchor and anchor not in _anchors(notebook if not path else _read(folder / path)):
                yield f"{cell.id}: no heading for #{anchor}"


def differences_beyond_stubs(copy, solved):
    """Where the learner's copy differs from the solution in more than stubs and cells tagged `solution`."""
    expected = [cell for cell in solved.cells if "solution" not in cell.metadata.get("tags", ())]
    if [cell.id for cell in copy.cells] != [cell.id for cell in expected]:
        yield "the two do not have the same cells"
        return
    for ours, theirs in zip(copy.cells, expected, strict=True):
        stubbed = "exercise" in theirs.metadata.get("tags", ()) and theirs.cell_type == "code"
        if stubbed and STUB not in ours.source:
            yield f"{ours.id}: an exercise without a stub"
        if stubbed and ours.source == theirs.source:
            yield f"{ours.id}: shows the solution"
        if not stubbed and (ours.source, ours.metadata) != (theirs.source, theirs.metadata):
            yield f"{ours.id}: differs"
        if ours.get("outputs") or ours.get("execution_count") is not None:
            yield f"{ours.id}: has outputs"


def quiz_faults(questions):
    """Three to five questions; each answer has feedback; one choice is right, or at least one where many may be."""
    if not 3 <= len(questions) <= 5:
        yield f"{len(questions)} questions, not three to five"
    for number, question in enumerate(questions, 1):
        answers, kind = question.get("answers", []), question.get("type")
        right = sum(bool(answer.get("correct")) for answer in answers)
        if not question.get("question", "").strip():
            yield f"question {number}: no text"
        if kind == "multiple_choice" and right != 1:
            yield f"question {number}: {right} answers are right, not one"
        if kind != "multiple_choice" and right < 1:
            yield f"question {number}: no answer is right"
        if kind in ("multiple_choice", "many_choice") and len(answers) < 2:
            yield f"question {number}: {len(answers)} answers to choose from"
        if kind not in ("multiple_choice", "many_choice", "numeric", "string"):
            yield f"question {number}: unknown type {kind}"
        for place, answer in enumerate(answers, 1):
            if not answer.get("feedback", "").strip():
                yield f"question {number}, answer {place}: no feedback"


def _text(cell):
    for out in cell.get("outputs", ()):
        yield out.get("text", "")
        yield from (value for key, value in out.get("data", {}).items() if key.startswith("text/"))


def _anchors(notebook):
    headings = [
        heading
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for heading in re.findall(r"^#+ +(.+?) *$", cell.source, re.MULTILINE)
    ]
    return {re.sub(r"[*`_]", "", heading).replace(" ", "-") for heading in headings}


def _read(path: Path):
    import nbformat

    return nbformat.read(path, as_version=4) if path.suffix == ".ipynb" else nbformat.v4.new_notebook()
