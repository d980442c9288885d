"""Recorded runs: used only where they are asked for, said in a line, and equal to what training here gives."""

import copy
import pkgutil
import random

import numpy as np
import pytest

from helpers.experiments import Experiment, recorded, running, sweep, train
from helpers.experiments.stack import train_stack

SMALL = Experiment(batch_norm=True, activation="relu", hidden=(8,), steps=20, evaluations=2)
PAIRS = [(SMALL, 0), (SMALL, 1)]


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """The switch is on, and seeds 0 and 1 of SMALL are recorded, seed 1 with its weights."""
    runs = dict(zip(PAIRS, train_stack(PAIRS)))
    recorded.save(tmp_path / "small.npz", runs, PAIRS[1:], {PAIRS[0]: {recorded.name_of(seed_of): 7}})
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    monkeypatch.setenv(recorded.SWITCH, "1")
    recorded._recordings.cache_clear()
    yield runs
    recorded._recordings.cache_clear()


def seed_of(network, experiment, seed):
    return seed


def no_training(*_):
    raise AssertionError("something was trained")


def test_a_recorded_run_is_what_was_trained_and_the_reader_is_told(recording, monkeypatch, capsys):
    monkeypatch.setattr(running, "_here", no_training)
    result = train(SMALL, seeds=2)
    assert capsys.readouterr().out == (
        "2 of 2 runs come from a recording, made on another computer; `live=True` trains them here.\n"
    )
    for seed, run in enumerate(recording.values()):
        np.testing.assert_array_equal(result.train_loss[seed], run.train_loss)
        np.testing.assert_array_equal(result.validation_accuracy[seed], run.validation_accuracy)  # no tie is broken
        assert result.test_accuracy[seed] == run.test_accuracy
    weights = recording[PAIRS[1]].network.arrays()
    for name, array in result.network(1).arrays().items():
        np.testing.assert_array_equal(array, weights[name])


def test_weights_that_were_not_recorded_are_trained_when_they_are_asked_for(recording):
    weights = recording[PAIRS[0]].network.arrays()
    for name, array in train(SMALL, seeds=1).network(0).arrays().items():
        np.testing.assert_array_equal(array, weights[name])


def test_what_was_measured_of_a_network_needs_no_network(recording, monkeypatch):
    measure = recorded.of_networks(seed_of)
    result = train(SMALL, seeds=2)
    monkeypatch.setattr(recorded, "train_stack", no_training)
    np.testing.assert_array_equal(measure(result), [7, 1])  # seed 1 has weights: measured, not recorded
    monkeypatch.setattr(recorded, "name_of", lambda measure: "of other code")
    with pytest.raises(AssertionError, match="something was trained"):
        measure(result)
    np.testing.assert_array_equal(measure(train(SMALL, seeds=2, live=True)), [0, 1])


def test_a_network_that_waits_for_its_weights_can_be_copied():
    assert isinstance(copy.deepcopy(recorded.Later(Experiment(True, "relu"), 0, {})), recorded.Later)


def test_what_is_not_recorded_is_trained_beside_it(recording, capsys):
    result = sweep([SMALL], seeds=3)[SMALL]
    assert capsys.readouterr().out.startswith("2 of 3 runs come from a recording")
    assert result.complete


def test_live_trains_and_says_nothing(recording, capsys):
    assert train(SMALL, seeds=1, live=True).network(0) is not None
    assert capsys.readouterr().out == ""


def test_without_the_switch_nothing_is_looked_up(recording, monkeypatch):
    monkeypatch.delenv(recorded.SWITCH)
    assert recorded.find(PAIRS) == {}


def test_a_recording_of_another_engine_counts_as_none(recording, monkeypatch):
    monkeypatch.setattr(recorded, "engine", lambda: "another")
    assert recorded.find(PAIRS) == {}


UNUSED = "what was recorded is not used: run .venv/bin/python tools/record.py"


def measures_of(runs, settings, seed):
    """{name: row} of what was measured of a run's network."""
    experiment = Experiment(**settings)
    return getattr(runs[recorded.key(experiment, seed)](experiment, seed).network, "measures", {})


def measure_of(name):
    """The function that measures it, for one network."""
    return pkgutil.resolve_name(name.split()[0]).__wrapped__


RECORDINGS = pytest.mark.parametrize("path", sorted(recorded.FOLDER.glob("*.npz")), ids=lambda path: path.stem)


@pytest.mark.weekly
@RECORDINGS
def test_the_recordings_are_of_this_engine(path):
    trained_by, pairs, runs = recorded.load(path)
    assert trained_by == recorded.engine(), UNUSED
    for name in {name for pair in pairs for name in measures_of(runs, *pair)}:
        assert name == recorded.name_of(measure_of(name)), UNUSED


@pytest.mark.slow
@RECORDINGS
def test_a_random_sample_trained_anew_gives_what_was_recorded(path):
    """Another processor rounds differently, so the ends of single runs may differ; the first losses may not."""
    _, pairs, runs = recorded.load(path)
    with_measures = [pair for pair in pairs if measures_of(runs, *pair)]
    differences, of_measures = [], []
    for settings, seed in random.sample(pairs, 12) + random.sample(with_measures, min(12, len(with_measures))):
        experiment = Experiment(**settings)
        (run,) = train_stack([(experiment, seed)])
        for name, row in measures_of(runs, settings, seed).items():
            of_measures.append(np.max(np.abs(np.subtract(measure_of(name)(run.network, experiment, seed), row))))
        old = runs[recorded.key(experiment, seed)](experiment, seed)
        np.testing.assert_allclose(run.train_loss[0], old.train_loss[0], rtol=1e-3)
        differences.append(abs(run.test_accuracy - old.test_accuracy))
    assert np.median(differences) <= 0.01
    assert not of_measures or np.median(of_measures) <= 0.01
