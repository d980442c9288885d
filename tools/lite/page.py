"""JupyterLite around the parts: the lessons that a page can run, and settings by which it asks no other machine."""

import json
import shutil
from datetime import UTC, datetime

from lite import parts

LESSONS = ("00_start_here", "01_theory", "02_benefits", "04_demo", "05_low_level")
WITHOUT = {"05_low_level": ("## The layer in low-level TensorFlow", "### Exercise 6: the whole layer")}
"""Lesson -> the headings whose sections need TensorFlow, which a page does not have."""
LEFT_OUT = "*(This section needs TensorFlow, which does not run in a browser's page: it is in the installed course.)*"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
PACKAGES = ["batchnorm-course", "comm", "ipython", "jedi", "micropip", "sqlite3", "ssl"]
"""What the kernel would install by and by is there when it starts: all but ours is named in its worker."""
ENVIRONMENT = {
    "HOME": "/home/pyodide",
    "BATCHNORM_COURSE_HOME": "/drive/record",  # beside the notebooks, which the browser keeps
    "BATCHNORM_COURSE_RECORDED": "1",
    "PYTHONWARNINGS": "ignore:only soft file lock is available:UserWarning",  # one process has nobody to lock out
}


def build(root, folder, to):
    """Write the page to the folder `to`, from the repository `root`; `folder` keeps the parts for the next time."""
    python = parts.fetch(folder)
    shutil.rmtree(to, ignore_errors=True)
    parts.run(
        [python.parent / "jupyter", "lite", "build", "--output-dir", to, "--no-sourcemaps", "--apps", "lab"], cwd=folder
    )
    (wheel,) = _course(root, folder)
    parts.pyodide(folder, to / "static" / "pyodide", wheel)
    notebooks = {name: _notebook(root / "notebooks" / f"{name}.ipynb") for name in LESSONS}
    _contents(to, {f"{name}.ipynb": json.dumps(one, indent=1, ensure_ascii=False) for name, one in notebooks.items()})
    _settings(to / "jupyter-lite.json")


def _course(root, folder):
    """The course's wheel, built anew."""
    shutil.rmtree(folder / "course", ignore_errors=True)
    parts.run([*parts.UV, "build", "--quiet", "--wheel", "--no-build-isolation", "-o", folder / "course", root])
    return (folder / "course").glob("*.whl")


def _notebook(path):
    """A learner's notebook for the page: its kernel, and a sentence in place of each section that cannot run there."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["kernelspec"] = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
    cells, leaving_out = [], 0
    headings = {heading: heading.index(" ") for heading in WITHOUT.get(path.stem, ())}
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        first = source.split("\n")[0]
        if cell["cell_type"] == "markdown" and first.startswith("#") and first.index(" ") <= leaving_out:
            leaving_out = 0
        if first in headings:
            leaving_out = headings.pop(first)
            cells.append(cell | {"source": f"{first}\n\n{LEFT_OUT}"})
        elif not leaving_out:
            kept = [line for line in source.split("\n") if not line.startswith("from helpers.tf.")]
            cells.append(cell | {"source": "\n".join(kept)})
    if headings:
        raise parts.PartError(f"{path.name} must have the headings of page.WITHOUT. Missing: {', '.join(headings)}.")
    return notebook | {"cells": cells}


def _contents(to, files):
    """The notebooks, and the list of them that JupyterLite reads."""
    (to / "files").mkdir()
    now = datetime.now(UTC).isoformat()
    common = {"content": None, "created": now, "last_modified": now, "mimetype": None, "writable": True}
    entries = []
    for name, text in files.items():
        (to / "files" / name).write_text(text, encoding="utf-8", newline="\n")
        kind = {"name": name, "path": name, "size": len(text.encode()), "type": "notebook", "format": None}
        entries.append(common | kind)
    folder = common | {"name": "", "path": "", "size": None, "type": "directory", "format": "json", "content": entries}
    (to / "api" / "contents").mkdir(parents=True)
    (to / "api" / "contents" / "all.json").write_text(json.dumps(folder), encoding="utf-8")


def _settings(path):
    """Pyodide from this folder, no package index, no look for news; the course is there when the kernel starts."""
    settings = json.loads(path.read_text(encoding="utf-8"))
    data = settings["jupyter-config-data"]
    data |= {"appName": "A course on batch normalization", "exposeAppInBrowser": True}  # exposed: for tests
    data["litePluginSettings"][KERNEL] |= {
        "pyodideUrl": "./static/pyodide/pyodide.js",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": PACKAGES, "env": ENVIRONMENT},
    }
    path.write_text(json.dumps(settings, indent=1, sort_keys=True), encoding="utf-8")
