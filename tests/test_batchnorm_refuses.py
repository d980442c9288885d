"""The tests of helpers.batchnorm refuse every named wrong answer: each fails at least one of them.

A wrong answer is put in the place of the function that it imitates, and the tests are called one after the other.
Nothing is gained if an answer is refused because it stands in that place awkwardly: so a correct answer, put there in
the same way, has to pass them all.
"""

import itertools

import numpy as np
import pytest

from helpers import batchnorm
from tests import test_batchnorm, test_batchnorm_moments, test_batchnorm_side_effects
from tests.wrong_answers import BATCHNORM, load

WRONG, CORRECT = load(*BATCHNORM)
TRUE = {"forward": batchnorm.forward, "batch_moments": batchnorm.batch_moments}


def without_steps(value):
    """What an answer returned, without the dict of intermediates that may go with it."""
    handed_over = isinstance(value, (tuple, list)) and len(value) == 2 and isinstance(value[1], dict)
    return value[0] if handed_over else value


def forward(answer):
    """`answer` knows (N, D): the features are moved to the last axis, all other axes laid out as rows."""

    def stand_in(x, gamma, beta, *, epsilon=1e-3, axis=-1):
        x, gamma, beta = np.asarray(x), np.asarray(gamma), np.asarray(beta)
        last = np.moveaxis(x, axis, -1)
        y = answer(last.reshape(-1, x.shape[axis]), gamma, beta, epsilon)
        y = without_steps(y)
        return np.moveaxis(np.reshape(y, last.shape), -1, axis), TRUE["forward"](
            x, gamma, beta, epsilon=epsilon, axis=axis
        )[1]

    return {"forward": stand_in}


def conv_forward(answer):
    """`answer` knows (N, H, W, C) and (N, C, H, W): rows become images of one pixel."""

    def stand_in(x, gamma, beta, *, epsilon=1e-3, axis=-1):
        x, gamma, beta = np.asarray(x), np.asarray(gamma), np.asarray(beta)
        cache = TRUE["forward"](x, gamma, beta, epsilon=epsilon, axis=axis)[1]
        if x.ndim == 4 and axis in (-1, 1, 3):
            y = answer(x, gamma, beta, epsilon, axis)
            return np.asarray(without_steps(y)), cache
        last = np.moveaxis(x, axis, -1)
        y = answer(last.reshape(len(last), 1, -1, x.shape[axis]), gamma, beta, epsilon, -1)
        y = without_steps(y)
        return np.moveaxis(np.reshape(y, last.shape), -1, axis), cache

    return {"forward": stand_in}


def backward(answer):
    """`answer` wants x and epsilon, which the forward pass of the same cache is asked for."""
    seen = {}

    def remember(x, gamma, beta, *, epsilon=1e-3, axis=-1):
        y, cache = TRUE["forward"](x, gamma, beta, epsilon=epsilon, axis=axis)
        seen[id(cache)] = cache, np.asarray(x), epsilon
        return y, cache

    def stand_in(dy, cache):
        _, x, epsilon = seen[id(cache)]
        dy = np.asarray(dy)
        last = np.moveaxis(x, cache.axis, -1)
        rows = last.reshape(-1, x.shape[cache.axis])
        results = answer(np.moveaxis(dy, cache.axis, -1).reshape(rows.shape), rows, cache.gamma, epsilon)
        dx, dgamma, dbeta = without_steps(results)
        return np.moveaxis(np.reshape(dx, last.shape), -1, cache.axis), np.asarray(dgamma), np.asarray(dbeta)

    return {"forward": remember, "backward": stand_in}


def inference(answer):
    def stand_in(x, gamma, beta, moving_mean, moving_variance, *, epsilon=1e-3, axis=-1):
        arrays = [np.asarray(array) for array in (gamma, beta, moving_mean, moving_variance)]
        last = np.moveaxis(np.asarray(x), axis, -1)
        y = answer(last.reshape(-1, last.shape[-1]), *arrays, epsilon)
        y = without_steps(y)
        return np.moveaxis(np.reshape(y, last.shape), -1, axis)

    return {"inference": stand_in}


def fold(answer):
    def stand_in(kernel, bias, gamma, beta, moving_mean, moving_variance, *, epsilon=1e-3):
        bias = None if bias is None else np.asarray(bias)
        arrays = [np.asarray(array) for array in (gamma, beta, moving_mean, moving_variance)]
        kernel, bias = without_steps(answer(np.asarray(kernel), bias, *arrays, epsilon))
        return np.asarray(kernel), np.asarray(bias)

    return {"fold": stand_in}


def update_moving(answer):
    return {
        "update_moving": lambda moving, batch, *, momentum=0.99: answer(np.asarray(moving), np.asarray(batch), momentum)
    }


def calibrate(answer):
    def stand_in(means, variances, counts):
        return answer(np.asarray(means), np.asarray(variances), np.asarray(counts))

    return {"combine_moments": stand_in}


STAND_INS = {
    "forward": forward,
    "conv_forward": conv_forward,
    "backward": backward,
    "inference": inference,
    "fold": fold,
    "update_moving": update_moving,
    "calibrate": calibrate,
}
ELSEWHERE = ("docstrings", "floating_types")


def every_call(module):
    """(name, call) for the module's tests of values, one for each set of parameters."""
    for name, test in vars(module).items():
        if not name.startswith("test_") or any(word in name for word in ELSEWHERE):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        for values in itertools.product(*(mark.args[1] for mark in marks)):
            given = {}
            for mark, value in zip(marks, values):
                names = [mark.args[0]] if isinstance(mark.args[0], str) else mark.args[0]
                given |= dict(zip(names, value if len(names) > 1 else [value]))
            yield name, lambda test=test, given=given: test(**given)


MODULES = (test_batchnorm, test_batchnorm_side_effects, test_batchnorm_moments)
CALLS = [call for module in MODULES for call in every_call(module)]


@pytest.fixture
def put_in_place(monkeypatch):
    def put(submission):
        for name, function in STAND_INS[submission.exercise](submission.function).items():
            monkeypatch.setattr(batchnorm, name, function)

    return put


def refusals(first_only):
    """The names of the tests that fail."""
    failed = []
    for name, call in CALLS:
        try:
            with np.errstate(all="ignore"):
                call()
        except Exception as error:
            failed.append(f"{name}: {type(error).__name__}")
            if first_only:
                break
    return failed


def first_of_each(submissions):
    return list({submission.exercise: submission for submission in reversed(submissions)}.values())


def ids(submissions):
    return [submission.name for submission in submissions]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("submission", WRONG, ids=ids(WRONG))
def test_a_wrong_answer_fails_a_test(submission, put_in_place):
    put_in_place(submission)
    assert refusals(first_only=True)


@pytest.mark.parametrize("submission", first_of_each(CORRECT), ids=ids(first_of_each(CORRECT)))
def test_a_correct_answer_in_the_same_place_passes_them_all(submission, put_in_place):
    put_in_place(submission)
    assert refusals(first_only=False) == []
