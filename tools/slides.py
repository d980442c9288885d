"""Make slides of the lessons into docs/_build/slides: `python tools/slides.py [LESSON ...]` (or `make slides`).

They come from the executed solutions. A cell that its lesson marks as a slide begins one; below it follow, as slides of
their own, the figures and outputs of its section. Prose between them becomes the speaker's notes (press S). Solutions
of exercises, checks and quizzes are left out. Scripts are copied beside the slides: nothing is fetched.
"""

import argparse
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from lesson_names import UnknownLessonError, chosen  # noqa: E402
from sitebuild import lessons  # noqa: E402

OUT = {"exercise", "solution", "check", "quiz", "setup", "references", "pinned"}
MARK = "**Predict first.**"
PICTURE = "picture-only"


def projected(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy of the notebook in which each cell says what part of the slides it is."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type") or _kind(cell)
        cell.metadata["slideshow"] = {"slide_type": kind}
        if cell.cell_type == "code":
            if _pictures(cell):
                cell.metadata["tags"] = [*cell.metadata.get("tags", ()), PICTURE]
            shown = [output for output in cell.outputs if "application/javascript" not in output.get("data", {})]
            cell.outputs = [lessons.still(output, cell.id) for output in shown]
    copy.metadata.pop("widgets", None)
    return copy


def _kind(cell):
    if OUT & set(cell.metadata.get("tags", ())):
        return "skip"
    if cell.cell_type == "markdown":
        heading = cell.source.lstrip().startswith("#")
        return "slide" if heading and "Exercise" not in cell.source else "subslide" if MARK in cell.source else "notes"
    return "subslide" if cell.get("outputs") else "skip"


def _pictures(cell):
    return any("image/png" in output.get("data", {}) for output in cell.outputs)


def export(name: str, notebook: nbformat.NotebookNode) -> str:
    """The slides as one HTML page, which expects assets/ beside it."""
    exporter = SlidesExporter(
        template_name="course",
        extra_template_basedirs=[str(ROOT / "tools" / "slides_template")],
        reveal_url_prefix="assets/reveal",
        reveal_theme="white",
        exclude_input_prompt=True,
        config=Config(TagRemovePreprocessor={"enabled": True, "remove_input_tags": {PICTURE}}),
        exclude_output_prompt=True,
    )
    first = notebook.cells[0].source.split("\n")[0].lstrip("# ")
    made = projected(notebook)
    made.metadata["title"] = first
    return exporter.from_notebook_node(made, resources={"metadata": {"name": name}})[0]


def assets(folder: Path) -> None:
    """Copy reveal.js and MathJax from the packages that bring them to folder/assets."""
    reveal = Path(find_spec("sphinx_revealjs").origin).parent / "_static" / "revealjs"
    mathjax = reveal.parents[2] / "sphinx-mathjax-offline" / "static" / "mathjax" / "tex-svg-full.js"
    shutil.rmtree(folder / "assets", ignore_errors=True)
    for part in ("dist", "plugin/notes"):
        shutil.copytree(reveal / part, folder / "assets" / "reveal" / part)
    shutil.copy(mathjax, folder / "assets")


def main(arguments: list[str] | None = None) -> int:
    """Write the slides of the lessons named, or of all; exit status 1, and nothing written, for an unknown name."""
    parser = argparse.ArgumentParser(prog="tools/slides.py", description="Make slides of the executed lessons.")
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="like 04 or 04_demo; none means all")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "_build" / "slides")
    options = parser.parse_args(arguments)
    found = sorted((ROOT / "solutions").glob("*.ipynb"))
    try:
        wanted = chosen(found, options.lessons)
    except UnknownLessonError as error:
        print(error, file=sys.stderr)
        return 1
    options.to.mkdir(parents=True, exist_ok=True)
    assets(options.to)
    for path in wanted:
        page = export(path.stem, nbformat.read(path, as_version=4))
        (options.to / f"{path.stem}.slides.html").write_text(page, encoding="utf-8")
        print(options.to / f"{path.stem}.slides.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
