"""Docstrings as reStructuredText: they are written for a terminal, so what Sphinx would misread is escaped."""

import re

CODE = re.compile(r"``.+?``|`.+?`")
FIELD = re.compile(r"^ *\w[\w, ]* : ")
SECTION = re.compile(r"^-{3,}$")


def readable(lines: list[str]) -> list[str]:
    """The lines of a docstring with `|x|` and `name_` kept as they are written, and each indented field on its own.

    What stands between backticks, in an example (`>>>` and its output) and in an indented block is left alone.

    >>> readable(["The norm |W|, of `a|b`."])
    ['The norm \\\\|W\\\\|, of `a|b`.']
    """
    made, example, block = [], False, False
    numpydoc = any(SECTION.match(line) for line in lines)
    for line in lines:
        if not line.strip():
            example = False
        elif line.lstrip().startswith(">>>"):
            example = True
        indented = line.startswith("    ")
        block = indented and (block or (bool(made) and (made[-1].endswith("::") or (not made[-1] and block))))
        if not numpydoc and FIELD.match(line) and made and made[-1].strip():
            made.append("")
        made.append(line if example or block else _escaped(line))
    return made


def _escaped(line):
    parts, end = [], 0
    for code in CODE.finditer(line):
        parts += [_plain(line[end : code.start()]), code.group()]
        end = code.end()
    return "".join([*parts, _plain(line[end:])])


def _plain(text):
    return re.sub(r"(?<=\w)_(?!\w)", r"\\_", text.replace("|", r"\|"))


def connect(app) -> None:
    """Let Sphinx pass each docstring through `readable`, before its sections are read."""
    app.connect("autodoc-process-docstring", _process, priority=400)


def _process(app, what, name, obj, options, lines):
    lines[:] = readable(lines)
