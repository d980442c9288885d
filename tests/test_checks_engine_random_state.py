"""helpers.checks.engine.random_state: what is taken, what counts as changed, and what is put back.

NumPy's and Python's numbers after seed 3 are known. TensorFlow is stood in for by an object with the two attributes
that are read; the last tests use the real one.
"""

import random
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.checks.engine.random_state import changed, put_back, stir, take

CONTEXT = "tensorflow.python.eager.context"
NUMPY_3 = (0.5507979025745755, 0.7081478226181048)  # the first two of np.random.random after np.random.seed(3)
PYTHON_3 = (0.23796462709189137, 0.5442292252959519)  # the first two of random.random after random.seed(3)


@pytest.fixture(autouse=True)
def own_seed(monkeypatch):
    """Seed 3 for both; no TensorFlow; afterwards all as it was."""
    monkeypatch.delitem(sys.modules, CONTEXT, raising=False)
    before = np.random.get_state(), random.getstate()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    yield
    np.random.set_state(before[0])  # noqa: NPY002
    random.setstate(before[1])


@pytest.fixture
def context(monkeypatch):
    """What stands for TensorFlow's context, with the global seed 7 and a generator that has been used."""
    it = SimpleNamespace(_seed=7, _rng=random.Random(7))
    monkeypatch.setitem(sys.modules, CONTEXT, SimpleNamespace(context=lambda: it))
    return it


def numpy_draw():
    return np.random.random()  # noqa: NPY002


def numpy_normal():
    return np.random.normal()  # noqa: NPY002


# What is taken


def test_without_tensorflow_two_states_are_taken_and_it_is_not_loaded():
    assert take().keys() == {"numpy", "python"}
    assert CONTEXT not in sys.modules


def test_with_tensorflow_three_states_are_taken(context):
    assert take().keys() == {"numpy", "python", "tensorflow"}


def test_a_tensorflow_that_keeps_its_seed_elsewhere_is_left_out(context):
    del context._seed
    assert take().keys() == {"numpy", "python"}


def test_taking_draws_no_number(context):
    drawn = random.Random(7).random()
    take()
    assert (numpy_draw(), random.random(), context._rng.random()) == (NUMPY_3[0], PYTHON_3[0], drawn)


def test_two_states_of_the_same_moment_are_equal_as_dicts(context):
    assert (take() == take()) is True  # an array among them would have no truth value


# What counts as changed


def test_nothing_that_was_used_is_no_change(context):
    assert changed(take(), take()) is None


@pytest.mark.parametrize(
    ("use", "whose"),
    [
        (numpy_draw, "NumPy's"),
        (lambda: np.random.seed(4), "NumPy's"),  # noqa: NPY002
        (random.random, "Python's"),
        (lambda: random.seed(4), "Python's"),
    ],
    ids=["numpy draws", "numpy seeds", "python draws", "python seeds"],
)
def test_the_generator_that_was_used_is_named(use, whose):
    before = take()
    use()
    assert changed(before, take()) == whose


@pytest.mark.parametrize(
    ("draw", "whose"), [(numpy_normal, "NumPy's"), (lambda: random.gauss(0, 1), "Python's")], ids=["numpy", "python"]
)
def test_a_normal_number_that_was_kept_from_the_draw_before_is_a_change(draw, whose):
    draw()  # makes two, keeps the second
    before = take()
    draw()
    assert changed(before, take()) == whose


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"_seed": 8}),
        ({}, {"_rng": random.Random(8)}),
        ({"_rng": None}, {"_rng": random.Random(7)}),
    ],
    ids=["another seed", "a draw", "the first generator"],
)
def test_another_seed_or_generator_of_tensorflow_is_a_change(context, before, after):
    vars(context).update(before)
    states = take()
    vars(context).update(after)
    assert changed(states, take()) == "TensorFlow's"


def test_the_first_seed_that_tensorflow_gets_is_a_change_and_is_put_back(context):
    """Before it, TensorFlow's context has no generator at all."""
    context._seed = None
    del context._rng
    before = take()
    context._seed, context._rng = 0, random.Random(0)
    assert changed(before, take()) == "TensorFlow's"
    put_back(before)
    assert (context._seed, context._rng) == (None, None)


def test_a_tensorflow_that_was_loaded_in_between_is_no_change(context):
    after = take()
    assert changed({name: after[name] for name in ("numpy", "python")}, after) is None


def test_a_tensorflow_that_is_not_there_any_more_is_a_change(context, monkeypatch):
    before = take()
    monkeypatch.delitem(sys.modules, CONTEXT)
    assert changed(before, take()) == "TensorFlow's"


# Stirring


def test_stirring_draws_one_number_from_each(context):
    own = random.Random(7)
    own.random()
    stir()
    assert (numpy_draw(), random.random(), context._rng.random()) == (NUMPY_3[1], PYTHON_3[1], own.random())


@pytest.mark.parametrize(
    ("seed", "whose"),
    [(lambda: np.random.seed(3), "NumPy's"), (lambda: random.seed(3), "Python's")],  # noqa: NPY002
    ids=["numpy", "python"],
)
def test_after_stirring_the_seed_that_was_just_set_changes_a_state(seed, whose):
    stir()
    before = take()
    seed()
    assert changed(before, take()) == whose


def test_stirring_leaves_a_tensorflow_without_a_generator_without_one(context):
    context._rng = None
    stir()
    assert (context._seed, context._rng) == (7, None)


# Putting back


def test_states_that_are_put_back_give_the_same_numbers_each_time():
    states = take()
    for _ in range(2):
        put_back(states)
        assert (numpy_draw(), random.random()) == (NUMPY_3[0], PYTHON_3[0])


def test_a_normal_number_that_was_kept_is_put_back_too():
    numpy_normal(), random.gauss(0, 1)
    states, kept = take(), (numpy_normal(), random.gauss(0, 1))
    put_back(states)
    assert (numpy_normal(), random.gauss(0, 1)) == kept


def test_tensorflow_s_seed_and_generator_are_put_back(context):
    states, drawn = take(), context._rng.random()
    context._seed, context._rng = 8, random.Random(8)
    put_back(states)
    assert (context._seed, context._rng.random()) == (7, drawn)


@pytest.mark.parametrize(
    ("before", "generator"),
    [({"_rng": None}, random.Random(8)), ({}, None)],
    ids=["it had no generator", "its generator is gone"],
)
def test_without_a_generator_before_or_after_the_seed_is_put_back_alone(context, before, generator):
    vars(context).update(before)
    states = take()
    context._seed, context._rng = 8, generator
    put_back(states)
    assert (context._seed, context._rng) == (7, None)


def test_a_tensorflow_that_was_loaded_in_between_is_left_alone(context):
    states = {name: state for name, state in take().items() if name != "tensorflow"}
    context._seed = 8
    put_back(states)
    assert context._seed == 8


def test_a_tensorflow_that_is_not_there_any_more_hinders_nothing(context, monkeypatch):
    states = take()
    numpy_draw()
    monkeypatch.delitem(sys.modules, CONTEXT)
    put_back(states)
    assert numpy_draw() == NUMPY_3[0]


# TensorFlow itself


@pytest.fixture
def tf(monkeypatch):
    """TensorFlow with the global seed 5; afterwards with the seed and the generator that it had."""
    from tensorflow.python.eager import context

    from helpers.tf.quiet import tf

    monkeypatch.setitem(sys.modules, CONTEXT, context)
    before = dict(vars(context.context()))
    tf.random.set_seed(5)
    yield tf
    for name in ("_seed", "_rng"):
        vars(context.context()).pop(name)
        if name in before:
            setattr(context.context(), name, before[name])


@pytest.mark.keras
def test_a_number_that_tensorflow_draws_is_a_change(tf):
    before = take()
    tf.random.uniform(())
    assert changed(before, take()) == "TensorFlow's"


@pytest.mark.keras
def test_after_putting_back_the_seed_for_tensorflow_s_next_number_is_the_same(tf):
    states, following = take(), tf.compat.v1.get_seed(None)
    put_back(states)
    assert tf.compat.v1.get_seed(None) == following


@pytest.mark.keras
def test_tensorflow_s_seed_that_was_just_set_is_a_change_after_stirring(tf):
    stir()
    before = take()
    tf.random.set_seed(5)
    assert changed(before, take()) == "TensorFlow's"
