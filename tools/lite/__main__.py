"""Build the page: `python tools/lite`, which `make browser` calls."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools")]

from lite import page, parts  # noqa: E402


def main(arguments=None):
    """Write the page to docs/_build/browser; exit status 1 after one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="tools/lite", description="The course in a browser's tab.")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "_build" / "browser", help="the page is made there")
    to = parser.parse_args(arguments).to.resolve()
    try:
        page.build(ROOT, ROOT / "docs" / "_build" / "browser-parts", to)
    except parts.PartError as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file()) / 1e6
    print(f"The page is in {to} ({size:.0f} MB): serve it with `python -m http.server -d {to}`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
