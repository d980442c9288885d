"""Check of lesson 07: mean and variance of each time step, over the sequences that have not ended."""

import numpy as np

from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge
from helpers.checks.l07.recurrent_moments import OVER, sequences


def padded(shape, lengths, *, seed, padding=None, dtype=np.float64):
    """(N, T, D), and a mask (N, T) that is True for the first steps of each sequence, as many as its length.

    Behind them stands `padding`, or other values if None.
    """
    (x,) = sequences(shape, seed=seed)
    mask = np.arange(shape[1]) < np.array(lengths)[:, np.newaxis]
    filler = x[::-1, ::-1] + 7 if padding is None else padding
    return np.where(mask[:, :, np.newaxis], x, filler).astype(dtype), mask


def answer(x, mask):
    """mean (T, D) and variance (T, D); both are 0 at a step at which no sequence is left."""
    real = mask[:, :, np.newaxis]
    count = np.maximum(real.sum(axis=0), 1)
    mean = np.where(real, x, 0).sum(axis=0) / count
    centred = np.where(real, x - mean, 0)
    variance = np.square(centred).sum(axis=0) / count
    largest = np.abs(np.where(real, x, 0)).max(axis=0)
    tolerance = {"mean": 1e-5 * (largest + 1e-3), "variance": 1e-5 * (variance + largest * np.sqrt(variance) + 1e-3)}
    return Answer({"mean": mean, "variance": variance}, {"count": count, "centred": centred}, tolerance)


def compute(
    x, mask, *, over="sequences", repeated=False, shared_mean=False, padding="left out", inverted=False, guarded=False,
    ddof=0, root=False, sums=(), swapped=False,
):  # fmt: skip
    """Mean and variance with switches.

    padding: "counted", as it stands in the data; "zeroed", counted as 0; "divisor", left out of the sums only, or in
    the mean's alone, "mean's divisor"; "variance" and "squares", left out of the mean only, and counted as it stands or
    as 0 in the variance; guarded: what is divided by is at least 1.
    """
    real = np.broadcast_to((mask != inverted)[:, :, np.newaxis], x.shape)
    whole, axis = np.ones_like(real), OVER[over]
    values = np.where(real, x, 0) if padding in ("zeroed", "squares") else x
    of_mean = whole if padding in ("counted", "zeroed") else real
    of_variance = whole if padding in ("counted", "zeroed", "variance", "squares") else real
    by_mean, by_variance = (whole if padding == "divisor" else taken for taken in (of_mean, of_variance))
    if padding == "mean's divisor":
        by_mean = whole
    if padding == "squares":  # the squares of what was set to 0 count, the steps do not
        by_variance = real
    counts, counts_of_variance = (by.sum(axis=axis, keepdims=True) for by in (by_mean, by_variance))
    if guarded:
        counts, counts_of_variance = np.maximum(counts, 1), np.maximum(counts_of_variance, 1)
    mean = _total(values, of_mean, axis) / counts
    about = _total(values, of_mean, (0, 1)) / by_mean.sum(axis=(0, 1), keepdims=True) if shared_mean else mean
    squares = _total(np.square(values - about), of_variance, axis)
    variance = squares / (1 if "variance" in sums else counts_of_variance - ddof)
    mean = _total(values, of_mean, axis) if "mean" in sums else mean
    results = [np.squeeze(one, axis=axis) for one in (mean, np.sqrt(variance) if root else variance)]
    if repeated:
        results = [np.broadcast_to(one, x.shape[1:]) for one in results]
    return tuple(results[::-1] if swapped else results)


def _total(values, taken, axis):
    return np.sum(values, axis=axis, where=taken, keepdims=True)


def given(trial):
    x, mask = trial.arguments
    step = int(np.argmin(mask.sum(axis=0)))
    known = {"shape": str(x.shape), "due_shape": str(x.shape[1:]), "number": len(x), "step": step}
    return known | {"left": int(mask[:, step].sum()), "due": f"{trial.answer.results['mean'][step, 0]:.2f}"}


def facts(trial):
    step, which = given(trial)["step"], [name for name in trial.results if not trial.is_right(name)]
    return {"yours": f"{trial.results['mean'][step, 0]:.2f}", "which": " and ".join(which)}


TASK = Task(
    cases=(
        Case("six sequences of two to four steps", padded((6, 4, 3), (4, 2, 3, 4, 2, 4), seed=0)),
        Case("four sequences, padded with zeros", padded((4, 4, 5), (4, 4, 2, 3), seed=1, padding=0.0)),
        Case("five sequences in float32", padded((5, 6, 2), (6, 3, 6, 4, 2), seed=2, dtype=np.float32)),
    ),
    edges=(
        Case("sequences without padding", padded((4, 3, 2), (3, 3, 3, 3), seed=3)),
        Case("a step at which one sequence is left", padded((3, 3, 2), (1, 3, 2), seed=4)),
        batches.far_case(
            (batches.far(sequences((8, 2, 3), seed=5)[0]), np.arange(2) < np.array([[2]] * 6 + [[1]] * 2))
        ),
        Case("a step at which no sequence is left", padded((3, 4, 2), (2, 3, 1), seed=6)),
    ),
    answer=answer,
    compute=compute,
    mistakes=(
        *(mistake("wrong-axis", "over", over=o) for o in ("features", "all", "sequences and features")),
        mistake("unbiased-variance", ddof=1),
        *(mistake("sum-not-mean", "sums", sums=which) for which in (("mean", "variance"), ("mean",), ("variance",))),
        mistake("std-not-variance", root=True),
        mistake("instance-statistics", "over", over="steps"),
        mistake("shared-over-time", "over", over="sequences and steps"),
        mistake("shared-over-time", "over", over="sequences and steps", repeated=True),
        mistake("shared-over-time", "over", shared_mean=True),
        *(mistake("stats-over-padding", "padding", padding=how) for how in ("counted", "zeroed", "divisor")),
        *(mistake("stats-over-padding", "padding", padding=how) for how in ("variance", "squares", "mean's divisor")),
        *(mistake("mask-inverted", inverted=True, guarded=guarded) for guarded in (False, True)),
        mistake("results-swapped", swapped=True),
    ),
    together=3,
    facts=facts,
    given=given,
)


@exercise("masked_moments", arguments=("sequences", "mask"))
def masked_moments(attempt):
    """Check `fn(sequences, mask)`: of (N, T, D) and (N, T) -> mean (T, D), variance (T, D): of what is no padding.

    The mask is True for a real step, False for padding. The variance is biased. Where no sequence is left, both are 0.
    """
    judge(attempt, TASK)
