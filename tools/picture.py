"""Write the README's picture, docs/images/races.png: `python tools/picture.py`.

It is the figure of lesson 04's twelve races, taken from the executed solution as it is.
"""

import base64
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK, HEADING = "solutions/04_demo.ipynb", "04-twelve-races-"


def figure(notebook: nbformat.NotebookNode, heading: str) -> bytes:
    """The first picture below a heading, as PNG; `heading` is the beginning of its cells' ids.

    Raises ValueError where there is none.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", ()) if cell.id.startswith(heading) else ():
            if "image/png" in output.get("data", {}):
                return base64.b64decode(output["data"]["image/png"])
    raise ValueError(
        f"A figure is needed below the heading. Received: heading={heading!r}. Name one that has a figure."
    )


if __name__ == "__main__":
    (ROOT / "docs" / "images" / "races.png").write_bytes(figure(nbformat.read(ROOT / NOTEBOOK, as_version=4), HEADING))
