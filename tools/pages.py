"""Build the course's static site into docs/_build/html: `python tools/pages.py` (or `make site`)."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from sitebuild import assemble  # noqa: E402
from sitebuild.launch import Doors  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Assemble the pages and run Sphinx; exit status 1 where a page cannot be made or Sphinx warns."""
    parser = argparse.ArgumentParser(prog="tools/pages.py", description="Build the static site.")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "_build", help="source/ and html/ are made there")
    for door, what in {
        "browser": "address of what `make browser` built, such as ../browser/",
        "repository": "address of the course's repository on GitHub, for Binder and Colab",
        "hub": "address of a JupyterHub with nbgitpuller",
    }.items():
        parser.add_argument(f"--{door}", default="", metavar="URL", help=f"{what}: a button on each lesson's page")
    given = vars(parser.parse_args(arguments))
    to, doors = given.pop("to").resolve(), Doors(**{name: url and url.rstrip("/") + "/" for name, url in given.items()})
    try:
        assemble.assemble(ROOT, to / "source", doors)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    status = assemble.build(to / "source", to / "html")
    if status == 0:
        print(f"The site is in {to / 'html'}: open index.html.")
    return status


if __name__ == "__main__":
    sys.exit(main())
