"""How `make bench` measures: in turns, repeat by repeat, with aims that can be missed; and what it writes."""

import json

import numpy as np
import pytest
from bench import cli, machine, table, ways
from bench.measure import Row, calls, in_turns, ratio, sized


class Clock:
    """A clock that work moves by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def way(clock, log, name, seconds, work):
    def call():
        log.append(name)
        clock.now += seconds
        return work

    return call


def test_ways_are_called_in_turns_in_alternating_order_after_one_call_each_that_is_not_measured():
    clock, log = Clock(), []
    in_turns({name: way(clock, log, name, 1, 1) for name in "ab"}, 3, clock=clock)
    assert "".join(log) == "ab" + "ab" + "ba" + "ab"


def test_a_rate_is_work_divided_by_seconds():
    clock = Clock()
    rates = in_turns({"slow": way(clock, [], "slow", 2, 10), "fast": way(clock, [], "fast", 0.5, 10)}, 2, clock=clock)
    assert {name: list(values) for name, values in rates.items()} == {"slow": [5, 5], "fast": [20, 20]}


def test_a_way_may_take_its_time_itself():
    clock = Clock()

    def itself():
        clock.now += 100
        return 10, 2.0

    assert in_turns({"itself": itself}, 1, clock=clock)["itself"] == [5]


def test_the_progress_bar_moves_once_for_each_call():
    clock, moved = Clock(), []
    ways = {name: way(clock, [], name, 1, 1) for name in "abc"}
    in_turns(ways, 2, lambda: moved.append(1), clock=clock)
    assert len(moved) == calls(ways, 2) == 9


def test_ratios_are_taken_repeat_by_repeat():
    row = ratio("group", "name", [1, 4, 9], [1, 2, 3])
    assert (row.values, row.median) == ((1, 2, 3), 2)


@pytest.mark.parametrize(
    ("aim", "met"),
    [
        (("at least", 2), True),
        (("at least", 2.1), False),
        (("at most", 2), True),
        (("at most", 1.9), False),
        (None, None),
    ],
)
def test_an_aim_is_met_by_the_median(aim, met):
    assert Row("group", "name", (1, 2, 30), aim=aim).met is met


def test_the_number_of_steps_is_what_fills_the_time():
    clock = Clock()

    def work(steps):
        clock.now += steps * 0.001

    assert sized(work, seconds=0.5, clock=clock) == 500
    assert sized(work, seconds=0.5, most=50, clock=clock) == 50


def test_work_that_takes_longer_than_the_time_is_done_once():
    clock = Clock()

    def work(steps):
        clock.now += steps * 3.0

    assert sized(work, seconds=0.5, clock=clock) == 1


# -- the work that is counted -----------------------------------------------------------------------------------------


def test_a_step_of_the_published_network_is_26_million_operations():
    # 60 images, 2 operations a weight: 99,400 weights forward and for their gradient, 21,000 for the layers' inputs
    assert ways.operations(784) == 60 * 2 * (2 * 99_400 + 21_000)


def test_the_peaks_work_is_that_of_its_products_on_every_core():
    assert machine.products(size=20, times=3)() == 2 * 20**3 * 3 * machine.cores()


def test_copies_copy():
    assert machine.copies(np.ones(5), times=4)() == 4


def test_the_engine_trains_as_many_steps_as_it_says_and_reads_what_it_is_given():
    dataset = ways.images(8, 120)
    assert ways.engine(dataset, 3, 7)() == 21
    assert ways.engine(dataset, 3, 7, learning_rates=2)() == 42
    from helpers import data

    assert len(data.load().x_train) == 1260  # as before


def test_the_steps_alone_are_the_whole_call_less_the_shortest_of_three_calls_without_a_step():
    ticks = iter([0, 2.0, 0, 1.0, 0, 3.0, 0, 7.0, 0, 9.0])
    way = ways.engine_steps(ways.images(8, 120), 1, 7, clock=lambda: next(ticks))
    assert way() == (7, 6.0)
    assert way() == (7, 8.0)


def test_what_surrounds_the_steps_takes_at_most_nine_tenths_of_the_time():
    ticks = iter([0, 5.0] * 3 + [0, 4.0])
    assert ways.engine_steps(ways.images(8, 120), 1, 7, clock=lambda: next(ticks))() == (7, 0.4)


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


def test_aims_that_are_missed_are_counted():
    assert table.shortfall(ROWS) == (2, ROWS[:1])


def entries(path):
    return json.loads(path.read_text(encoding="utf-8"))["rows"]


def test_the_file_holds_each_row(tmp_path):
    path = tmp_path / "results" / "bench.json"
    table.write(path, ROWS, {"cores": 2}, 0.25)
    assert entries(path)[0] == {
        "group": "speed",
        "name": "one",
        "unit": "x",
        "median": 2.0,
        "min": 1.0,
        "max": 40.0,
        "repeats": 3,
        "load_before": 0.25,
        "aim": "at least 5",
        "met": False,
        "note": "20 steps a second",
    }


def test_a_group_measured_again_replaces_itself_and_leaves_the_others(tmp_path):
    path = tmp_path / "bench.json"
    table.write(path, ROWS, {"cores": 2}, 0)
    table.write(path, [Row("speed", "new", (3.0,))], {"cores": 2}, 0)
    assert [entry["name"] for entry in entries(path)] == ["all", "new"]


def test_figures_of_another_machine_are_not_kept(tmp_path):
    path = tmp_path / "bench.json"
    table.write(path, ROWS, {"cores": 2}, 0)
    table.write(path, [Row("speed", "new", (3.0,))], {"cores": 4}, 0)
    assert [entry["name"] for entry in entries(path)] == ["new"]


def test_the_machine_is_described_without_a_name_or_a_path():
    assert set(machine.describe()) == {"cores", "system", "processor", "python", "numpy"}
    assert "/" not in json.dumps(machine.describe())


def test_an_unknown_group_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--only", "speed"], root=tmp_path)
    assert caught.value.code == 2
    assert "invalid choice: 'speed'" in capsys.readouterr().err
