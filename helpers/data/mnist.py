"""Finding MNIST on this machine, or downloading it, and making sure that it is MNIST."""

import os
from pathlib import Path

import numpy as np

from helpers._support import progress

FOLDER_VARIABLE = "BATCHNORM_COURSE_DATA"
URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
SHAPES = {"x_train": (60000, 28, 28), "y_train": (60000,), "x_test": (10000, 28, 28), "y_test": (10000,)}


def arrays():
    """x_train (60000, 28, 28), y_train (60000,), x_test (10000, 28, 28), y_test (10000,); uint8, in the original order.

    Looked for in the folder named by the environment variable BATCHNORM_COURSE_DATA, then in Keras's cache. If the
    variable is not set and the cache has none, it is downloaded into that cache, where Keras finds it too.

    Raises
    ------
    FileNotFoundError
        If BATCHNORM_COURSE_DATA is set, and neither its folder nor Keras's cache has the file.
    ValueError
        If the file that was found is damaged or holds other arrays, or the download has the wrong hash.
    ConnectionError, OSError
        If the download fails, or cannot be stored.
    """
    path = find()
    return read(path) if path else read(download())


def find():
    """The path of mnist.npz if it is on this machine, else None; never downloads.

    Raises
    ------
    FileNotFoundError
        If BATCHNORM_COURSE_DATA is set, and neither its folder nor Keras's cache has the file.
    """
    named, cached = os.environ.get(FOLDER_VARIABLE), keras_cache() / "mnist.npz"
    if named and (Path(named) / "mnist.npz").is_file():
        return Path(named) / "mnist.npz"
    if cached.is_file():
        return cached
    if named:
        raise FileNotFoundError(
            f"MNIST needs the file mnist.npz in the folder that {FOLDER_VARIABLE} names. "
            f"Received: {FOLDER_VARIABLE}={named!r}, which has none. "
            f"Put the file there, or unset {FOLDER_VARIABLE} to have it downloaded."
        )
    return None


def keras_cache():
    """The folder where Keras stores data sets: `datasets` in $KERAS_HOME, or in ~/.keras."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"


def read(path):
    """The four arrays of the file, checked; nothing in it is ever unpickled.

    Raises
    ------
    ValueError
        If the file is damaged, or lacks an array, or one has another shape or type.
    """
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as npz:
                found = {name: npz[name] for name in SHAPES if name in npz}
        except Exception as error:  # zipfile, zlib, NumPy's parser of headers and its allocation each have their own
            raise ValueError(
                f"The MNIST file is damaged. Received: path={str(path)!r}. "
                "Delete it, and put a whole copy there or load again."
            ) from error
    for name, shape in SHAPES.items():
        array = found.get(name)
        if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != np.uint8:
            is_there = "no such array"
            if isinstance(array, np.ndarray):
                is_there = f"shape {array.shape} and dtype {array.dtype}"
            raise ValueError(
                f"The MNIST file must hold `{name}` of shape {shape} and dtype uint8. "
                f"Received: path={str(path)!r} with {is_there}. Replace it by Keras's mnist.npz, or delete it."
            )
        if name.startswith("y_") and array.max() > 9:
            raise ValueError(
                f"The MNIST file must hold labels from 0 to 9. Received: path={str(path)!r} with "
                f"{name}.max()={array.max()}. Replace it by Keras's mnist.npz, or delete it."
            )
    return tuple(found[name] for name in SHAPES)


def download(*, url=URL, sha256=SHA256, timeout=30):
    """The path of mnist.npz in Keras's cache, after downloading it there (11 MB) with a progress bar.

    The file appears under its name only when it is whole and its hash is right.

    Raises
    ------
    ConnectionError
        If the server cannot be reached, or does not send the file.
    ValueError
        If the file that came has another hash.
    OSError
        If it cannot be stored.
    """
    import pooch  # with requests, a tenth of a second that only a download needs

    folder = keras_cache()
    downloader = pooch.HTTPDownloader(progressbar=progress.shown(), timeout=timeout)
    other_ways = f"or copy mnist.npz from elsewhere and set {FOLDER_VARIABLE} to its folder."
    try:
        path = pooch.retrieve(url, f"sha256:{sha256}", fname="mnist.npz", path=folder, downloader=downloader)
    except ValueError as error:
        raise ValueError(
            f"The MNIST file that was downloaded must have the SHA256 hash {sha256}. Received: another one, "
            f"from url={url!r}. It was not kept. Try again, {other_ways}"
        ) from error
    except OSError as error:
        if _is_from_requests(error):
            if error.response is not None:
                error.response.close()  # pooch leaves the connection open
            raise ConnectionError(
                f"MNIST must be downloaded once, which needs a network. Received: no file from url={url!r} "
                f"({type(error).__name__}). Try again with a connection, {other_ways}"
            ) from error
        raise OSError(
            f"MNIST must be stored in a folder that can be written. Received: folder={str(folder)!r} "
            f"({error.strerror or error}). Make room or set KERAS_HOME to another folder, {other_ways}"
        ) from error
    return Path(path)


def _is_from_requests(error):
    from requests.exceptions import RequestException

    return isinstance(error, RequestException)
