"""Docstrings as reStructuredText: they are written for a terminal, so what Sphinx would misread is escaped."""

import inspect
import re

from docutils import nodes
from sphinx import addnodes

CODE = re.compile(r"``.+?``|`.+?`")
FIELD = re.compile(r"^ *\w[\w, ]* : ")
SECTION = re.compile(r"^-{3,}$")
HIDDEN = re.compile(r"\(\*\w+, \*\*\w+\)")


def readable(lines: list[str]) -> list[str]:
    """The lines of a docstring with `|x|` and `name_` kept as they are written, and each indented field on its own.

    An indented block before the first section is a formula or code: its lines stay as they are. What stands between
    backticks and in an example (`>>>` and its output) is left alone.

    >>> readable(["The norm |W|, of `a|b`.", "", "    y = |W|"])
    ['The norm \\\\|W\\\\|, of `a|b`.', '', '::', '', '    y = |W|']
    """
    made, example, block = [], False, False
    heading = next((place for place, line in enumerate(lines) if SECTION.match(line)), None)
    for place, line in enumerate(lines):
        if not line.strip():
            example = False
        elif line.lstrip().startswith(">>>"):
            example = True
        before_sections = heading is None or place < heading
        if line.strip():
            begins = line.startswith("    ") and bool(made) and not made[-1].strip() and before_sections and not example
            if begins and not block:
                made += ["::", ""]
            block = line.startswith("    ") and (block or begins)
        if heading is None and not block and FIELD.match(line) and made and made[-1].strip():
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


def signature(cls: type) -> str:
    """What a class is called with, as its `__init__` says, where a base class hides that behind `(*args, **kwargs)`."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    return str(inspect.Signature(parameters))


def connect(app) -> None:
    """Let Sphinx pass each docstring through `readable`, before its sections are read, and mend what it misreads."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _skip)
    app.connect("doctree-read", _unlink)


def _process(app, what, name, obj, options, lines):
    lines[:] = readable(lines)


def _signature(app, what, name, obj, options, arguments, returned):
    if what == "class" and HIDDEN.fullmatch(arguments or ""):
        return signature(obj), returned
    return None


def _skip(app, what, name, obj, skip, options):
    """Leave out the fields of a named tuple, which have nothing to say: they are in its signature."""
    return True if (getattr(obj, "__doc__", None) or "").startswith("Alias for field number") else None


def _unlink(app, doctree):
    """A word in the type of a parameter, such as "array, shape of x", is no link to something that has this name."""
    for reference in list(doctree.findall(addnodes.pending_xref)):
        if reference.get("refdomain") == "py" and re.fullmatch(r"[a-z]\w*", reference.get("reftarget", "")):
            reference.replace_self(reference.children or [nodes.Text(reference["reftarget"])])
