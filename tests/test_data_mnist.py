"""Finding, reading and downloading MNIST; every failure has one message."""

import functools
import hashlib
import http.server
import io
import logging
import threading
import zipfile

import numpy as np
import pytest

from helpers.data import mnist

SMALL = {"x_train": (6, 28, 28), "y_train": (6,), "x_test": (2, 28, 28), "y_test": (2,)}


@pytest.fixture(autouse=True)
def nothing_is_there(tmp_path, monkeypatch):
    """No variable set, an empty Keras folder, and arrays of a size that a test can make quickly."""
    monkeypatch.delenv("BATCHNORM_COURSE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(mnist, "SHAPES", SMALL)
    logging.getLogger("pooch").setLevel(logging.ERROR)


def arrays(**changes):
    rng = np.random.default_rng(0)
    made = {name: rng.integers(0, 10, shape, dtype=np.uint8) for name, shape in SMALL.items()}
    return {name: array for name, array in (made | changes).items() if array is not None}


def npz(**changes):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays(**changes))
    return file.getvalue()


def put(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mnist.npz").write_bytes(content)
    return folder / "mnist.npz"


def message(function, kind):
    with pytest.raises(kind) as error:
        function()
    assert type(error.value) is kind
    return str(error.value)


def test_the_named_folder_comes_before_keras_cache(tmp_path, monkeypatch):
    put(tmp_path / "keras" / "datasets", npz())
    mine = put(tmp_path / "mine", npz())
    assert mnist.find() == tmp_path / "keras" / "datasets" / "mnist.npz"
    monkeypatch.setenv("BATCHNORM_COURSE_DATA", str(tmp_path / "mine"))
    assert mnist.find() == mine


def test_keras_cache_serves_when_the_named_folder_has_none(tmp_path, monkeypatch):
    cached = put(tmp_path / "keras" / "datasets", npz())
    monkeypatch.setenv("BATCHNORM_COURSE_DATA", str(tmp_path / "empty"))
    assert mnist.find() == cached


def test_without_keras_home_the_cache_is_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert mnist.keras_cache() == tmp_path / ".keras" / "datasets"


def test_arrays_come_as_stored(tmp_path):
    put(tmp_path / "keras" / "datasets", npz())
    for got, stored in zip(mnist.arrays(), arrays().values(), strict=True):
        assert np.array_equal(got, stored)
        assert got.dtype == np.uint8


def test_absent_from_the_named_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHNORM_COURSE_DATA", "/no/such/folder")
    assert message(mnist.arrays, FileNotFoundError) == (
        "MNIST needs the file mnist.npz in the folder that BATCHNORM_COURSE_DATA names. "
        "Received: BATCHNORM_COURSE_DATA='/no/such/folder', which has none. "
        "Put the file there, or unset BATCHNORM_COURSE_DATA to have it downloaded."
    )


def changed_inside():
    content = bytearray(npz())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        content[archive.getinfo("x_train.npy").header_offset + 600] ^= 0xFF
    return bytes(content)


def single_array():
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


DAMAGED = {
    **{f"cut to {length}": lambda length=length: npz()[:length] for length in (0, 1000, -1)},
    "another file": lambda: b"<html>Sign in to this network</html>",
    "a byte changed inside": changed_inside,
    "a single array": single_array,
    "a pickle, which is never read": lambda: npz(x_test=np.array([print], dtype=object)),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_is_refused(case, tmp_path):
    path = put(tmp_path, DAMAGED[case]())
    assert message(lambda: mnist.read(path), ValueError) == (
        f"The MNIST file is damaged. Received: path={str(path)!r}. Delete it, and put a whole copy there or load again."
    )


@pytest.mark.parametrize(
    ("changes", "needed", "is_there"),
    [
        ({"y_test": None}, "`y_test` of shape (2,) and dtype uint8", "no such array"),
        (
            {"x_train": np.zeros((6, 28, 27), np.uint8)},
            "`x_train` of shape (6, 28, 28) and dtype uint8",
            "shape (6, 28, 27) and dtype uint8",
        ),
        (
            {"x_train": np.zeros((6, 28, 28), np.float32)},
            "`x_train` of shape (6, 28, 28) and dtype uint8",
            "shape (6, 28, 28) and dtype float32",
        ),
    ],
)
def test_wrong_arrays(tmp_path, changes, needed, is_there):
    path = put(tmp_path, npz(**changes))
    assert message(lambda: mnist.read(path), ValueError) == (
        f"The MNIST file must hold {needed}. Received: path={str(path)!r} with {is_there}. "
        "Replace it by Keras's mnist.npz, or delete it."
    )


def test_labels_beyond_9(tmp_path):
    path = put(tmp_path, npz(y_train=np.array([0, 1, 2, 3, 4, 10], np.uint8)))
    assert message(lambda: mnist.read(path), ValueError) == (
        f"The MNIST file must hold labels from 0 to 9. Received: path={str(path)!r} with y_train.max()=10. "
        "Replace it by Keras's mnist.npz, or delete it."
    )


@pytest.fixture
def server(tmp_path):
    """A web server on this machine for the files under `tmp_path`/served; gives its address."""
    (tmp_path / "served").mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=tmp_path / "served")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


def test_a_download_lands_in_keras_cache_and_is_found_there(tmp_path, server):
    content = npz()
    put(tmp_path / "served", content)
    path = mnist.download(url=f"{server}/mnist.npz", sha256=hashlib.sha256(content).hexdigest())
    assert path == mnist.find() == tmp_path / "keras" / "datasets" / "mnist.npz"
    assert path.read_bytes() == content


def test_loading_downloads_once(tmp_path, server, monkeypatch):
    content = npz()
    served = put(tmp_path / "served", content)
    here = functools.partial(mnist.download, url=f"{server}/mnist.npz", sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(mnist, "download", here)
    first = mnist.arrays()
    served.unlink()
    assert all(np.array_equal(a, b) for a, b in zip(first, mnist.arrays(), strict=True))


def test_a_progress_bar_is_shown_unless_switched_off(tmp_path, server, monkeypatch, capfd):
    content = npz()
    put(tmp_path / "served", content)
    for switch, shown in (("0", False), ("1", True)):
        monkeypatch.setenv("BATCHNORM_COURSE_PROGRESS", switch)
        monkeypatch.setenv("KERAS_HOME", str(tmp_path / switch))
        mnist.download(url=f"{server}/mnist.npz", sha256=hashlib.sha256(content).hexdigest())
        assert ("100%" in capfd.readouterr().err) is shown


def test_a_download_with_the_wrong_hash_is_not_kept(tmp_path, server):
    put(tmp_path / "served", npz())
    url, wrong = f"{server}/mnist.npz", "0" * 64
    assert message(lambda: mnist.download(url=url, sha256=wrong), ValueError) == (
        f"The MNIST file that was downloaded must have the SHA256 hash {wrong}. "
        f"Received: another one, from url={url!r}. It was not kept. Try again, "
        "or copy mnist.npz from elsewhere and set BATCHNORM_COURSE_DATA to its folder."
    )
    assert list((tmp_path / "keras" / "datasets").iterdir()) == []


@pytest.mark.parametrize(("there", "kind"), [(False, "ConnectionError"), (True, "HTTPError")])
def test_no_network_and_a_server_without_the_file(server, there, kind):
    url = f"{server if there else 'http://127.0.0.1:9'}/mnist.npz"
    assert message(lambda: mnist.download(url=url, timeout=2), ConnectionError) == (
        f"MNIST must be downloaded once, which needs a network. Received: no file from url={url!r} ({kind}). "
        "Try again with a connection, or copy mnist.npz from elsewhere and set BATCHNORM_COURSE_DATA to its folder."
    )


def test_a_cache_that_cannot_be_made(tmp_path, monkeypatch, server):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    put(tmp_path / "served", npz())
    folder = str(tmp_path / "file" / "datasets")
    with pytest.raises(OSError) as error:  # noqa: PT011
        mnist.download(url=f"{server}/mnist.npz")
    assert str(error.value) == (
        f"MNIST must be stored in a folder that can be written. Received: folder={folder!r} "
        "(Not a directory). Make room or set KERAS_HOME to another folder, "
        "or copy mnist.npz from elsewhere and set BATCHNORM_COURSE_DATA to its folder."
    )


def test_the_address_and_hash_are_keras_own():
    assert mnist.URL == "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
    assert mnist.SHA256 == "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
