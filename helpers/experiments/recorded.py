"""Runs that were trained before, for places where training takes too long: a browser's page, a crowded hub.

Only where the environment variable BATCHNORM_COURSE_RECORDED is 1 do `train` and `sweep` look for them, and they say in
a line that they did. A recording stands for exactly its experiment, its seed and the engine that trained it: a hash of
the code that computes. One of another engine counts as none. `python tools/record.py` writes them.

Weights are recorded for the longest runs alone. Those of another run are trained here, once somebody asks for them.
"""

import functools
import hashlib
import json
import os
from dataclasses import asdict
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
    known = _recordings()
    return {pair: known[key(*pair)](*pair) for pair in pairs if key(*pair) in known}


def sentence(found, wanted):
    """What a reader is told."""
    return f"{found} of {wanted} runs come from a recording, made on another computer; `live=True` trains them here."


class Later:
    """The network of a recorded run, trained when it is first used."""

    def __init__(self, experiment, seed):
        self._pair = experiment, seed

    def __getattr__(self, name):
        if name.startswith("_"):  # copy and pickle ask for these of an object that has nothing yet
            raise AttributeError(name)
        return getattr(self._network, name)

    @functools.cached_property
    def _network(self):
        return train_stack([self._pair])[0].network


def key(experiment, seed):
    """A name for this run and no other."""
    return hashlib.sha256(json.dumps([asdict(experiment), seed], sort_keys=True).encode()).hexdigest()[:20]


@functools.cache
def engine():
    """The hash of the code that trains, whatever the line ends of this checkout."""
    root, digest = Path(__file__).parents[1], hashlib.sha256()
    for name in ENGINE:
        digest.update((root / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def save(path, runs, networks):
    """Write the Run of each (experiment, seed) to an .npz file, and of the pairs in `networks` the weights, too."""
    keys = [key(*pair) for pair in runs]
    arrays = {name: np.concatenate([getattr(run, name) for run in runs.values()]).astype(np.float32) for name in CURVES}
    arrays |= {name: np.array([getattr(run, name) for run in runs.values()]) for name in ENDS}
    about = {"engine": engine(), "keys": keys, "points": [len(run.train_loss) for run in runs.values()]}
    about["pairs"] = [[asdict(experiment), seed] for experiment, seed in runs]
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
        described = about["networks"].get(name)
        network = network_from(described, found, f"{name}.") if described else Later(experiment, seed)
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
