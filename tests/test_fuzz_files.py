"""Damaged npz, JSON, ipynb and lesson files: read, or refused in the course's words; nothing is unpickled or left."""

import warnings
from collections import Counter

import pytest
from hypothesis import given

from helpers.course import progress
from tests import fuzz_guard
from tests.fuzz_files import READERS, spoilt_bytes
from tests.fuzz_inputs import fixed

FEW, MANY = 40, 500
COSTLY = 10  # times fewer, where a file holds megabytes


def fuzzed(name, examples, folder, monkeypatch, record_property):
    """How many damaged files were read, and how many refused."""
    reader, ends = READERS[name], Counter()
    monkeypatch.setenv(progress.HOME_VARIABLE, str(folder))
    whole, path = reader.whole(folder), folder / reader.name

    def read():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the record's sentence, and zipfile's on doubled names
            return reader.read(path)

    @fixed(examples // (COSTLY if reader.costly else 1))
    @given(spoilt_bytes(whole))
    def it_reads_or_refuses(content):
        for left in folder.iterdir():
            left.unlink()
        progress._unsaved.clear()
        path.write_bytes(content)
        try:
            fuzz_guard.run(read, place=folder)
        except reader.raises as error:
            message = str(error)
            assert reader.words in message
            ends["refused"] += 1
        else:
            ends["read"] += 1

    it_reads_or_refuses()
    record_property("inputs", ends.total())
    record_property("refused", ends["refused"])
    return ends


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused_in_words(name, tmp_path, monkeypatch, record_property):
    ends = fuzzed(name, FEW, tmp_path, monkeypatch, record_property)
    assert ends["refused" if READERS[name].raises else "read"] > 0


@pytest.mark.weekly
@pytest.mark.parametrize("name", READERS)
def test_hundreds_of_damaged_files_are_read_or_refused_in_words(name, tmp_path, monkeypatch, record_property):
    ends = fuzzed(name, MANY, tmp_path, monkeypatch, record_property)
    assert ends["refused" if READERS[name].raises else "read"] > 0


@pytest.mark.parametrize("name", READERS)
def test_a_whole_file_is_read(name, tmp_path, monkeypatch):
    monkeypatch.setenv(progress.HOME_VARIABLE, str(tmp_path))
    progress._unsaved.clear()
    path = tmp_path / READERS[name].name
    path.write_bytes(READERS[name].whole(tmp_path))
    READERS[name].read(path)
