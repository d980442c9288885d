"""tools/portable.py: which processors are simulated, and that one failure fails the whole."""

import platform
from types import SimpleNamespace

import portable
import pytest


@pytest.fixture
def calls(monkeypatch):
    """What would be run: (command, variables) of each; those with the OpenBLAS of `calls.fails` fail."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    seen = SimpleNamespace(fails=None, all=[])

    def run(command, cwd, env):
        seen.all.append((command, env))
        return SimpleNamespace(returncode=int(env.get("OPENBLAS_CORETYPE") == seen.fails is not None))

    seen.run = run
    return seen


@pytest.mark.parametrize(("fails", "status"), [(None, 0), ("Nehalem", 1)])
def test_all_processors_are_tried_one_after_the_other_and_one_that_fails_fails_the_whole(calls, capsys, fails, status):
    calls.fails = fails
    assert portable.main([], calls.run) == status
    out = capsys.readouterr().out
    assert [line.split(":")[0] for line in out.splitlines()] == list(portable.PROCESSORS)
    assert out.count("FAILED") == status
    assert [env.get("OPENBLAS_CORETYPE") for _, env in calls.all[:2]] == ["Nehalem", "Haswell"]


@pytest.mark.parametrize("name", ["4", "04", "04_demo"])
def test_only_one_processor_and_only_one_lesson(calls, name):
    assert portable.main(["--only", "xla-avx2", name], calls.run) == 0
    ((command, env),) = calls.all
    assert env["XLA_FLAGS"] == "--xla_cpu_max_isa=AVX2"
    assert "--nbval" in command
    assert command[-2:] == ["240", "solutions/04_demo.ipynb"]


def test_an_unknown_lesson_is_refused_and_nothing_is_run(calls, capsys):
    assert portable.main(["99", "04"], calls.run) == 1
    assert capsys.readouterr().err.startswith("No such lesson. Received: '99'. There is: 00_start_here, ")
    assert calls.all == []


def test_no_lesson_means_every_solution():
    solutions = [f"solutions/{path.name}" for path in sorted((portable.ROOT / "solutions").glob("*.ipynb"))]
    assert portable.command((), 2)[-len(solutions) :] == solutions


def test_on_another_kind_of_processor_it_says_that_it_compared_nothing(calls, capsys, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert portable.main([], calls.run) == 0
    told = "The simulated processors are x86-64, and this machine is arm64: nothing was compared.\n"
    assert (capsys.readouterr().out, calls.all) == (told, [])
