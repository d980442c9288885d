"""Check of lesson 05: mean and variance of all batches together, from each batch's own."""

import numpy as np

from helpers import batchnorm
from helpers.checks.engine import batches
from helpers.checks.engine.core import exercise
from helpers.checks.engine.diagnosing import mistake
from helpers.checks.engine.values import Answer, Case, Task, judge


def batches_of(counts, features, seed, dtype=np.float64):
    """means (K, C), variances (K, C), counts (K,): the larger a batch, the further off its mean and its spread."""
    rng = np.random.default_rng(seed)
    counts = np.array(counts)
    size = counts[:, None] / counts.max()
    means = rng.normal(2.0, 2.0, (len(counts), features)) + 4 * size
    variances = rng.uniform(0.5, 2.0, means.shape) * (1 + 5 * size)
    return means.astype(dtype), variances.astype(dtype), counts


def answer(means, variances, counts):
    mean, variance = batchnorm.combine_moments(means, variances, counts)
    weights = (counts / counts.sum())[:, None]
    within = (weights * variances).sum(axis=0)
    steps = {"weights": weights[:, 0], "mean_of_variances": within, "variance_of_means": variance - within}
    tolerance = {
        "mean": 1e-5 * (np.abs(means).max(axis=0) + 1e-3),
        "variance": 1e-5 * (variances.max(axis=0) + np.square(means).max(axis=0) + 1e-3),
    }
    return Answer({"mean": mean, "variance": variance}, steps, tolerance)


def compute(
    means,
    variances,
    counts,
    *,
    mean_weights="counts",
    within_weights="counts",
    between_weights="counts",
    within=True,
    between=True,
    own_center=True,
    mean_summed=False,
    mean_apart=False,
    roots=False,
    unbiased=None,
    result_power=1.0,
    over=0,
):
    """Total moments with switches.

    mean_apart: the mean ignores the counts, and the variance is about the right one; unbiased: what is divided by one
    less, "total", "pooled" or "means".
    """
    if over == 1:
        return means.mean(axis=1), variances.mean(axis=1) + (means.var(axis=1) if between else 0)
    total = counts.sum()
    weights = {
        "counts": counts / total,
        "equal": np.full(len(counts), 1 / len(counts)),
        "sum": counts.astype(float),
        "ones": np.ones(len(counts)),
    }
    weights = {name: values[:, None] for name, values in weights.items()}
    mean = (weights[mean_weights] * means).sum(axis=0)
    own = (weights[between_weights] * means).sum(axis=0) if own_center and between_weights == "equal" else mean
    inside = weights[within_weights] * (np.sqrt(variances) if roots else variances)
    outside = (weights[between_weights] * np.square(means - own)).sum(axis=0) if between else 0.0
    if unbiased == "pooled":
        inside = inside * ((counts - 1) / counts)[:, None]
    inside = np.square(inside.sum(axis=0)) if roots else inside.sum(axis=0)
    if unbiased == "means":
        outside = outside * len(counts) / (len(counts) - 1)
    variance = (inside if within else 0.0) + outside
    if unbiased in ("total", "pooled"):
        variance = variance * total / (total - 1)
    if mean_apart:
        mean = means.mean(axis=0)
    return mean * (total if mean_summed else 1), variance**result_power


EQUAL = ("mean_weights", "within_weights", "between_weights")

MISTAKES = (
    mistake("wrong-axis", "over", over=1),
    mistake("wrong-axis", "over", over=1, between=False),
    *(mistake("unbiased-variance", "unbiased", unbiased=which) for which in ("total", "pooled", "means")),
    mistake("sum-not-mean", "weights", rare=True, mean_weights="sum", within_weights="sum", between_weights="sum"),
    mistake("sum-not-mean", "weights", rare=True, mean_summed=True),
    mistake("sum-not-mean", "weights", rare=True, within_weights="sum", between_weights="sum"),
    mistake("sum-not-mean", "weights", rare=True, mean_weights="ones", within_weights="ones", between_weights="ones"),
    mistake("sum-not-mean", "weights", rare=True, within_weights="ones", between_weights="ones"),
    mistake("std-not-variance", "result", result_power=0.5),
    mistake("averages-std", roots=True),
    mistake("averages-batch-variances", "between", between=False),
    mistake("only-variance-of-means", "between", within=False),
    *(
        mistake("ignores-counts", "weights", rare=which != EQUAL, own_center=own, **dict.fromkeys(which, "equal"))
        for which in (EQUAL, EQUAL[:1], EQUAL[1:], EQUAL[1:2], EQUAL[2:], EQUAL[:2], (EQUAL[0], EQUAL[2]))
        for own in (True, False)
    ),
    mistake("ignores-counts", "weights", rare=True, mean_apart=True),
)


def given(trial):
    return {"counts": ", ".join(map(str, trial.arguments[2]))}


def facts(trial):
    means, yours, right = trial.arguments[0], trial.results["variance"], trial.answer.results["variance"]
    feature = int(np.argmax(np.abs(yours - right)))
    low, high = means[:, feature].min(), means[:, feature].max()
    told = {"variance": f"{yours[feature]:.2f}", "variance_due": f"{right[feature]:.2f}"}
    return told | {"low": f"{low:.1f}", "high": f"{high:.1f}"}


def _large_means():
    means, variances, counts = batches_of([8, 3, 20], 3, seed=5)
    means = (batches.FAR + np.round(4 * (means - means.mean(axis=0))) / 4).astype(np.float32)
    arguments = (means, variances.astype(np.float32), counts)
    return batches.far_case(arguments, name="means of 10,000 in float32")


TASK = Task(
    cases=(
        Case("four batches of 3, 60, 10 and 32 rows", batches_of([3, 60, 10, 32], 5, seed=0)),
        Case("three batches of three features in float32", batches_of([40, 5, 12], 3, seed=1, dtype=np.float32)),
        Case("two batches of 4 and 9 rows", batches_of([4, 9], 4, seed=2)),
    ),
    edges=(
        Case("three batches of equal size", batches_of([7, 7, 7], 2, seed=3)),
        Case("a single batch", batches_of([6], 3, seed=4)),
        Case("batches of one row each", (np.array([[0.0], [10.0], [2.0]]), np.zeros((3, 1)), np.array([1, 1, 1]))),
        _large_means(),
    ),
    answer=answer,
    compute=compute,
    mistakes=MISTAKES,
    facts=facts,
    given=given,
)


@exercise("calibrate", arguments=("means", "variances", "counts"))
def calibrate(attempt):
    """Check `fn(means, variances, counts)` -> mean (C,), variance (C,) of all K batches together, exact.

    means and variances are (K, C), counts (K,): how many rows each batch had. Variances are biased (1/m), in and out.
    """
    judge(attempt, TASK)
