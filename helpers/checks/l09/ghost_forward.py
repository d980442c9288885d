"""Check of lesson 09: ghost batches, groups of rows with statistics of their own."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine import batches
from helpers.checks.engine.batches import NARROW
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.formulas import forward_with
from helpers.checks.engine.mistakes import find_gain, on_batch, read_epsilon
from helpers.checks.engine.values import Answer, Case, Task, judge
from helpers.checks.hints import say


def groups(rows, features, size, *, epsilon, seed, dtype=np.float64):
    """x whose groups differ in mean and in spread, gamma, beta, epsilon, size."""
    rng = np.random.default_rng(seed + 300)
    x, gamma, beta, epsilon = batches.ordinary(rows, features, epsilon=epsilon, seed=seed)
    for start in range(0, rows, size):
        group = slice(start, start + size)
        own = np.where(np.arange(features) == NARROW, 0.01, 1.0)
        x[group] = x[group] * rng.uniform(0.5, 1.5, features) + own * rng.uniform(-3.0, 3.0, features)
    return x.astype(dtype), gamma.astype(dtype), beta.astype(dtype), epsilon, size


def consecutive(rows, size):
    """The places of each group: 0 ... size - 1, size ... 2 * size - 1, and so on; the last may be shorter."""
    return [np.arange(start, min(start + size, rows)) for start in range(0, rows, size)]


def answer(x, gamma, beta, epsilon, size):
    parts = [batches.answer(x[places], gamma, beta, epsilon) for places in consecutive(len(x), size)]
    y = np.concatenate([part.results["y"] for part in parts])
    bound = np.concatenate([np.broadcast_to(part.tolerance["y"], part.results["y"].shape) for part in parts])
    steps = {name: np.stack([part.steps[name] for part in parts]) for name in ("mean", "variance", "inv_std")}
    steps["x_hat"] = np.concatenate([part.steps["x_hat"] for part in parts])

    def seen(results):
        split = [results["y"][places] for places in consecutive(len(x), size)]
        widest = np.stack([part.tolerance["y"][0] for part in parts])
        return {
            say("ghost_forward.mean"): (np.stack([one.mean(axis=0) for one in split]), widest),
            say("ghost_forward.spread"): (np.stack([one.std(axis=0) for one in split]), widest),
        }

    return Answer({"y": y}, steps, {"y": bound}, seen)


def _places(rows, size, grouping):
    """The rows of each group, under the names of the ways that people form groups."""
    whole = np.arange(rows)
    if grouping == "size for the number":
        return np.array_split(whole, size)
    if grouping == "even":
        return np.array_split(whole, -(-rows // size))
    if grouping == "even, fewer":
        return np.array_split(whole, max(1, rows // size))
    if grouping == "every so many":
        number = -(-rows // size)
        return [whole[start::number] for start in range(number)]
    if grouping == "every size":
        return [whole[start::size] for start in range(size)]
    parts = consecutive(rows, size)
    if grouping == "last joined" and len(parts) > 1 and len(parts[-1]) < size:
        return [*parts[:-2], np.concatenate(parts[-2:])]
    return parts


def compute(x, gamma, beta, epsilon, size, *, whole=False, grouping="consecutive", last="own", **settings):
    """y with switches; `last`: what becomes of a shorter last group."""
    if whole:
        return (forward_with(x, gamma, beta, epsilon, **settings),)
    y = np.zeros_like(x)
    previous = None
    for places in _places(len(x), size, grouping):
        part = x[places]
        if len(places) == size or last == "own" or grouping != "consecutive":
            y[places] = forward_with(part, gamma, beta, epsilon, **settings)
        elif last == "as it came":
            y[places] = part
        elif last == "padded":
            padded = np.concatenate([part, np.zeros((size - len(part), x.shape[1]))])
            y[places] = forward_with(padded, gamma, beta, epsilon, **settings)[: len(part)]
        elif last == "last size rows":
            y[places] = forward_with(x[-size:], gamma, beta, epsilon, **settings)[-len(part) :]
        elif last in ("before", "whole"):
            of = x if last == "whole" or previous is None else previous
            mean, variance = batchnorm.batch_moments(of)
            y[places] = batchnorm.inference(part, gamma, beta, mean, variance, epsilon=epsilon)
        previous = part
    return (y,)


def estimate(trial):
    """The constant that stands where epsilon should, read off the first group's feature that hardly varies."""
    size = trial.arguments[4]
    x, y = (np.asarray(a, float)[:size, NARROW] for a in (trial.arguments[0], trial.results["y"]))
    return read_epsilon(trial.arguments[1][NARROW], x.var(), find_gain(x, y))


def facts(trial):
    y, right = trial.results["y"], trial.answer.results["y"]
    _, gamma, beta, _, size = trial.arguments
    rows = len(y)
    return batches.spreads(y[:size], right[:size], int(np.argmax(right[:size].std(axis=0)))) | {
        "rows": rows,
        "size": size,
        "sizes": ", ".join(str(len(places)) for places in consecutive(rows, size)),
        "rest": rows % size or size,
        "first": f"{y[:size, 0].mean():.2f}",
        "beta": f"{beta[0]:.2f}",
        "gamma": f"{gamma[0]:.2f}",
    }


GROUPS = (
    mistake("stats-over-padding", "groups", last="padded"),
    mistake("whole-batch-statistics", "groups", whole=True),
    *(
        mistake("wrong-groups", "groups", grouping=how)
        for how in ("size for the number", "even", "even, fewer", "last joined")
    ),
    *(mistake("groups-not-consecutive", "groups", grouping=how) for how in ("every so many", "every size")),
    *(
        mistake("last-group-wrong", "groups", last=how)
        for how in ("zeros", "as it came", "before", "whole", "last size rows")
    ),
)

TASK = Task(
    cases=(
        Case("twelve rows in groups of 4", groups(12, 5, 4, epsilon=1e-3, seed=0)),
        Case("eight rows of four features in groups of 4", groups(8, 4, 4, epsilon=0.02, seed=1, dtype=np.float32)),
        Case("eleven rows in groups of 4, the last of 3", groups(11, 3, 4, epsilon=0.3, seed=2)),
    ),
    edges=(
        Case("seven rows in groups of 3, the last of 1", groups(7, 4, 3, epsilon=1e-3, seed=3)),
        Case("groups of 1", groups(5, 3, 1, epsilon=1e-3, seed=4)),
        Case("a group that takes all rows", groups(6, 3, 6, epsilon=1e-3, seed=5)),
        Case("fewer rows than a group takes", (*groups(5, 3, 5, epsilon=1e-3, seed=6)[:4], 8)),
        Case("a batch of zero variance", (*batches.constant_columns()[1].arguments, 3)),
        batches.large_mean()._replace(arguments=(*batches.large_mean().arguments, 8)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(*on_batch(0), *GROUPS),
    estimate=estimate,
    together=3,
    facts=facts,
)


@exercise("ghost_forward", arguments=("x", "gamma", "beta", "epsilon", "size"))
def ghost_forward(attempt):
    """Check `fn(x, gamma, beta, epsilon, size)` -> y (N, D): each `size` consecutive rows normalized by themselves.

    The last group may be shorter: it has the statistics of the rows that are left. `fn` may return
    `(y, {"mean": ..., "x_hat": ...})`, mean of shape (groups, D), to have its steps compared too.
    """
    judge(attempt, TASK)
