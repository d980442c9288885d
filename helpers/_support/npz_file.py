"""Arrays of an .npz file that may be cut short, damaged, or somebody else's; nothing in it is ever unpickled."""

import numpy as np

from helpers._support import validate


def read(path, writer):
    """{name: array} of the file, all of it; `writer` is what should have written it, such as "Result.save".

    Raises
    ------
    ValueError
        If the file is no whole .npz file, or holds what only unpickling would give.
    OSError
        If it cannot be opened.
    """
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as npz:
                return {name: npz[name] for name in npz.files}
        except Exception as error:  # zipfile, zlib, NumPy's parser of headers and its allocation each have their own
            raise refusal(path, writer) from error


def refusal(path, writer):
    """The ValueError for a file that `writer` did not write, or that was changed since."""
    return ValueError(
        f"`path` must be a file written by {writer}. {validate.received(path=str(path))} "
        f"Save with {writer} first; if this file was, it is damaged."
    )
