"""Write environment.yml from pyproject.toml and requirements.lock: `python tools/conda.py`.

conda and Binder get Python and pip from a channel, and everything else by pip in the lock's versions.
"""

import argparse
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = """\
# DO NOT EDIT: written by tools/conda.py from requirements.lock; tests/test_env_conda.py compares the two.
# For conda, mamba and Binder: conda env create -f environment.yml && conda activate batchnorm-course
name: batchnorm-course
channels:
  - conda-forge
dependencies:
  - python {python}
  - pip >=24
  - pip:
"""


def render(project: dict, lock: str) -> str:
    """The text of environment.yml: each direct dependency, tests' included, in the version of the lock."""
    table = project["project"]
    direct = table["dependencies"] + table["optional-dependencies"]["test"]
    names = {re.match(r"[A-Za-z0-9._-]+", requirement).group() for requirement in direct}
    # A lock for all platforms may hold two versions of a package, each with the condition under which it is meant.
    pins = [line.rstrip(" \\") for line in lock.splitlines() if line.split("==")[0] in names]
    lines = [f'      - "{pin}"\n' if ";" in pin else f"      - {pin}\n" for pin in sorted(pins)]
    python = table["requires-python"]
    return HEAD.format(python=python) + "".join(lines) + "      - -e .\n"


def main(root: Path = ROOT) -> None:
    """Write `root`/environment.yml."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    (root / "environment.yml").write_text(render(project, lock), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
