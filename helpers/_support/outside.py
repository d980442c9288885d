"""What a machine's settings, a startup file or another course's cells may have changed, set back for a lesson.

Keras's and TensorFlow's settings are set back where they are imported: helpers/tf/quiet.py.
"""

import sys
import warnings

import numpy as np

PRINTED = {
    "precision": 8,
    "threshold": 1000,
    "edgeitems": 3,
    "linewidth": 75,
    "suppress": False,
    "nanstr": "nan",
    "infstr": "inf",
    "sign": "-",
    "floatmode": "maxprec",
    "legacy": False,
}
"""NumPy's print options as NumPy sets them; a formatter that is not named is taken away."""
REPORTED = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
"""What NumPy does about a division by zero and the like, as NumPy sets it."""


def set_back():
    """NumPy and pandas print and warn as when newly installed, and a kernel's figures stand in the notebook.

    There a warning is no error, either: Keras's own code gives some that are never seen.
    """
    np.set_printoptions(**PRINTED)
    np.seterr(**REPORTED)
    if "pandas" in sys.modules:
        sys.modules["pandas"].reset_option(r"^display\.")
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if hasattr(shell, "kernel"):
        warnings.filters[:] = [rule for rule in warnings.filters if rule[0] != "error"]
        warnings.simplefilter("ignore", ResourceWarning, append=True)  # and Python learns that the rules have changed
        shell.run_line_magic("matplotlib", "inline")  # with MPLBACKEND=Agg they would vanish without a word
