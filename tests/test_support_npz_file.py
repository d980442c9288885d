"""What Result.save and Network.save wrote is read whole, or refused in one sentence; nothing is unpickled."""

import numpy as np
import pytest

from helpers._support import npz_file


def test_all_arrays_of_a_whole_file_are_read(tmp_path):
    np.savez(tmp_path / "a.npz", x=[1.0, 2.0], y="text")
    found = npz_file.read(tmp_path / "a.npz", "Result.save")
    assert found["x"].tolist() == [1.0, 2.0]
    assert str(found["y"]) == "text"


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_file_that_was_cut_is_refused_in_one_sentence(tmp_path, keep):
    np.savez(tmp_path / "a.npz", x=np.arange(100.0))
    path = tmp_path / "cut.npz"
    path.write_bytes((tmp_path / "a.npz").read_bytes()[:keep])
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        npz_file.read(path, "Result.save")
    assert str(error.value) == (
        f"`path` must be a file written by Result.save. Received: path={str(path)!r}. "
        "Save with Result.save first; if this file was, it is damaged."
    )


def test_objects_are_refused_not_unpickled(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="must be a file written by"):
        npz_file.read(tmp_path / "a.npz", "Result.save")


def test_a_plain_array_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.ones(3))
    with pytest.raises(ValueError, match="must be a file written by"):
        npz_file.read(tmp_path / "a.npy", "Result.save")


def test_no_file_is_the_systems_own_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        npz_file.read(tmp_path / "none.npz", "Result.save")
