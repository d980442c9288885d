"""Run a solution in a fresh kernel that sees nothing of this machine's user, and keep its outputs."""

import json
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets import default

CELL_SECONDS = 600
# Names that a library draws anew in each run: a widget's model, a quiz's element.
DRAWN = re.compile(r'"model_id": "([0-9a-f]{32})"|<div id=\\"([A-Za-z]{12})\\" data-')


class ExecutionError(RuntimeError):
    """A solution that does not run cleanly; the message names the notebook, the cell and what came out."""


class _OwnKernels(AsyncKernelManager):
    """Start the kernel of the running Python, whatever kernels the user has installed."""

    @default("kernel_spec_manager")
    def _only_this_environment(self):
        return KernelSpecManager(kernel_dirs=[os.path.join(sys.prefix, "share", "jupyter", "kernels")])


def environment(home: str) -> dict[str, str]:
    """The environment variables of a lesson's kernel: this process's, with what would change an output set."""
    return os.environ | {
        "BATCHNORM_COURSE_HOME": os.path.join(home, "course"),
        "BATCHNORM_COURSE_PINNED": "raise",
        "BATCHNORM_COURSE_PROGRESS": "0",
        "IPYTHONDIR": os.path.join(home, "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
    }


def run(notebook: nbformat.NotebookNode, folder: Path, shown_as: str) -> nbformat.NotebookNode:
    """The notebook with its outputs, executed from top to bottom in `folder`.

    Raises ExecutionError for an exception, a cell over 10 minutes, a dead kernel, and for anything written to stderr.
    """
    metadata = notebook.metadata.copy()
    with tempfile.TemporaryDirectory(prefix="lesson-") as home:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            kernel_manager_class=_OwnKernels,
            resources={"metadata": {"path": str(folder)}},
            store_widget_state=False,
            coalesce_streams=True,  # a busy machine sends one cell's printout in several pieces
            extra_arguments=["--IPKernelApp.log_level=40"],  # no warnings about transport in the build's own output
        )
        try:
            client.execute(env=environment(home))
        except CellExecutionError as error:
            raise ExecutionError(_failed(notebook, shown_as, f"{error.ename}: {error.evalue}")) from None
        except (CellTimeoutError, DeadKernelError) as error:
            raise ExecutionError(_failed(notebook, shown_as, str(error).splitlines()[0])) from None
    notebook.metadata = metadata
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = _steady(_pictures(cell.outputs), cell.id)
    _refuse_stderr(notebook, shown_as)
    return notebook


def is_executed(notebook: nbformat.NotebookNode) -> bool:
    """Whether every code cell was run once, in order."""
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    return counts == list(range(1, len(counts) + 1))


def _pictures(outputs):
    """The outputs, each widget that brings a picture as this alone: its model is gone with the kernel that made it.

    Without this JupyterLab says "model not found" instead of showing the picture.
    """
    for output in outputs:
        if "image/png" in output.get("data", {}):
            output.data.pop("application/vnd.jupyter.widget-view+json", None)
    return outputs


def _steady(outputs, cell_id):
    """The outputs with drawn names replaced, so that a second run of the same cell gives the same bytes."""
    text = json.dumps(outputs)
    letters = re.sub(r"[^a-z]", "", cell_id.lower())
    drawn = dict.fromkeys(model or element for model, element in DRAWN.findall(text))
    for place, name in enumerate(drawn):
        text = text.replace(name, letters + "x" * (place + 1))
    return [nbformat.from_dict(output) for output in json.loads(text)]


def _failed(notebook, shown_as, message):
    tried = [cell for cell in notebook.cells if cell.cell_type == "code" and "execution" in cell.metadata]
    cell = tried[-1] if tried else None
    where = f"{shown_as}, cell {cell.id}" if cell else shown_as
    shown = f"\n{_indented(cell.source)}" if cell else ""
    return f"{where}: {message}{shown}"


def _refuse_stderr(notebook, shown_as):
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                raise ExecutionError(f"{shown_as}, cell {cell.id} wrote to stderr:\n{_indented(output.text)}")


def _indented(text):
    return "\n".join("    " + line for line in text.rstrip("\n").split("\n"))
