"""On random shapes and values a correct answer always passes: the check's own verdict, on inputs that it never saw."""

import importlib
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import checks
from helpers.checks.engine.core import Attempt, Diagnosed
from helpers.checks.engine.values import Case, judge
from helpers.checks.l01 import forward
from helpers.checks.l02 import fair_comparison
from helpers.checks.l10 import to_pytorch
from helpers.course.lessons import EXERCISES
from helpers.experiments import Experiment
from tests.wrong_answers import NUMPY, load

WRONG, CORRECT = load(*NUMPY)
EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True, database=None)

LARGEST = 100.0
"""Up to here every correct algebra has to pass, also `a * x + b`, also in float32."""

DTYPES = st.sampled_from([np.float64, np.float32])
SIZES = st.integers(1, 9)
EPSILONS = st.sampled_from([1e-5, 1e-3, 0.1, 1.0])


def array(draw, shape, low, high):
    """Random numbers of a random seed: hypothesis shrinks the shape, and numbers of every size occur."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.uniform(low, high, shape)


def batch(draw, shape, axis=-1):
    """Values within LARGEST, with a spread of its own for each feature: from 0 to that of the whole range."""
    features = shape[axis]
    along = [-1 if i == axis % len(shape) else 1 for i in range(len(shape))]
    spread = 10 ** array(draw, features, -4.0, 1.5)
    spread *= array(draw, features, 0.0, 1.0) > 0.1  # some features are constant
    mean = array(draw, features, -LARGEST, LARGEST)
    noise = array(draw, shape, -1.0, 1.0)
    return np.clip(mean.reshape(along) + spread.reshape(along) * noise, -LARGEST, LARGEST)


def vectors(draw, features, number):
    return [array(draw, features, -5.0, 5.0) for _ in range(number)]


def of_standardize(draw):
    rows, columns = draw(st.integers(2, 30)), draw(SIZES)
    x = array(draw, (rows, columns), -1.0, 1.0)
    x[0], x[1] = -1.0, 1.0  # no column is constant
    return (x * array(draw, columns, 1.0, 20.0) + array(draw, columns, -50.0, 50.0),)


def of_forward(draw):
    rows, features = draw(st.integers(1, 20)), draw(SIZES)
    return (batch(draw, (rows, features)), *vectors(draw, features, 2), draw(EPSILONS))


def of_backward(draw):
    x, gamma, _, epsilon = of_forward(draw)
    return array(draw, x.shape, -3.0, 3.0), x, gamma, epsilon


def of_update_moving(draw):
    return (*vectors(draw, draw(SIZES), 2), draw(st.floats(0, 1)))


def of_inference(draw):
    x, gamma, beta, epsilon = of_forward(draw)
    mean, variance = array(draw, len(gamma), -LARGEST, LARGEST), array(draw, len(gamma), 0.0, 50.0)
    return x, gamma, beta, mean, variance, epsilon


def of_calibrate(draw):
    shape = draw(SIZES), draw(SIZES)
    counts = array(draw, shape[0], 1, 100).astype(int)
    return array(draw, shape, -LARGEST, LARGEST), array(draw, shape, 0.0, 50.0), counts


def of_conv_forward(draw):
    shape, axis = tuple(draw(st.integers(1, 5)) for _ in range(4)), draw(st.sampled_from([-1, 1, 3, -3]))
    return batch(draw, shape, axis), *vectors(draw, shape[axis], 2), draw(EPSILONS), axis


def of_conv_backward(draw):
    x, gamma, _, epsilon, axis = of_conv_forward(draw)
    return array(draw, x.shape, -3.0, 3.0), x, gamma, epsilon, axis


def of_recurrent_moments(draw):
    return (array(draw, (draw(SIZES), draw(SIZES), draw(SIZES)), -LARGEST, LARGEST),)


def of_masked_moments(draw):
    x, rng = of_recurrent_moments(draw)[0], np.random.default_rng(draw(st.integers(0, 999)))
    return x, np.arange(x.shape[1]) < rng.integers(0, x.shape[1] + 1, len(x))[:, np.newaxis]


def of_recurrent_inference(draw):
    x, gamma, beta, epsilon = of_forward(draw)
    shape = draw(SIZES), len(gamma)
    mean, variance = array(draw, shape, -LARGEST, LARGEST), array(draw, shape, 0.0, 50.0)
    return x, draw(st.integers(0, 12)), mean, variance, gamma, beta, epsilon


def of_ghost_forward(draw):
    return (*of_forward(draw), draw(st.integers(1, 25)))


def of_virtual_forward(draw):
    x, *others = of_forward(draw)
    return x, array(draw, (draw(SIZES), x.shape[1]), -LARGEST, LARGEST), *others


def of_fold(draw):
    shape = draw(st.sampled_from([(4, 3), (3, 3), (1, 1), (3, 2, 4, 5), (3, 3, 1, 6)]))
    kernel, bias = array(draw, shape, -2.0, 2.0), array(draw, shape[-1], -9.0, 9.0)
    gamma, beta, mean = vectors(draw, shape[-1], 3)
    bias = bias if draw(st.booleans()) else None
    return kernel, bias, gamma, beta, mean, array(draw, shape[-1], 0.0, 50.0), draw(EPSILONS)


ARGUMENTS = {name: globals()[f"of_{name}"] for name in NUMPY if f"of_{name}" in globals()}


def in_dtype(arguments, dtype):
    return tuple(a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in arguments)


def verdict(body, submission):
    """What the body of a check says of a submission: a slug and what was measured, or None for a pass."""
    attempt = Attempt(submission.function, submission.exercise, ("argument",) * 9)
    try:
        body(attempt)
    except Diagnosed as diagnosed:
        return diagnosed.slug, diagnosed.facts, attempt.rows
    return None


@pytest.mark.parametrize("exercise", ARGUMENTS)
def test_a_correct_answer_passes_on_random_arrays(exercise):
    task = importlib.import_module(f"helpers.checks.l{EXERCISES[exercise].lesson}.{exercise}").TASK
    answers = [submission for submission in CORRECT if submission.exercise == exercise]

    @EXAMPLES
    @given(st.data())
    def every_answer_passes(data):
        arguments = in_dtype(ARGUMENTS[exercise](data.draw), data.draw(DTYPES))
        one = replace(task, cases=(Case("a random input", arguments),), edges=())
        refused = {s.name: v for s in answers if (v := verdict(lambda attempt: judge(attempt, one), s))}
        assert refused == {}

    every_answer_passes()


def test_a_wrong_answer_is_refused_on_a_random_batch():
    task = forward.TASK
    submission = next(one for one in WRONG if one.name == "forward-unbiased-variance-with_ddof")
    rng = np.random.default_rng(0)
    arguments = rng.normal(3.0, 2.0, (6, 4)), rng.normal(size=4), rng.normal(size=4), 1e-3
    one = replace(task, cases=(Case("a random input", arguments),), edges=())
    assert verdict(lambda attempt: judge(attempt, one), submission)[0] == "unbiased-variance"


EXPERIMENTS = st.builds(
    Experiment,
    batch_norm=st.booleans(),
    activation=st.sampled_from(["relu", "sigmoid", "tanh"]),
    hidden=st.lists(st.integers(1, 200), min_size=1, max_size=5).map(tuple),
    learning_rate=st.floats(0, 10),
    init_scale=st.one_of(st.just("he"), st.floats(0, 10)),
    batch_size=st.integers(1, 100),
    steps=st.integers(0, 10_000),
    placement=st.sampled_from(["before", "after"]),
    dropout=st.floats(0, 0.9),
    momentum=st.floats(0, 1),
    epsilon=st.floats(0, 1),
    train_size=st.one_of(st.none(), st.integers(100, 1000)),
)


def answers_to(exercise):
    chosen = [submission for submission in CORRECT if submission.exercise == exercise]
    return pytest.mark.parametrize("submission", chosen, ids=[submission.name for submission in chosen])


@answers_to("fair_comparison")
def test_a_fair_pair_passes_for_random_experiments(submission, monkeypatch):
    @EXAMPLES
    @given(EXPERIMENTS)
    def passes(base):
        monkeypatch.setattr(fair_comparison, "BASES", (base,))
        result = checks.fair_comparison(submission.function)
        assert result.passed, (asdict(base), str(result))

    passes()


@answers_to("to_pytorch")
def test_a_right_conversion_passes_for_random_settings(submission, monkeypatch):
    @EXAMPLES
    @given(st.floats(0, 1), st.floats(0, 1))
    def passes(momentum, epsilon):
        monkeypatch.setattr(to_pytorch, "SETTINGS", ((momentum, epsilon), (0.5, 0.25)))
        assert checks.to_pytorch(submission.function).passed

    passes()
