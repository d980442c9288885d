"""What follows from a new requirements.lock: `python tools/lock.py`, in the environment that `make env` makes from it.

environment.yml, for conda and Binder: Python and pip from a channel, everything else by pip in the lock's versions.
docs/results/sbom.json, the bill of materials (CycloneDX 1.6) of what is installed; licences.md, a table made from it.
"""

import argparse
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COURSE = "batchnorm-course"
HEAD = """\
# DO NOT EDIT: written by tools/lock.py from requirements.lock; tests/test_env_conda.py compares the two.
# For conda, mamba and Binder: conda env create -f environment.yml && conda activate batchnorm-course
name: batchnorm-course
channels:
  - conda-forge
dependencies:
  - python {python}
  - pip >=24
  - pip:
"""
# Kept of each component: who it is and its licence. Web addresses and descriptions change without a new version.
KEPT = ("bom-ref", "type", "name", "version", "purl", "licenses")


def normalized(name):
    """A distribution's name as PyPI compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text):
    """{name: versions} of a lock file's lines `name==version`; some differ from one Python to another."""
    found = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", text, re.MULTILINE):
        found.setdefault(normalized(name), set()).add(version)
    return found


def conda(project, lock):
    """The text of environment.yml: each direct dependency, Keras and the tests' included, in the lock's versions."""
    table = project["project"]
    extras = table["optional-dependencies"]
    direct = table["dependencies"] + extras["keras"] + extras["test"]
    names = {re.match(r"[A-Za-z0-9._-]+", requirement).group() for requirement in direct}
    # A lock for all platforms may hold two versions of a package, each with the condition under which it is meant.
    pins = [line.rstrip(" \\") for line in lock.splitlines() if line.split("==")[0] in names]
    lines = [f'      - "{pin}"\n' if ";" in pin else f"      - {pin}\n" for pin in sorted(pins)]
    return HEAD.format(python=table["requires-python"]) + "".join(lines) + "      - -e .\n"


def bill():
    """The bill of materials of the running Python, without what is not from the lock (pip, and the course itself)."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--short-PURLs", "--output-reproducible"]
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--of", "JSON", "-o", "-", sys.executable]
    whole = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    from_lock = locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    parts = [{key: part[key] for key in KEPT if key in part} for part in whole["components"]]
    whole["components"] = [part for part in parts if normalized(part["name"]) in from_lock]
    kept = {part["bom-ref"] for part in whole["components"]} | {whole["metadata"]["component"]["bom-ref"]}
    whole["dependencies"] = [
        entry | {"dependsOn": [ref for ref in entry.get("dependsOn", ()) if ref in kept]}
        for entry in whole["dependencies"]
        if entry["ref"] in kept
    ]
    whole["metadata"].pop("tools", None)
    return whole


def licence(part):
    """What a component says its licence is, in a few words."""
    for entry in part.get("licenses", ()):
        told = entry.get("expression") or entry["license"].get("id") or entry["license"].get("name", "")
        if told:
            return told.removeprefix("License :: ").removeprefix("OSI Approved :: ")
    told = (importlib.metadata.metadata(part["name"]).get("License") or "").strip().splitlines()
    whole_text = not told or told[0].startswith("#")
    return "see the licence file that it is installed with" if whole_text else told[0]


def table(parts):
    """The licences in Markdown, one package a line."""
    lines = ["# Licences", "", "What `make env` installs on Linux x86-64 with Python 3.11, and the licence that each"]
    lines += ["package declares. Written by `tools/lock.py`; the bill of materials is [sbom.json](sbom.json).", ""]
    lines += ["| package | version | licence |", "|---|---|---|"]
    rows = sorted((normalized(part["name"]), part["version"], licence(part)) for part in parts)
    return "\n".join([*lines, *(f"| {name} | {version} | {told} |" for name, version, told in rows)]) + "\n"


def main():
    """Write the three files."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    whole = bill()
    files = {
        "environment.yml": conda(project, lock),
        "docs/results/sbom.json": json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n",
        "docs/results/licences.md": table(whole["components"]),
    }
    for name, text in files.items():
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
        print(name)


if __name__ == "__main__":
    main()
