"""Read a lesson (jupytext percent) into cells that know their lines, and refuse what is misplaced."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext

TAGS = frozenset(
    [
        "exercise",
        "check",
        "solution",
        "quiz",
        "nbval-ignore-output",
        "path-90",
        "pinned",
        "setup",
        "recap",
        "references",
        "figure",
    ]
)
DEFAULTS = {"tags": (), "slideshow": {}, "label": None}
METADATA = frozenset(DEFAULTS)
LAYOUT = frozenset(["lines_to_next_cell", "lines_to_end_of_cell_marker"])  # jupytext's notes on blank lines
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
NAME = re.compile(r"\d\d_[a-z0-9_]+")
CELL_START = re.compile(r"# ?%%")


class LessonError(ValueError):
    """A lesson that cannot be built; the message has a line `file:line: what is wrong` for each problem."""


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson: `line` is that of its `# %%`, `body` that of its first line of source (1-based)."""

    kind: str
    source: str
    tags: tuple[str, ...]
    slideshow: dict
    label: str | None
    line: int
    body: int


@dataclass(frozen=True)
class Lesson:
    """A lesson's name (`04_demo`), its file and its cells."""

    name: str
    path: Path
    cells: tuple[Cell, ...]


def read(path: Path, shown_as: str | None = None) -> Lesson:
    """The lesson in the file `path`.

    `shown_as` names the file in messages. Raises LessonError, which lists every problem found with its file and line.
    """
    shown = shown_as or path.as_posix()
    if not NAME.fullmatch(path.stem):
        raise LessonError(f"{shown}:1: a lesson's file is named like 04_demo.py: two digits, _, lower case letters.")
    try:
        text = path.read_text(encoding="utf-8")
        notebook = jupytext.reads(text, fmt="py:percent")
    except OSError:
        raise
    except (
        Exception
    ) as error:  # no UTF-8, or a header or a cell's metadata over which one of jupytext's parsers stumbles
        told = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise LessonError(f"{shown}:1: jupytext cannot read this file: {told}") from None
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines, 1) if CELL_START.match(line)]
    problems = _text_before_first_cell(lines, starts)
    if not problems and len(starts) != len(notebook.cells):
        problems = [(starts[0] if starts else 1, f"{len(starts)} lines begin with `# %%`, but there are "
                     f"{len(notebook.cells)} cells: a string must not hold such a line.")]  # fmt: skip
    if problems:
        raise LessonError(_listing(shown, problems))

    cells = []
    for start, raw in zip(starts, notebook.cells):
        problems += [
            (start, f"unknown cell metadata `{key}`; known: {', '.join(sorted(METADATA))}.")
            for key in sorted(set(raw.metadata) - METADATA - LAYOUT)
        ]
        body = start + 1
        while body <= len(lines) and not lines[body - 1].strip():
            body += 1
        tags, slideshow, label = (raw.metadata.get(key, default) for key, default in DEFAULTS.items())
        if not _is_well_formed(tags, slideshow, label):
            received = f"tags={tags!r}, slideshow={slideshow!r}, label={label!r}"
            problems.append((start, f'metadata is written as tags=["figure"] label="name". Received: {received}.'))
            continue
        cell = Cell(raw.cell_type, raw.source, tuple(tags), dict(slideshow), label, start, body)
        problems += _problems(cell)
        cells.append(cell)
    if problems:
        raise LessonError(_listing(shown, sorted(problems)))
    return Lesson(path.stem, path, tuple(cells))


def regions(cell: Cell) -> list[tuple[int, int]]:
    """(first, last) index of the lines of each solution region of a checked cell, marks included."""
    lines = cell.source.split("\n")
    begins = [i for i, line in enumerate(lines) if BEGIN in line]
    ends = [i for i, line in enumerate(lines) if END in line]
    return list(zip(begins, ends))


def with_stubs(cell: Cell) -> str:
    """The cell's source with each solution region replaced by nbgrader's stub, indented as its first mark is."""
    lines = cell.source.split("\n")
    for first, last in reversed(regions(cell)):
        indent = re.match(r"\s*", lines[first]).group()
        lines[first : last + 1] = [indent + stub for stub in STUB]
    return "\n".join(lines)


def without_marks(cell: Cell) -> str:
    """The cell's source, solution included, without the lines that mark it."""
    return "\n".join(line for line in cell.source.split("\n") if BEGIN not in line and END not in line)


def _text_before_first_cell(lines, starts):
    header = lines[: starts[0] - 1] if starts else lines
    if header and header[0].strip() == "# ---":
        header = header[header.index("# ---", 1) + 1 :] if "# ---" in header[1:] else header
    skipped = (starts[0] - 1 if starts else len(lines)) - len(header)
    for number, line in enumerate(header, skipped + 1):
        if line.strip():
            return [(number, "text before the first cell: begin it with `# %%` or `# %% [markdown]`.")]
    return [] if starts else [(1, "no cell: a cell begins with `# %%` or `# %% [markdown]`.")]


def _is_well_formed(tags, slideshow, label):
    listed = isinstance(tags, (list, tuple)) and all(isinstance(tag, str) for tag in tags)
    return listed and isinstance(slideshow, dict) and (label is None or isinstance(label, str))


def _problems(cell):
    yield from (
        (cell.line, f"unknown tag `{tag}`; known: {', '.join(sorted(TAGS))}.") for tag in cell.tags if tag not in TAGS
    )
    if cell.kind not in ("code", "markdown"):
        yield cell.line, f"a cell is code or markdown, not {cell.kind}."
    if ("quiz" in cell.tags) != ("nbval-ignore-output" in cell.tags):
        yield cell.line, "`quiz` and `nbval-ignore-output` go together: the quiz's output differs from run to run."
    if "exercise" in cell.tags and cell.kind == "code" and BEGIN not in cell.source:
        yield cell.line, f"an exercise without a solution: write it between ### {BEGIN} and ### {END}."
    marks = list(_mark_problems(cell))
    yield from marks
    if not marks and BEGIN in cell.source:
        yield from _stub_problems(cell)


def _mark_problems(cell):
    opened = None
    for number, line in enumerate(cell.source.split("\n"), cell.body):
        if BEGIN not in line and END not in line:
            continue
        mark = BEGIN if BEGIN in line else END
        if cell.kind != "code":
            yield number, f"### {mark} in a {cell.kind} cell: a solution is code."
        elif "exercise" not in cell.tags:
            yield number, f'### {mark} in a cell without tags=["exercise"].'
        elif line.strip() != f"### {mark}":
            yield number, f"a mark stands alone on its line, as ### {mark}. Received: {line.strip()!r}."
        elif mark == BEGIN and opened:
            yield number, f"### {BEGIN} inside the region that began in line {opened}: regions do not nest."
        elif mark == END and not opened:
            yield number, f"### {END} without a ### {BEGIN} before it in this cell."
        else:
            opened = number if mark == BEGIN else None
    if opened:
        yield opened, f"### {BEGIN} without a ### {END} in this cell."


def _stub_problems(cell):
    """A learner's notebook runs at any state, so a stub may raise only when its function is called."""
    try:
        tree = ast.parse(with_stubs(cell))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # a zero byte, or too deep for the parser
        told = error.msg if isinstance(error, SyntaxError) else str(error) or "nested too deeply"
        yield cell.body, f"with the stub instead of the solution this is no Python: {told}."
        return
    called = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
    }
    stubs = [node for node in ast.walk(tree) if isinstance(node, ast.Raise) and id(node) not in called]
    for node in stubs:
        yield (
            cell.body + node.lineno - 1,
            "the stub stands outside of any function and would raise when the notebook runs.",
        )


def _listing(shown, problems):
    return "\n".join(f"{shown}:{line}: {message}" for line, message in problems)
