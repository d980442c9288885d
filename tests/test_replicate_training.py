"""`make replicate`: what is finished is kept, and a run that was stopped or killed goes on where it was."""

import json
import os
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from replicate import __main__ as cli
from replicate import runs
from replicate.runs import Store

from helpers.experiments import Results, sweep, train
from helpers.lessons.l04 import published

SHORT = published.Row(0.05, "relu", 0.5, 20, (0.5,), (0.9,))
LONG = published.Row(0.05, "relu", 0.5, 40, (0.9,), (0.9,))
OTHER = published.Row(5, "relu", 0.5, 40, (0.1,), (0.9, 0.1))
ROWS = (SHORT, LONG, OTHER)


@pytest.fixture
def pairs():
    return runs.experiments(ROWS, dataset="digits", evaluations=4)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs.json")


def quietly(its_pieces, store, **settings):
    said = []
    finished = runs.train(its_pieces, store, progress=False, say=said.append, **settings)
    return finished, said


# -- pieces -----------------------------------------------------------------------------------------------------------


def test_the_published_table_is_24_pieces_of_at_most_6_runs_for_3_seeds():
    made = runs.pieces(runs.experiments(), range(3))
    assert len(made) == 24
    assert max(len(group) for _, group in made) == 6
    trained = [(one, seed) for seed, group in made for one in group]
    assert len(trained) == len(set(trained)) == 3 * 2 * 15
    assert sum(one.steps for one, _ in trained) == 3 * 2 * (12 * 50_000 + 3 * 2000)


def test_a_piece_holds_runs_that_can_train_side_by_side_and_all_of_the_first_seed_come_first(pairs):
    made = runs.pieces(pairs, [0, 1])
    assert all(len({(e.batch_norm, e.activation, e.steps) for e in group}) == 1 for _, group in made)
    assert [seed for seed, _ in made] == sorted(seed for seed, _ in made)


def test_the_short_row_is_the_long_row_cut_short(pairs):
    short, long = (train(pairs[row][1], seeds=2, progress=False) for row in (SHORT, LONG))
    at = long.step.tolist().index(20)
    np.testing.assert_array_equal(short.validation_accuracy[:, -1], long.validation_accuracy[:, at])


# -- training and keeping ---------------------------------------------------------------------------------------------


def test_every_run_is_kept_as_train_gives_it(pairs, store):
    finished, _ = quietly(runs.pieces(pairs, range(2)), store)
    assert finished
    again = Store.read(store.path)
    assert again.runs == store.runs
    assert len(again.runs) == 2 * 2 * 3
    for pair in pairs.values():
        for experiment in pair:
            result = train(experiment, seeds=2, progress=False)
            kept = again.of(experiment)
            assert [kept[seed]["test_accuracy"] for seed in (0, 1)] == result.test_accuracy.round(6).tolist()
            assert kept[1]["step"] == result.step.tolist()
            assert kept[1]["validation_accuracy"] == result.validation_accuracy[1].round(6).tolist()


def test_what_is_finished_is_not_trained_again(pairs, store):
    calls = []

    def counted(experiments, **settings):
        calls.append(list(experiments))
        return sweep(experiments, **settings)

    made = runs.pieces(pairs, range(2))
    quietly(made[:2], store, sweep=counted)
    assert len(calls) == 2
    _, said = quietly(made, Store.read(store.path), sweep=counted)
    assert len(calls) == len(made)
    assert said[0].startswith(f"2 of {len(made)} pieces are finished; ")
    finished, said = quietly(made, Store.read(store.path), sweep=counted)
    assert (finished, len(said), len(calls)) == (True, 1, len(made))


def test_more_seeds_later_train_those_alone(pairs, store):
    quietly(runs.pieces(pairs, range(1)), store)
    before = dict(store.runs)
    quietly(runs.pieces(pairs, range(3)), store)
    assert {key: store.runs[key] for key in before} == before
    assert {seed for _, seed in store.runs} == {0, 1, 2}


def test_after_ctrl_c_a_piece_that_is_not_finished_is_not_kept(pairs, store):
    def stopped(experiments, **settings):
        results = sweep(experiments, **settings)
        next(iter(results.values())).test_accuracy[:] = np.nan
        return Results(results)

    finished, said = quietly(runs.pieces(pairs, [0]), store, sweep=stopped)
    assert not finished
    assert said[-1] == "Stopped. What is finished is saved; the same command goes on from here."
    assert not store.path.exists()


def test_the_remaining_time_is_told_after_each_piece(pairs, store):
    ticks = iter([0, 100, 400])
    made = runs.pieces(pairs, [0])[:2]
    _, said = quietly(made, store, clock=lambda: next(ticks))
    # 20 steps in 100 s, so those that are left take 100 s more
    assert said[1:] == [
        "piece 1 of 2: 0 steps a second; 2 minutes are left",
        "piece 2 of 2: 0 steps a second; 0 minutes are left",
    ]


def test_the_file_is_replaced_at_once_and_names_no_machine(pairs, store):
    quietly(runs.pieces(pairs, [0])[:1], store)
    text = store.path.read_text(encoding="utf-8")
    assert [path.name for path in store.path.parent.iterdir()] == ["runs.json"]
    assert set(json.loads(text)["machine"]) == {"cores", "system", "python", "numpy"}
    assert str(store.path.parent) not in text


@pytest.mark.parametrize("text", ["{", '{"version": 2, "runs": []}', '{"version": 1, "machine": {}, "runs": [{}]}'])
def test_a_file_that_holds_no_runs_is_refused(tmp_path, text):
    path = tmp_path / "runs.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="path") as caught:
        Store.read(path)
    assert str(caught.value) == (
        "`path` must be a file of finished runs, version 1. Received: path='runs.json'. "
        "Move it away, and the runs are trained again."
    )


# -- the command ------------------------------------------------------------------------------------------------------

COMMAND = """
    import sys
    from pathlib import Path
    from helpers.lessons.l04 import published
    from replicate import __main__ as cli
    rows = [published.Row(sd, "relu", 0.5, steps, (0.9,), (0.9,)) for sd in (0.05, 5) for steps in (20, 3000)]
    sys.exit(cli.main(["--seeds", "2"], root=Path(sys.argv[1]), rows=rows, dataset="digits"))
"""


def begin(folder):
    environment = os.environ | {"PYTHONPATH": str(cli.ROOT / "tools"), "PYTHONUNBUFFERED": "1"}
    script = textwrap.dedent(COMMAND)
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], env=environment, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path):
    kept, until = tmp_path / "build" / "replication.json", time.monotonic() + 120
    first = begin(tmp_path)
    while not kept.exists() and time.monotonic() < until:
        time.sleep(0.01)
    first.kill()
    first.communicate()
    before = Store.read(kept).runs
    assert 0 < len(before) < 16
    assert not (tmp_path / "docs").exists()

    second = begin(tmp_path)
    said, _ = second.communicate(timeout=240)
    assert second.returncode == 0
    assert not said.startswith("0 of 8 pieces")
    assert not kept.exists()
    after = Store.read(tmp_path / "docs" / "results" / "replication.json").runs
    assert len(after) == 16
    assert {key: after[key] for key in before} == before  # seconds included: they were not trained again
    made = sorted(path.name for path in (tmp_path / "docs" / "results").iterdir())
    assert made == ["replication.json", "replication.md", "replication_ends.png"]


def test_a_report_without_runs_says_what_to_do(tmp_path, capsys):
    assert cli.main(["--report"], root=tmp_path) == 1
    assert capsys.readouterr().out == "30 of 30 settings have no finished run: `make replicate` trains them.\n"
