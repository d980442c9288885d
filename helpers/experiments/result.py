"""What an experiment gave: for each seed and point of evaluation, as arrays, tables, networks and files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

import numpy as np

from helpers._support import npz_file, validate
from helpers.experiments import arguments
from helpers.experiments.experiment import Experiment
from helpers.networks.network import network_from

POINTS = ("train_loss", "validation_accuracy")
SEEDS = ("train_accuracy", "test_accuracy", "seconds", "steps_done", "diverged")


@dataclass(eq=False, repr=False)
class Result:
    """One experiment's outcome: S seeds, E points of evaluation. Numbers not reached before Ctrl-C are NaN.

    Attributes
    ----------
    experiment : Experiment
    seeds : tuple of int, length S
    step : (E,) int
        Steps done at each evaluation; the first is 0.
    train_loss : (S, E)
        Mean loss of the batches since the evaluation before; at step 0 the first batch's, before any training.
    validation_accuracy : (S, E)
        With moving statistics.
    train_accuracy, test_accuracy : (S,)
        At the end, with moving statistics; on at most the first 10,000 training images, and on all test images.
    seconds : (S,)
        Training alone, without evaluation: the time of a stack of runs divided by their number, on one core.
    steps_done : (S,) int
        Less than experiment.steps where the training was interrupted.
    diverged : (S,) bool
        Whether a loss or a parameter became infinite or NaN. Such a network predicts class 0, and counts as it scores.
    """

    experiment: Experiment
    seeds: tuple
    step: np.ndarray
    train_loss: np.ndarray
    validation_accuracy: np.ndarray
    train_accuracy: np.ndarray
    test_accuracy: np.ndarray
    seconds: np.ndarray
    steps_done: np.ndarray
    diverged: np.ndarray
    networks: tuple

    @classmethod
    def of(cls, experiment, seeds, runs):
        """The Result of these runs, one for each seed."""
        arrays = {name: np.array([getattr(run, name) for run in runs]) for name in (*POINTS, *SEEDS)}
        return cls(experiment, seeds, experiment.evaluation_steps, networks=tuple(r.network for r in runs), **arrays)

    @property
    def complete(self):
        """Whether every seed was trained and measured to the end."""
        return bool(np.isfinite(self.test_accuracy).all())

    @property
    def steps_per_second(self):
        """Training steps a second on one core, summed over runs side by side; NaN without a step."""
        return float(self.steps_done.sum() / self.seconds.sum()) if self.steps_done.any() else float("nan")

    def network(self, seed):
        """The trained network of a seed, a copy.

        Raises
        ------
        ValueError
            If the seed is not one of `seeds`, or was interrupted before it began.
        """
        if seed not in self.seeds:
            raise ValueError(
                f"`seed` must be one of {list(self.seeds)}. {validate.received(seed=seed)} Choose one that was trained."
            )
        network = self.networks[self.seeds.index(seed)]
        if network is None:
            raise ValueError(
                f"`seed` must be one whose training began. {validate.received(seed=seed)} "
                "The training was stopped before: train again."
            )
        return network.copy()

    def table(self):
        """A pandas.DataFrame with a row for each seed."""
        import pandas as pd

        return pd.DataFrame(
            {
                "test accuracy": self.test_accuracy,
                "validation accuracy": self._last(self.validation_accuracy),
                "train accuracy": self.train_accuracy,
                "train loss": self._last(self.train_loss),
                "diverged": self.diverged,
                "steps": self.steps_done,
                "seconds": self.seconds,
            },
            index=pd.Index(self.seeds, name="seed"),
        )

    def save(self, path):
        """Write everything, networks included, to one .npz file without pickle."""
        arrays = {name: getattr(self, name) for name in (*POINTS, *SEEDS)}
        about = {"experiment": asdict(self.experiment), "seeds": self.seeds, "networks": []}
        for seed, network in zip(self.seeds, self.networks):
            about["networks"].append(network and network.about())
            arrays |= network.arrays(f"network.{seed}.") if network else {}
        with open(path, "wb") as file:
            np.savez(file, about=json.dumps(about), **arrays)

    @classmethod
    def load(cls, path):
        """The Result that `save` wrote to `path`.

        Raises
        ------
        ValueError
            If the file was not written by `save`, or is damaged.
        OSError
            If it cannot be opened.
        """
        found = npz_file.read(path, "Result.save")
        try:
            about = json.loads(str(found["about"]))
            saved = about["experiment"]  # may be older than a field, which then has its default
            experiment = Experiment(**{f.name: saved[f.name] for f in fields(Experiment) if f.name in saved})
            seeds = arguments.seeds(about["seeds"])
            networks = tuple(
                described and network_from(described, found, f"network.{seed}.")
                for seed, described in zip(seeds, about["networks"], strict=True)
            )
            arrays = {name: found[name] for name in (*POINTS, *SEEDS)}
            result = cls(experiment, seeds, experiment.evaluation_steps, networks=networks, **arrays)
            result._check_shapes()
        except Exception as error:  # whatever a foreign or damaged description leads to
            raise npz_file.refusal(path, "Result.save") from error
        return result

    def _check_shapes(self):
        due = dict.fromkeys(POINTS, (len(self.seeds), len(self.step))) | dict.fromkeys(SEEDS, (len(self.seeds),))
        wrong = [name for name, shape in due.items() if getattr(self, name).shape != shape]
        if wrong:
            raise ValueError(f"another shape than the settings say: {', '.join(wrong)}")

    def __repr__(self):
        done = int(np.isfinite(self.test_accuracy).sum())
        lines = [f"Result: {self.experiment.label}, {done} of {len(self.seeds)} seeds finished"]
        if done:
            lines.append(f"test accuracy {spread(self.test_accuracy)}")
        if self.diverged.any():
            lines.append(f"{self.diverged.sum()} of {len(self.seeds)} diverged")
        return "; ".join(lines)

    def _repr_html_(self):
        return f"<p>{self!r}</p>" + self.table().to_html(float_format="{:.3f}".format)

    def _last(self, values):
        """The last number that was measured for each seed."""
        reached = np.isfinite(self.validation_accuracy)
        last = np.maximum(reached.shape[1] - 1 - reached[:, ::-1].argmax(axis=1), 0)
        return np.take_along_axis(values, last[:, None], axis=1)[:, 0]


class Results(Mapping):
    """An ordered mapping from Experiment to Result."""

    def __init__(self, results, wall=float("nan")):
        self._results, self.wall_seconds = dict(results), wall

    def __getitem__(self, experiment):
        return self._results[experiment]

    def __iter__(self):
        return iter(self._results)

    def __len__(self):
        return len(self._results)

    @property
    def complete(self):
        """Whether every run was trained and measured to the end."""
        return all(result.complete for result in self.values())

    def table(self):
        """A pandas.DataFrame with a row for each experiment: the settings that differ, and the spread over seeds."""
        import pandas as pd

        always = ("activation", "init_scale", "learning_rate", "batch_norm")
        names = [f.name for f in fields(Experiment)]
        differ = [n for n in names if n not in always and len({getattr(e, n) for e in self}) > 1]
        rows = []
        for experiment, result in self.items():
            done = result.test_accuracy[np.isfinite(result.test_accuracy)]
            low, middle, high = np.quantile(done, [0, 0.5, 1]) if done.size else [np.nan] * 3
            rows.append(
                {name.replace("_", " "): getattr(experiment, name) for name in (*always, *differ)}
                | {"test accuracy": middle, "lowest": low, "highest": high}
                | {"diverged": int(result.diverged.sum()), "finished": done.size, "seeds": len(result.seeds)}
            )
        return pd.DataFrame(rows)

    def __repr__(self):
        return "\n".join(repr(result) for result in self.values())

    def _repr_html_(self):
        return self.table().to_html(float_format="{:.3f}".format, index=False)


def spread(values):
    """ "0.97–0.99 (median 0.98)" of the finite values."""
    low, middle, high = np.quantile(values[np.isfinite(values)], [0, 0.5, 1])
    return f"{low:.3f}–{high:.3f} (median {middle:.3f})"
