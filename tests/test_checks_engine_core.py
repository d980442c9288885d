"""checks.engine.core: whatever a submission does, a check answers with a kind and exact message, and lives on."""

import random
import threading
import time

import numpy as np
import pytest

from helpers import checks
from helpers.checks.engine import core
from helpers.course import progress
from helpers.course.lessons import EXERCISES


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A learner's record of its own for each test, so that hints begin with the first."""
    monkeypatch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path))
    return tmp_path


def right(moving, batch, momentum):
    return moving * momentum + batch * (1 - momentum)


def inverted(moving, batch, momentum):
    return moving * (1 - momentum) + batch * momentum


def stub(moving, batch, momentum):
    raise NotImplementedError()


def for_ever(moving, batch, momentum):
    while True:
        pass


def for_ever_whatever_is_raised(moving, batch, momentum):
    while True:
        try:
            time.sleep(0.001)
        except Exception:
            continue


def divides_a_list(moving, batch, momentum):
    return [1, 2] / 2


def leaves(moving, batch, momentum):
    raise SystemExit(3)


def two_arguments(moving, batch):
    return moving


def nothing(moving, batch, momentum):
    right(moving, batch, momentum)


def a_number(moving, batch, momentum):
    return 0.5


def integers(moving, batch, momentum):
    return right(moving, batch, momentum).astype(int)


def in_place(moving, batch, momentum):
    batch *= 1 - momentum
    return moving * momentum + batch


def seeds_numpy(moving, batch, momentum):
    np.random.seed(0)  # noqa: NPY002
    return right(moving, batch, momentum)


def draws_from_python(moving, batch, momentum):
    return right(moving, batch, momentum) + 0 * random.random()


def infinite(moving, batch, momentum):
    return right(moving, batch, momentum) / 0.0


def squared(moving, batch, momentum):
    return moving * momentum**2 + batch * (1 - momentum**2)


FIVE = "on five features with momentum 0.9"
MESSAGES = {
    stub: (
        "not-attempted",
        "Nothing to check yet: replace `raise NotImplementedError()` by your own lines and run both cells again.",
    ),
    divides_a_list: (
        "raises",
        f"Your code stopped {FIVE} with TypeError: unsupported operand type(s) for /: 'list' and 'int' "
        "(in your line: return [1, 2] / 2).",
    ),
    leaves: ("raises", f"Your code stopped {FIVE} with SystemExit: 3 (in your line: raise SystemExit(3))."),
    two_arguments: (
        "raises",
        f"Your function could not be called {FIVE}: TypeError: two_arguments() takes 2 positional arguments but 3 were "
        "given.",
    ),
    nothing: (
        "wrong-shape",
        f"Something has another shape {FIVE}: moving should be of shape (5,), yours is None (is there a `return`?).",
    ),
    a_number: (
        "wrong-shape",
        f"Something has another shape {FIVE}: moving should be of shape (5,), yours is of shape ().",
    ),
    integers: ("wrong-dtype", f"moving should hold numbers of float32 or float64 {FIVE}; yours is int64."),
    in_place: (
        "modifies-input",
        "After the call `batch` is not what it was before: whoever passed it in loses their data.",
    ),
    seeds_numpy: (
        "modifies-global-state",
        "After the call NumPy's global random generator is in another state: a seed set elsewhere in the notebook no "
        "longer means what it meant.",
    ),
    draws_from_python: (
        "modifies-global-state",
        "After the call Python's global random generator is in another state: a seed set elsewhere in the notebook no "
        "longer means what it meant.",
    ),
    infinite: ("not-finite", f"`moving` holds a NaN or an infinity {FIVE}."),
    inverted: (
        "momentum-inverted",
        "With momentum 0.9 the old value should keep the weight 0.9; in yours it has 0.1.",
    ),
    squared: (
        "wrong-values",
        "`moving` differs by up to 1.6 on four features with momentum 0.3, most at moving[2]. The first row of the "
        "table that differs is 'moving'; no usual mistake alone gives these numbers.",
    ),
}


@pytest.mark.parametrize("submission", MESSAGES, ids=lambda function: function.__name__)
def test_what_goes_wrong_has_a_kind_and_an_exact_message(submission):
    result = checks.update_moving(submission)
    assert (result.diagnosis, result.hint) == MESSAGES[submission]
    assert not result.passed


def test_a_loop_without_end_is_stopped_at_the_limit(monkeypatch):
    monkeypatch.setattr(core, "LIMIT_SECONDS", 0.3)
    started = time.monotonic()
    result = checks.update_moving(for_ever)
    assert time.monotonic() - started < 15
    assert (result.diagnosis, result.hint) == (
        "raises",
        "Your code had not ended after 0.3 seconds, the limit for a check, and was stopped.",
    )


def test_a_loop_that_swallows_every_exception_is_stopped_too(monkeypatch):
    monkeypatch.setattr(core, "LIMIT_SECONDS", 0.3)
    assert checks.update_moving(for_ever_whatever_is_raised).hint.startswith("Your code had not ended after 0.3")


def test_a_loop_without_end_is_stopped_in_another_thread_as_well(monkeypatch):
    monkeypatch.setattr(core, "LIMIT_SECONDS", 0.3)
    results = []
    thread = threading.Thread(target=lambda: results.append(checks.update_moving(for_ever)), daemon=True)
    thread.start()
    thread.join(timeout=30)
    assert [result.hint[:40] for result in results] == ["Your code had not ended after 0.3 second"]


def test_the_limit_is_twenty_seconds_for_all_calls_together(monkeypatch):
    assert core.LIMIT_SECONDS == 20
    monkeypatch.setattr(core, "LIMIT_SECONDS", 0.3)

    def slow(moving, batch, momentum):
        time.sleep(0.2)
        return right(moving, batch, momentum)

    assert checks.update_moving(slow).hint.startswith("Your code had not ended after 0.3 seconds")


def test_stop_is_heard_by_whoever_pressed_it():
    def interrupted(moving, batch, momentum):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checks.update_moving(interrupted)


def test_what_is_no_function_is_named():
    result = checks.update_moving(right(np.ones(3), np.ones(3), 0.5))
    assert (result.diagnosis, result.hint) == (
        "raises",
        "The check calls your code itself and needs the function, not its result: checks.update_moving(your_function). "
        "It was given an object of type ndarray.",
    )


def test_what_a_submission_prints_is_kept_out_of_the_cell_and_shown_with_the_result(capfd):
    def talks(moving, batch, momentum):
        print("momentum is", momentum)
        return right(moving, batch, momentum)

    result = checks.update_moving(talks)
    assert result.passed
    assert capfd.readouterr() == ("", "")
    assert str(result).endswith("Your code printed:\n  momentum is 0.9")


def test_the_global_generators_are_put_back():
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    checks.update_moving(seeds_numpy)
    checks.update_moving(draws_from_python)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002


def test_a_submission_that_writes_into_its_arguments_spoils_no_later_check():
    checks.update_moving(in_place)
    assert checks.update_moving(right).passed


def test_hints_grow_from_the_symptom_to_the_idea_to_the_place():
    results = [checks.update_moving(inverted) for _ in range(4)]
    assert [len(result.hints) for result in results] == [1, 2, 3, 3]
    assert results[0].hint.startswith("With momentum 0.9 the old value")
    assert results[1].hint == (
        "`momentum` is the weight of the OLD value: 0.99 forgets slowly. Which of the two gets it in your line?"
    )
    assert results[2].hint.startswith("Lesson 05, ")


def test_another_mistake_begins_with_its_symptom():
    checks.update_moving(inverted)
    checks.update_moving(inverted)
    assert len(checks.update_moving(in_place).hints) == 1
    assert len(checks.update_moving(inverted).hints) == 1


def test_passing_is_recorded():
    assert progress.passed() == set()
    checks.update_moving(right)
    assert progress.passed() == {"update_moving"}


def test_attempts_and_diagnoses_are_counted():
    for submission in (inverted, in_place, inverted, right):
        checks.update_moving(submission)
    assert progress.attempts("update_moving") == 4
    assert progress.failures("update_moving", "momentum-inverted") == 2
    assert progress.failures("update_moving", "modifies-input") == 1


def test_a_stub_is_no_attempt():
    checks.update_moving(stub)
    assert progress.attempts("update_moving") == 0


def test_a_record_that_cannot_be_written_does_not_stop_a_check(tmp_path, monkeypatch):
    file = tmp_path / "a file"
    file.write_text("no folder")
    monkeypatch.setenv("BATCHNORM_COURSE_HOME", str(file))
    with pytest.warns(UserWarning, match="Your progress could not be stored"):
        assert checks.update_moving(right).passed


def test_help_shows_what_a_submission_is_given():
    assert checks.update_moving.__doc__.startswith("Check `fn(moving, batch, momentum)`")
    assert checks.update_moving.__name__ == "update_moving"


def test_an_exercise_that_is_not_there_is_refused():
    with pytest.raises(AttributeError) as error:
        checks.foward  # noqa: B018
    assert str(error.value).startswith("There is no exercise named 'foward'. There are: standardize, forward, ")


def test_all_exercises_are_listed():
    assert set(dir(checks)) == set(EXERCISES)
