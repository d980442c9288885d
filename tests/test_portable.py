"""tools/portable.py: which processors are simulated, and that one failure fails the whole."""

import platform
from types import SimpleNamespace

import portable
import pytest


@pytest.fixture
def calls(monkeypatch):
    """What would be run, each call with its variables; the ones whose status is set in `fails` fail."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    seen = SimpleNamespace(fails=(), environments=[], commands=[])

    def run(command, cwd, env):
        seen.environments.append(env)
        seen.commands.append(command)
        return SimpleNamespace(returncode=int(env.get("OPENBLAS_CORETYPE") in seen.fails))

    seen.run = run
    return seen


def test_all_eight_processors_are_tried_one_after_the_other(calls, capsys):
    assert portable.main([], calls.run) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == list(portable.PROCESSORS)
    assert [e.get("OPENBLAS_CORETYPE") for e in calls.environments[:2]] == ["Nehalem", "Haswell"]


def test_one_that_fails_fails_the_whole_and_the_others_are_still_tried(calls, capsys):
    calls.fails = ("Nehalem",)
    assert portable.main([], calls.run) == 1
    assert capsys.readouterr().out.count("FAILED") == 1
    assert len(calls.commands) == len(portable.PROCESSORS)


def test_only_one_and_only_one_lesson(calls):
    assert portable.main(["--only", "xla-avx2", "04"], calls.run) == 0
    assert [e["XLA_FLAGS"] for e in calls.environments] == ["--xla_cpu_max_isa=AVX2"]
    assert calls.commands[0][-1] == "solutions/04_demo.ipynb"
    assert "--nbval" in calls.commands[0]


@pytest.mark.parametrize("named", [["99"], ["99", "04"]])
def test_an_unknown_lesson_is_refused_and_nothing_is_run(calls, capsys, named):
    assert portable.main(named, calls.run) == 1
    there = ", ".join(path.stem for path in sorted((portable.ROOT / "solutions").glob("*.ipynb")))
    assert capsys.readouterr().err == f"No such lesson. Received: '99'. There is: {there}.\n"
    assert calls.commands == []


@pytest.mark.parametrize("name", ["4", "04_demo"])
def test_a_lessons_number_without_its_zero_and_its_name_mean_the_lesson(calls, name):
    assert portable.main(["--only", "haswell", name], calls.run) == 0
    assert calls.commands[0][-2:] == ["240", "solutions/04_demo.ipynb"]


def test_no_lesson_means_every_solution():
    solutions = sorted((portable.ROOT / "solutions").glob("*.ipynb"))
    assert portable.command((), 2)[-len(solutions) :] == [f"solutions/{path.name}" for path in solutions]


def test_on_another_kind_of_processor_it_says_that_it_compared_nothing(calls, capsys, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert portable.main([], calls.run) == 0
    told = "The simulated processors are x86-64, and this machine is arm64: nothing was compared.\n"
    assert capsys.readouterr().out == told
    assert calls.commands == []
