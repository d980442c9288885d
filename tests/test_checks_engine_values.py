"""helpers.checks.engine.values: inputs, table and diagnosis of exercises on arrays."""

import numpy as np
import pytest

from helpers import checks
from helpers.checks.engine.values import Case, Task, in_float64
from tests.wrong_answers import forward_correct, load


def rows(result):
    return {row.name: row.verdict for row in result.table}


def test_steps_that_are_handed_over_stand_in_the_order_of_computation():
    def forward(x, gamma, beta, epsilon):
        mean, variance = x.mean(0), x.var(0)
        x_hat = (x - mean) / np.sqrt(variance + epsilon)
        return gamma * x_hat + beta, {"x_hat": x_hat, "variance": variance, "mean": mean}

    names = [row.name for row in checks.forward(forward).table]
    assert names == [
        "mean",
        "variance",
        "x_hat",
        "mean of each feature",
        "spread of each feature",
        "gain of each feature",
        "offset of each feature",
        "y",
    ]


def test_the_first_wrong_step_is_seen():
    def forward(x, gamma, beta, epsilon):
        mean, variance = x.mean(0), x.var(0)
        x_hat = (x - mean) / (np.sqrt(variance) + epsilon)
        return gamma * x_hat + beta, {"mean": mean, "variance": variance, "x_hat": x_hat}

    verdicts = list(rows(checks.forward(forward)).values())
    assert verdicts[:3] == ["ok", "ok", "differs"]


@pytest.mark.parametrize("name", ["dx_hat", "dvariance", "dmean"])
def test_every_step_of_the_backward_pass_that_the_lesson_asks_for_is_compared(name):
    def backward(dy, x, gamma, epsilon, wrong):
        m, inv_std = len(x), 1 / np.sqrt(x.var(0) + epsilon)
        dx_hat = dy * gamma
        steps = {
            "dx_hat": dx_hat,
            "dvariance": (dx_hat * (x - x.mean(0))).sum(0) * -0.5 * inv_std**3,
            "dmean": -(dx_hat * inv_std).sum(0),
        }
        dx = dx_hat * inv_std + steps["dvariance"] * 2 * (x - x.mean(0)) / m + steps["dmean"] / m
        x_hat = (x - x.mean(0)) * inv_std
        if wrong:
            steps[name] = 2 * steps[name]
        return (dx, (dy * x_hat).sum(0), dy.sum(0)), steps

    right = checks.backward(lambda *arguments: backward(*arguments, wrong=False))
    wrong = checks.backward(lambda *arguments: backward(*arguments, wrong=True))
    assert (rows(right)[name], rows(wrong)[name]) == ("ok", "differs")


def test_a_wrong_step_beside_a_right_result_passes_with_a_remark():
    def forward(x, gamma, beta, epsilon):
        return forward_correct.by_the_formula(x, gamma, beta, epsilon), {"mean": x.mean(0) + 1}

    result = checks.forward(forward)
    assert result.passed
    assert result.hint.endswith("The step that you hand over as `mean` is something else; the result does not suffer.")


def test_a_step_of_an_unknown_name_is_not_compared():
    def forward(x, gamma, beta, epsilon):
        return forward_correct.by_the_formula(x, gamma, beta, epsilon), {"my_mean": x.mean(0)}

    assert rows(checks.forward(forward))["my_mean"] == "not compared"


def test_a_step_of_another_shape_is_said_to_have_one():
    def forward(x, gamma, beta, epsilon):
        return forward_correct.by_the_formula(x, gamma, beta, epsilon), {"mean": x.mean(1)}

    row = next(row for row in checks.forward(forward).table if row.name == "mean")
    assert (row.verdict, row.shown) == ("differs", "another shape")


def test_a_step_may_keep_the_reduced_axis():
    def forward(x, gamma, beta, epsilon):
        return forward_correct.by_the_formula(x, gamma, beta, epsilon), {"mean": x.mean(0, keepdims=True)}

    assert rows(checks.forward(forward))["mean"] == "ok"


def test_agreement_is_shown_as_a_bound_that_is_the_same_on_every_machine():
    double, single = (
        checks.forward(one).table for one in (forward_correct.by_the_formula, forward_correct.folded_in_float32)
    )
    assert [row.shown for row in double] == [row.shown for row in single] == ["< 0.001"] * 5


def test_what_is_seen_from_outside_tells_gain_from_offset():
    wrong = {one.function.__name__: one.function for one in load("forward")[0]}
    for name, due in {"without_gamma": ("differs", "ok"), "without_beta": ("ok", "differs")}.items():
        table = rows(checks.forward(wrong[name]))
        assert (table["gain of each feature"], table["offset of each feature"]) == due


def test_the_sum_of_dx_tells_detached_statistics():
    answer = next(one.function for one in load("backward")[0] if one.function.__name__ == "only_through_the_mean")
    table = rows(checks.backward(answer))
    assert table["sum of dx over the batch"] == "ok"
    assert table["sum of dx * x_hat over the batch"] == "differs"


@pytest.mark.parametrize(
    ("more", "where"),
    [(0.03, "0.24 on eight rows of five features"), (-0.05, "0.15 on five rows of five features in float32")],
)
def test_wrong_values_are_placed_where_they_differ_most_as_in_the_table(more, where):
    def forward(x, gamma, beta, epsilon):
        y = forward_correct.by_the_formula(x, gamma, beta, epsilon)
        y[3, 2] += more * len(x) if more > 0 else 0.4 + more * len(x)
        return y

    result = checks.forward(forward)
    assert result.hints[0].startswith(f"`y` differs by up to {where}, most at y[3, 2].")
    assert result.table[-1].shown == where.split()[0]


def test_a_mistake_that_shows_on_an_edge_alone_is_found_there():
    def forward(x, gamma, beta, epsilon):
        return x if len(x) == 1 else forward_correct.by_the_formula(x, gamma, beta, epsilon)

    result = checks.forward(forward)
    assert (result.diagnosis, " on one row" in result.hints[0]) == ("wrong-values", True)


def test_of_two_mistakes_the_first_to_mend_is_named():
    def forward(x, gamma, beta, epsilon):
        return gamma * (x - x.mean(0) / (x.var(0) + epsilon)) + beta  # divides-by-variance, too

    assert checks.forward(forward).diagnosis == "missing-parentheses"


def test_arguments_are_compared_with_in_float64():
    x, epsilon = np.ones(3, np.float32), 1e-3
    arguments = in_float64((x, None, epsilon, np.arange(3)))
    assert [getattr(a, "dtype", type(a)) for a in arguments] == [np.float64, type(None), float, np.arange(3).dtype]


def test_an_edge_is_no_ordinary_input():
    task = Task(cases=(Case("five", (5,)),), edges=(Case("none", (0,)),), answer=None, compute=None, mistakes=())
    assert [case.ordinary for case in task.cases] == [True]
    assert [(case.name, case.ordinary) for case in task.edges] == [("none", False)]


def test_the_table_does_not_call_right_what_an_input_stopped():
    def without_a_limit(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
        return gamma * (x_t - moving_mean[t]) / np.sqrt(moving_variance[t] + epsilon) + beta

    result = checks.recurrent_inference(without_a_limit)
    assert (result.diagnosis, rows(result)) == ("no-step-beyond-last", {"y": "differs"})
