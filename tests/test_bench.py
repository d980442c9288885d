"""`make bench`: how it measures, what each group compares on tiny settings, and what it prints and writes."""

import json

import numpy as np
import pytest
from bench import __main__ as cli
from bench import measure, normalization, table, training, ways
from bench.measure import Row, calls, in_turns, ratio, sized

from helpers import batchnorm, data

TINY = cli.Settings(repeats=2, seconds=0.002, size=32, images=240, shape=(16, 8), progress=False)


class Clock:
    """A clock that work moves by hand."""

    now = 0.0

    def __call__(self):
        return self.now

    def way(self, seconds, work, log=None, name=""):
        def call():
            if log is not None:
                log.append(name)
            self.now += seconds
            return work

        return call


def test_ways_are_called_in_turns_in_alternating_order_after_one_call_each_that_is_not_measured():
    clock, log, moved = Clock(), [], []
    contest = {name: clock.way(1, 1, log, name) for name in "ab"}
    in_turns(contest, 3, lambda: moved.append(1), clock=clock)
    assert "".join(log) == "ab" + "ab" + "ba" + "ab"
    assert len(moved) == calls(contest, 3) == 8


def test_a_rate_is_work_divided_by_seconds_also_by_those_that_a_way_took_itself():
    clock = Clock()
    contest = {"slow": clock.way(2, 10), "fast": clock.way(0.5, 10), "itself": clock.way(100, (10, 2.0))}
    rates = in_turns(contest, 2, clock=clock)
    assert {name: list(values) for name, values in rates.items()} == {
        "slow": [5, 5],
        "fast": [20, 20],
        "itself": [5, 5],
    }


def test_ratios_are_taken_repeat_by_repeat():
    row = ratio("group", "name", [1, 4, 9], [1, 2, 3])
    assert (row.values, row.median) == ((1, 2, 3), 2)


AIMS = [(("at least", 2), True), (("at least", 2.1), False), (("at most", 2), True), (("at most", 1.9), False)]


@pytest.mark.parametrize(("aim", "met"), [*AIMS, (None, None)])
def test_an_aim_is_met_by_the_median(aim, met):
    assert Row("group", "name", (1, 2, 30), aim=aim).met is met


@pytest.mark.parametrize(("a_step", "most", "steps"), [(0.001, 100_000, 500), (0.001, 50, 50), (3.0, 100_000, 1)])
def test_the_number_of_steps_is_what_fills_the_time(a_step, most, steps):
    clock = Clock()

    def work(count):
        clock.now += count * a_step

    assert sized(work, seconds=0.5, most=most, clock=clock) == steps


def test_a_step_of_the_published_network_is_26_million_operations():
    # 60 images, 2 operations a weight: 99,400 weights forward and for their gradient, 21,000 for the layers' inputs
    assert ways.operations(784) == 60 * 2 * (2 * 99_400 + 21_000)


def test_the_peaks_work_is_that_of_its_products_on_every_core_and_copies_copy():
    assert measure.products(size=20, times=3)() == 2 * 20**3 * 3 * measure.cores()
    assert measure.copies(np.ones(5), times=4)() == 4


def test_the_engine_trains_as_many_steps_as_it_says_and_reads_what_it_is_given():
    dataset = ways.images(8, 120)
    assert ways.engine(dataset, 3, 7)() == 21
    assert ways.engine(dataset, 3, 7, learning_rates=2)() == 42
    assert len(data.load().x_train) == 1260  # as before


@pytest.mark.keras
@pytest.mark.slow
def test_every_way_trains_the_same_number_of_steps_it_says():
    dataset = ways.images(8, 240)
    assert ways.fit(dataset, 3)() == 3
    assert ways.compiled_loop(dataset, 3, loops=2)() == 6


# -- each group on tiny settings --------------------------------------------------------------------------------------


def assert_sound(rows, names):
    assert [row.name for row in rows] == names
    assert all(len(row.values) == 2 and min(row.values) > 0 and np.isfinite(row.values).all() for row in rows)


@pytest.mark.slow
def test_cost_compares_steps_with_and_without_for_one_run_and_a_sweep():
    runs = [("784-100-100-100-10", "1 run"), ("784-100-100-100-10", "16 runs")]
    runs += [("64-100-100-100-10", "1 run"), ("64-100-100-100-10", "20 runs")]
    assert_sound(training.cost(TINY), [f"{network}, {count}: step with / without" for network, count in runs])


def test_cost_divides_the_time_with_by_the_time_without(monkeypatch):
    rates = {False: np.array([2.0, 4.0]), True: np.array([4.0, 2.0])}
    monkeypatch.setattr(measure, "in_turns", lambda contest, *_: {key: rates[key[1]] for key in contest})
    assert training.cost(TINY)[0].values == (2 / 4, 4 / 2)


@pytest.mark.slow
@pytest.mark.keras
def test_training_compares_one_run_and_a_sweep_with_each_way_and_the_peak(monkeypatch):
    published = "784-100-100-100-10"
    monkeypatch.setattr(training, "NETWORKS", {published: training.NETWORKS[published]})
    rows = training.rows(TINY)
    others = ["Keras fit", "Keras fit, jit_compile", "loop compiled by XLA"]
    others += ["2 loops compiled by XLA", "sgemm peak"]
    assert_sound(rows, [f"engine, {runs} / {other}" for runs in ("1 run", "16 runs") for other in others])
    assert [row.aim[1] for row in rows if row.aim] == [5, 0.17, 12, 0.40]


@pytest.mark.slow
@pytest.mark.keras
def test_normalization_compares_with_a_copy_and_with_keras_and_both_compute_the_same():
    assert_sound(normalization.rows(TINY), ["both / Keras under XLA", "both / one copy", "Keras under XLA / one copy"])
    x, gamma, beta, dy = normalization._inputs((16, 8))
    y, (dx, dgamma, dbeta), _ = normalization.keras(x, gamma, beta, dy)()
    ours, cache = batchnorm.forward(x, gamma, beta)
    for theirs, mine in zip((y, dx, dgamma, dbeta), (ours, *batchnorm.backward(dy, cache))):
        np.testing.assert_allclose(theirs, mine, rtol=1e-4, atol=1e-4)


# -- what is printed and written --------------------------------------------------------------------------------------

ROWS = [
    Row("speed", "one", (1.0, 2.0, 40.0), aim=("at least", 5.0), note="20 steps a second"),
    Row("speed", "another", (5.0, 6.0, 7.0), aim=("at least", 5.0)),
    Row("memory", "all", (1234.5,), "MB"),
]


def test_the_table_shows_median_smallest_largest_and_which_aims_are_not_met():
    assert table.text(ROWS).splitlines() == [
        "speed",
        "            median  smallest   largest",
        "one              2         1        40     [at least 5: NOT MET] 20 steps a second",
        "another          6         5         7     [at least 5: met]",
        "",
        "memory",
        "            median  smallest   largest",
        "all          1,234     1,234     1,234 MB",
    ]
    assert table.shortfall(ROWS) == (2, ROWS[:1])


@pytest.fixture
def written(tmp_path):
    """written(rows, cores): the rows in the file once these are written, measured on a machine of so many cores."""

    def write(rows, cores=2):
        table.write(tmp_path / "results" / "bench.json", rows, {"cores": cores}, 0.25)
        return json.loads((tmp_path / "results" / "bench.json").read_text(encoding="utf-8"))["rows"]

    return write


def test_the_file_holds_each_row(written):
    expected = {"group": "speed", "name": "one", "unit": "x", "median": 2.0, "min": 1.0, "max": 40.0, "repeats": 3}
    expected |= {"load_before": 0.25, "aim": "at least 5", "met": False, "note": "20 steps a second"}
    assert written(ROWS)[0] == expected


@pytest.mark.parametrize(("cores", "names"), [(2, ["all", "new"]), (4, ["new"])])
def test_a_group_measured_again_replaces_itself_and_leaves_the_others_of_the_same_machine(written, cores, names):
    written(ROWS)
    assert [row["name"] for row in written([Row("speed", "new", (3.0,))], cores)] == names


def test_the_machine_is_described_without_a_name_or_a_path():
    assert set(measure.describe()) == {"cores", "system", "processor", "python", "numpy"}
    assert "/" not in json.dumps(measure.describe())


def test_an_unknown_group_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--only", "speed"], root=tmp_path)
    assert caught.value.code == 2
    assert "invalid choice: 'speed'" in capsys.readouterr().err


def test_the_command_prints_a_table_and_writes_the_file(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(measure, "busy", lambda: 3.0)
    monkeypatch.setitem(cli.GROUPS, "cost", lambda settings: ROWS)
    cli.main(["--only", "cost"], settings=TINY, root=tmp_path)
    out = capsys.readouterr().out
    assert out.startswith("Other processes want 3.0 cores: the figures come out too low.")
    assert "20 steps a second" in out
    assert "1 of 2 aims are met." in out
    assert len(json.loads((tmp_path / "docs" / "results" / "bench.json").read_text(encoding="utf-8"))["rows"]) == 3
