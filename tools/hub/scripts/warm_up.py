"""Import once, as root, what learners' servers and kernels import: they cannot write compiled modules there."""

import contextlib
import importlib
import pkgutil
import warnings

import helpers

SERVER = (
    "IPython.core.completer",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "jupyter_lsp",
    "jupyter_server_terminals",
    "jupyterhub.singleuser.extension",
    "jupyterlab.labapp",
    "matplotlib_inline.backend_inline",
    "nbdime.merging",
    "nbgitpuller.handlers",
    "nbgitpuller.pull",
    "sklearn.datasets",
)

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in [*SERVER, *(module.name for module in pkgutil.walk_packages(helpers.__path__, "helpers."))]:
        with contextlib.suppress(Exception):  # what cannot be imported here is not needed, or will say so there
            importlib.import_module(name)
