"""helpers.checks.engine.running: one call of a submission, and everything that it did."""

import random
import warnings

import numpy as np
import pytest

from helpers.checks.engine import running
from helpers.checks.engine.random_state import changed, put_back, take


def run(function, *arguments, **settings):
    return running.run(function, arguments, seconds=5, **settings)


def test_the_value_comes_back():
    assert run(lambda a, b: a + b, 2, 3) == (5, None, "", None, None, 0.0)


def test_an_error_is_kept_and_not_raised():
    outcome = run(lambda: 1 / 0)
    assert (outcome.value, type(outcome.error)) == (None, ZeroDivisionError)


def test_the_end_of_the_kernel_is_an_error_like_others():
    assert isinstance(run(exit).error, SystemExit)


def test_what_is_written_to_stdout_and_stderr_is_kept():
    def talks():
        import sys

        print("out")
        print("err", file=sys.stderr)

    assert run(talks).printed == "out\nerr\n"


def test_what_stands_for_stdout_can_be_written_to():
    def asks():
        import sys

        return sys.stdout.writable(), sys.stdout.write("four")

    assert run(asks).value == (True, 4)


def test_of_endless_output_the_first_two_thousand_characters_are_kept():
    assert len(run(lambda: print("x" * 100_000)).printed) == 2000


def test_the_first_changed_argument_is_named_and_the_caller_s_stays():
    def writes(a, b):
        b += 1

    a, b = np.zeros(2), np.zeros(2)
    assert run(writes, a, b).changed_argument == 1
    assert b.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("argument", "change"),
    [
        (np.array([np.nan, 1.0]), lambda a: a.fill(0)),
        ([1, [2, 3]], lambda a: a[1].append(4)),
        ({"a": np.zeros(2)}, lambda a: a["a"].fill(1)),
        ({"a": 1, "b": 2}, lambda a: a.pop("a")),
    ],
    ids=["array", "nested list", "dict of arrays", "shorter dict"],
)
def test_changes_inside_arguments_are_seen(argument, change):
    assert run(change, argument).changed_argument == 0


@pytest.mark.parametrize("argument", [np.array([np.nan]), None, "text", {"a": np.ones(2)}, (1, [2])])
def test_arguments_that_stay_are_seen_to_stay(argument):
    assert run(lambda a: None, argument).changed_argument is None


def test_without_copies_the_arguments_themselves_are_handed_over():
    a = [1]
    outcome = run(lambda a: a.append(2), a, copies=False)
    assert (a, outcome.changed_argument) == ([1, 2], None)


@pytest.mark.parametrize(
    ("draw", "whose"),
    [
        (lambda: np.random.normal(), "NumPy's"),  # noqa: NPY002
        (lambda: np.random.seed(3), "NumPy's"),  # noqa: NPY002
        (random.random, "Python's"),
        (lambda: np.random.default_rng().normal(), None),
    ],
    ids=["draws", "seeds", "python", "own generator"],
)
def test_a_global_generator_that_was_used_is_named_and_put_back(draw, whose):
    before = take()
    assert run(draw).changed_generator == whose
    assert changed(before, take()) is None


@pytest.mark.parametrize(("lines", "whose"), [("", None), ("np.random.seed(5)", "NumPy's")], ids=["not", "too"])
def test_an_import_may_draw_and_the_function_may_not(lines, whose, tmp_path, monkeypatch):
    (tmp_path / f"draws_{bool(lines)}.py").write_text("import numpy as np\nnp.random.random()\n")
    monkeypatch.syspath_prepend(tmp_path)
    names = {}
    exec(f"import numpy as np\ndef function():\n    import draws_{bool(lines)}\n    {lines}", names)
    assert run(names["function"]).changed_generator == whose


def test_a_state_that_was_put_back_gives_the_same_numbers_again():
    state = take()
    first = random.random(), np.random.normal()  # noqa: NPY002
    put_back(state)
    assert (random.random(), np.random.normal()) == first  # noqa: NPY002


def test_a_seed_that_the_notebook_had_just_set_is_seen_when_it_is_set_again():
    def seeds():
        np.random.seed(0)  # noqa: NPY002

    np.random.seed(0)  # noqa: NPY002
    assert run(seeds).changed_generator == "NumPy's"
    assert run(seeds, watched=False).changed_generator is None


def test_warnings_of_a_submission_are_silent():
    def warns():
        warnings.warn("look", stacklevel=1)
        return np.ones(1) / np.zeros(1)

    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        assert run(warns).value.tolist() == [np.inf]


def test_an_error_is_described_with_the_learner_s_own_line():
    def function(x):
        return np.ones(3) + np.ones(4)

    error = run(function, 1).error
    assert running.describe_error(error, function) == (
        "ValueError: operands could not be broadcast together with shapes (3,) (4,) "
        "(in your line: return np.ones(3) + np.ones(4))"
    )


def test_an_error_without_a_message_is_described_by_its_name():
    assert running.describe_error(AssertionError(), len) == "AssertionError"


def test_an_error_that_did_not_come_from_the_learner_s_lines_is_described_without_one():
    assert running.describe_error(ValueError("far away"), run) == "ValueError: far away"


def test_a_long_message_is_cut_and_only_its_first_line_kept():
    assert running.describe_error(ValueError("x" * 999 + "\nmore"), len) == "ValueError: " + "x" * 300
