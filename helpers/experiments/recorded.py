"""Runs that were trained before, for places where training takes too long: a browser's page, a crowded hub.

Only where the environment variable BATCHNORM_COURSE_RECORDED is 1 do `train` and `sweep` look for them, and they say in
a line that they did. A recording stands for exactly its experiment, its seed and the engine that trained it: a hash of
the code that computes. One of another engine counts as none. `python tools/record.py` writes them.

Weights are recorded for the longest runs alone. What a lesson measures of many other networks by `of_networks` is
recorded in their place. Weights that are asked for all the same are trained here.
"""

import functools
import hashlib
import inspect
import json
import os
from pathlib import Path

import numpy as np

from helpers._support import npz_file
from helpers.experiments.stack import Run, train_stack
from helpers.networks.network import network_from

SWITCH = "BATCHNORM_COURSE_RECORDED"
FOLDER = Path(__file__).parent / "recordings"
CURVES = ("train_loss", "validation_accuracy")
ENDS = ("train_accuracy", "test_accuracy", "seconds", "steps_done", "diverged")
ENGINE = (
    "batchnorm.py",
    "data/__init__.py",
    "experiments/stack.py",
    *(f"networks/{name}.py" for name in ("draws", "engine", "layers", "network", "stack")),
)
"""What computes a run, below helpers/."""


def find(pairs):
    """{pair: Run} of those (experiment, seed) that were recorded; {} unless the switch is on."""
    if os.environ.get(SWITCH) != "1":
        return {}
    known, keys = _recordings(), {pair: key(*pair) for pair in pairs}
    return {pair: known[name](*pair) for pair, name in keys.items() if name in known}


def sentence(found, wanted):
    """What a reader is told."""
    return f"{found} of {wanted} runs come from a recording, made on another computer; `live=True` trains them here."


def of_networks(measure):
    """Make of `measure(network, experiment, seed)` a function of a Result: an array with a row for each seed.

    A recorded run's row comes from the recording where it is there, for exactly this code: its network need not be
    trained.
    """

    @functools.wraps(measure)
    def rows(result):
        return np.array([measured(measure, result, seed) for seed in result.seeds])

    rows.__signature__ = inspect.signature(rows, follow_wrapped=False)
    return rows


def measured(measure, result, seed):
    """One row of `of_networks`."""
    network = result.networks[result.seeds.index(seed)]
    known = network.measures.get(name_of(measure)) if isinstance(network, Later) else None
    return measure(result.network(seed), result.experiment, seed) if known is None else np.array(known)


@functools.cache
def name_of(measure):
    """A name for this measure and no other: where it stands, and a hash of its own lines."""
    digest = hashlib.sha256(inspect.getsource(measure).encode()).hexdigest()
    return f"{measure.__module__}.{measure.__name__} {digest[:20]}"


class Later:
    """The network of a recorded run, trained when it is first used, and what was measured of it."""

    def __init__(self, experiment, seed, measures):
        self._pair, self.measures = (experiment, seed), measures

    def __getattr__(self, name):
        if name.startswith("_"):  # copy and pickle ask for these of an object that has nothing yet
            raise AttributeError(name)
        return getattr(self._network, name)

    @functools.cached_property
    def _network(self):
        return train_stack([self._pair])[0].network


def key(experiment, seed):
    """A name for this run and no other."""
    return hashlib.sha256(json.dumps([vars(experiment), seed], sort_keys=True).encode()).hexdigest()[:20]


@functools.cache
def engine():
    """The hash of the code that trains, whatever the line ends of this checkout."""
    root, digest = Path(__file__).parents[1], hashlib.sha256()
    for name in ENGINE:
        digest.update((root / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def save(path, runs, networks, measures):
    """Write the Run of each (experiment, seed) to an .npz file.

    Of the pairs in `networks` the weights are written, too; of others, what `measures` has: {pair: {name: row}}.
    """
    keys = [key(*pair) for pair in runs]
    arrays = {name: np.concatenate([getattr(run, name) for run in runs.values()]) for name in CURVES}
    arrays |= {name: np.array([getattr(run, name) for run in runs.values()]) for name in ENDS}
    about = {"engine": engine(), "keys": keys, "points": [len(run.train_loss) for run in runs.values()]}
    about["pairs"] = [[vars(experiment), seed] for experiment, seed in runs]
    about["measures"] = {key(*pair): found for pair, found in measures.items() if pair not in networks}
    about["networks"] = {key(*pair): runs[pair].network.about() for pair in networks}
    for pair in networks:
        arrays |= runs[pair].network.arrays(f"{key(*pair)}.")
    with open(path, "wb") as file:
        np.savez_compressed(file, about=json.dumps(about), **arrays)


def load(path):
    """What `save` wrote: the engine, the pairs as (settings, seed), and {key: function of the pair, to its Run}."""
    found = npz_file.read(path, "tools/record.py")
    about = json.loads(str(found["about"]))
    ends = np.cumsum(about["points"])[:-1]
    curves = [np.split(found[name], ends) for name in CURVES]

    def run(place, name, experiment, seed):
        if name in about["networks"]:
            network = network_from(about["networks"][name], found, f"{name}.")
        else:
            network = Later(experiment, seed, about["measures"].get(name, {}))
        return Run(*(curve[place] for curve in curves), *(found[end][place] for end in ENDS), network)

    runs = {name: functools.partial(run, place, name) for place, name in enumerate(about["keys"])}
    return about["engine"], about["pairs"], runs


@functools.cache
def _recordings():
    known = {}
    for path in sorted(FOLDER.glob("*.npz")):
        trained_by, _, runs = load(path)
        known |= runs if trained_by == engine() else {}
    return known
