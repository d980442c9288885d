"""An executed solution as the notebook of a page: readable where no kernel runs and no script is fetched."""

import re

import nbformat

from . import quizzes
from .launch import NONE, Doors, buttons

WIDGET = "application/vnd.jupyter.widget-view+json"
SCRIPT = "application/javascript"
NOTE = """\
:::{{admonition}} This page is the solved lesson, as it was run
:class: note
Solutions are behind a click. To work in it yourself, install the course ([home](../index.md)) or download
{{download}}`the notebook without solutions <../notebooks/{name}.ipynb>`.

{buttons}
:::"""


def page(
    notebook: nbformat.NotebookNode, name: str, questions: list[dict] | None, names=(), doors: Doors = NONE
) -> nbformat.NotebookNode:
    """A copy of the solution as it is shown on the site, which has pages for the lessons `names`.

    The quiz answers by itself, each solution is folded, each figure has an alternative text that names its section,
    a widget is its picture. Code and text are those of the lesson. Raises ValueError for a widget without a picture.
    """
    copy = nbformat.from_dict(notebook)
    copy.metadata.pop("widgets", None)
    heading = name
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            found = re.findall(r"^#+ +(.+)$", cell.source, re.MULTILINE)
            heading = found[-1] if found else heading
            continue
        tags = cell.metadata.setdefault("tags", [])
        shown = cell.metadata.setdefault("mystnb", {})
        if "quiz" in tags:
            tags.append("remove-input")
            cell.outputs = [_html(quizzes.page(name, questions or []))]
        if "pinned" in tags:  # margins for the tests
            tags.append("remove-cell")
        if "exercise" in tags or "solution" in tags:
            tags.append("hide-input")
            shown |= {"code_prompt_show": "Show one solution", "code_prompt_hide": "Hide the solution"}
        kept = [still(output, cell.id) for output in cell.outputs if not _is_script(output)]
        cell.outputs = [_linked(output, names) for output in kept]
        shown["image"] = {"alt": f"Figure in the section “{_plain(heading)}”; the text below it says what it shows."}
    note = NOTE.format(name=name, buttons=buttons(name, doors))
    copy.cells.insert(1, nbformat.v4.new_markdown_cell(note, id=f"{name[:2]}-site-note"))
    return copy


def still(output: nbformat.NotebookNode, where: str) -> nbformat.NotebookNode:
    """The output without what needs a kernel: of a widget, the picture that it carries.

    Raises ValueError where a widget has neither a picture nor HTML of its own.
    """
    data = output.get("data", {})
    if WIDGET not in data:
        return output
    rest = {kind: value for kind, value in data.items() if kind not in (WIDGET, "text/plain")}
    if not rest:
        raise ValueError(
            f"A widget must carry a picture beside its view, for pages without a kernel. Received: {where} has only "
            f"{', '.join(sorted(data))}. Give the widget a mimebundle with image/png."
        )
    picture = {kind: value for kind, value in rest.items() if kind.startswith("image/")}
    return nbformat.from_dict({**output, "data": picture or rest})


def _linked(output, names):
    """An output whose links to notebooks lead to their pages, or nowhere where there is none."""
    html = output.get("data", {}).get("text/html")
    if html is None:
        return output
    text = re.sub(r' href="(\d\d_\w+)\.ipynb"', lambda at: f' href="{at[1]}.html"' if at[1] in names else "", html)
    return nbformat.from_dict({**output, "data": {**output["data"], "text/html": text}})


def _is_script(output):
    return set(output.get("data", {})) <= {SCRIPT, "text/plain"} and SCRIPT in output.get("data", {})


def _html(text):
    return nbformat.v4.new_output("display_data", data={"text/html": text, "text/plain": "<quiz>"})


def _plain(heading):
    return re.sub(r"[`*_]", "", heading)
