"""Each group of `make bench` on tiny settings: that it runs, what it compares, and how often."""

import json
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from bench import again, cli, cost, fresh, growth, normalization, notebooks, training, ways

from helpers import data
from helpers.data import mnist

TINY = cli.Settings(repeats=2, seconds=0.002, size=32, images=240, sizes=(1, 3), shape=(16, 8), steps=6, progress=False)


def names(rows):
    return [row.name for row in rows]


def assert_sound(rows, repeats=2):
    assert all(len(row.values) == repeats for row in rows)
    assert all(np.isfinite(row.values).all() and min(row.values) > 0 for row in rows)
    assert len(set(zip([row.group for row in rows], names(rows)))) == len(rows)


def test_cost_compares_steps_with_and_without_for_one_run_and_a_sweep():
    rows = cost.rows(TINY)
    assert_sound(rows)
    assert names(rows) == [
        "784-100-100-100-10, 1 run: step with / without",
        "784-100-100-100-10, 16 runs: step with / without",
        "64-100-100-100-10, 1 run: step with / without",
        "64-100-100-100-10, 20 runs: step with / without",
    ]


def test_cost_divides_the_time_with_by_the_time_without(monkeypatch):
    monkeypatch.setattr(
        cost, "in_turns", lambda contest, *_: {key: np.array([2.0, 4.0][:: -1 if key[1] else 1]) for key in contest}
    )
    assert cost.rows(TINY)[0].values == (2 / 4, 4 / 2)


def test_growth_compares_each_size_with_the_smallest_and_with_the_peak():
    rows = growth.rows(TINY)
    assert_sound(rows)
    assert names(rows)[:4] == [
        "seeds (digits, 3 x 100): step at 1 / at 1",
        "seeds (digits, 3 x 100): 1 / sgemm peak",
        "seeds (digits, 3 x 100): step at 3 / at 1",
        "seeds (digits, 3 x 100): 3 / sgemm peak",
    ]
    assert rows[0].values == (1, 1)
    assert len(rows) == 3 * 2 * 2


def test_the_published_sizes_are_measured():
    assert (growth.SEEDS, growth.WIDTHS[0], growth.WIDTHS[-1]) == ((1, 5, 20, 60), 100, 1600)
    assert (growth.DEPTHS[0], growth.DEPTHS[-1]) == (2, 30)


def test_the_demonstration_is_left_out_where_mnist_is_not_here(monkeypatch):
    monkeypatch.setattr(mnist, "find", lambda: None)
    assert again.rows(TINY) == []


def test_the_demonstration_tells_seconds_and_accuracy(monkeypatch):
    made = ways.images(28, 300)
    made = replace(made, x_test=made.x_train[:200], y_test=made.y_train[:200])
    monkeypatch.setattr(mnist, "find", lambda: "mnist.npz")
    monkeypatch.setattr(data, "load", lambda name, *, split: made)
    rows = again.rows(TINY)
    assert names(rows) == ["seconds of training", "accuracy on the first 200 test images"]
    assert rows[0].values[0] > 0
    assert len(rows[1].values) == 2


@pytest.mark.slow
@pytest.mark.keras
def test_training_compares_one_run_and_a_sweep_with_each_way_and_the_peak(monkeypatch):
    published = "784-100-100-100-10"
    monkeypatch.setattr(training, "NETWORKS", {published: training.NETWORKS[published]})
    ours = training.rows(TINY)
    assert_sound(ours)
    assert {row.group for row in ours} == {f"training {published}"}
    others = ["Keras fit", "Keras fit, jit_compile", "tf.function for each step", "loop compiled by XLA"]
    others += ["2 loops compiled by XLA", "sgemm peak"]
    assert names(ours) == [f"engine, {runs} / {other}" for runs in ("1 run", "16 runs") for other in others]
    assert [row.aim[1] for row in ours if row.aim] == [5, 0.17, 12, 0.40]


@pytest.mark.keras
def test_normalization_compares_with_a_copy_and_with_keras_and_both_compute_the_same():
    rows = normalization.rows(TINY)
    assert_sound(rows)
    assert names(rows)[0] == "forward and backward / Keras under XLA"
    assert names(rows)[1:] == [
        f"{name} / one copy" for name in ("forward", "backward", "forward and backward", "Keras under XLA")
    ]
    from helpers import batchnorm

    x, gamma, beta, dy = normalization._inputs((16, 8))
    y, (dx, dgamma, dbeta), _ = normalization.keras(x, gamma, beta, dy)()
    ours, cache = batchnorm.forward(x, gamma, beta)
    for theirs, mine in zip((y, dx, dgamma, dbeta), (ours, *batchnorm.backward(dy, cache))):
        np.testing.assert_allclose(theirs, mine, rtol=1e-4, atol=1e-4)


@pytest.mark.keras
def test_every_way_trains_the_same_number_of_steps_it_says():
    dataset = ways.images(8, 240)
    assert ways.fit(dataset, 3)() == 3
    assert ways.function_per_step(dataset, 3)() == 3
    assert ways.compiled_loop(dataset, 3, side_by_side=2)() == 6


@pytest.mark.slow
def test_a_new_process_tells_imports_the_first_race_and_memory(monkeypatch):
    monkeypatch.delitem(fresh.IMPORTS, "TensorFlow (helpers.tf.quiet)")  # its seconds are for the bench itself
    rows = fresh.rows(replace(TINY, repeats=1))
    assert len(rows) == 5 + 2
    assert [row.name for row in rows if row.unit == "s"] == ["lesson 00's first race, start to result"]
    assert [row.note for row in rows if row.unit == "MB"] == ["imports no TensorFlow"]
    assert names(rows)[0] == "import numpy / an empty process"
    assert all(row.median > 0 for row in rows)


@pytest.mark.notebook
@pytest.mark.slow
def test_a_notebook_tells_its_seconds_and_its_kernels_peak_memory(tmp_path):
    cell = nbformat.v4.new_code_cell("import numpy as np\nx = np.ones(30_000_000)\nprint(len(x))")
    path = tmp_path / "99_large.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    settings = cli.Settings(notebooks=2, progress=False)
    seconds, memory, together = notebooks.rows(settings, [path])
    assert (seconds.name, memory.name, together.name) == ("99_large: seconds", "99_large: peak memory", "all: seconds")
    assert len(memory.values) == 2
    assert 240 < memory.median < 700
    assert 0 < seconds.median <= together.median


@pytest.mark.notebook
@pytest.mark.slow
def test_a_notebook_that_fails_is_told(tmp_path):
    path = tmp_path / "99_fails.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]), path)
    with pytest.raises(RuntimeError, match=r"^99_fails\.ipynb does not run:(.|\n)*ZeroDivisionError"):
        notebooks.rows(cli.Settings(progress=False), [path])


@pytest.fixture
def make_test(monkeypatch):
    """make_test(status): `make test` is not run, and ends with this exit status."""

    def ends(status):
        done = SimpleNamespace(returncode=status, stdout="what the tests said", stderr="")
        monkeypatch.setattr(notebooks.subprocess, "run", lambda *command, **options: done)
        monkeypatch.setattr(cli.machine, "busy", lambda: None)
        monkeypatch.setattr(cli.machine, "describe", dict)

    return ends


def written_row(folder):
    return json.loads((folder / "docs" / "results" / "bench.json").read_text(encoding="utf-8"))["rows"][0]


def test_a_suite_that_passes_in_time_meets_its_aim(make_test, tmp_path):
    make_test(0)
    assert cli.main(["--test"], settings=TINY, root=tmp_path) == 0
    row = written_row(tmp_path)
    assert (row["aim"], row["met"], row["note"]) == ("at most 900", True, "passed")


def test_a_suite_that_fails_meets_no_aim_and_ends_with_exit_status_1(make_test, tmp_path, capsys):
    make_test(2)
    assert cli.main(["--test"], settings=TINY, root=tmp_path) == 1
    told = capsys.readouterr().out
    assert told.startswith("what the tests said")
    assert "aims are met" not in told
    row = written_row(tmp_path)
    assert (set(row) & {"aim", "met"}, row["note"]) == (set(), "FAILED")


def test_the_command_prints_a_table_and_writes_the_file(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cli.machine, "busy", lambda: 3.0)
    assert cli.main(["--only", "cost"], settings=TINY, root=tmp_path) == 0
    out = capsys.readouterr().out
    assert out.startswith("Other processes want 3.0 cores: the figures come out too low.")
    assert "cost of batch normalization" in out
    assert " of 2 aims are met." in out
    written = json.loads((tmp_path / "docs" / "results" / "bench.json").read_text(encoding="utf-8"))
    assert len(written["rows"]) == 4
