"""The published races as a table, and beside what was trained here."""

import pandas as pd
import pytest

from helpers.experiments import Experiment, sweep
from helpers.lessons.l04 import published

FAILED = (5, "relu", 1, 50_000)


def row(*setting):
    return next(row for row in published.ROWS if row[:4] == setting)


def test_the_table_has_fifteen_rows_of_twelve_settings():
    table = published.table()
    assert len(table) == 15
    assert len({row[:3] for row in published.ROWS}) == 12


def test_a_second_run_of_a_setting_stands_behind_a_comma():
    table = published.table().loc[("5", "relu", "1", "50,000")]
    assert list(table) == ["0.113, 0.114", "0.921, 0.101"]


def test_batch_normalization_failed_twice_in_the_published_runs():
    assert sum(value < 0.5 for row in published.ROWS for value in row.with_it) == 2


@pytest.mark.parametrize(("steps", "count"), [(2000, 3), (50_000, 12)])
def test_the_rows_of_so_many_steps_become_pairs_that_differ_in_batch_normalization_only(steps, count):
    pairs = published.experiments(steps)
    assert len(pairs) == count
    for row, (without, with_it) in pairs.items():
        assert (row.steps, without.steps, without.dataset) == (steps, steps, "mnist")
        assert vars(without) | {"batch_norm": True} == vars(with_it)


def test_a_row_has_the_published_networks_shape_and_batch():
    without, _ = published.experiments(2000)[row(0.05, "relu", 0.01, 2000)]
    assert (without.hidden, without.batch_size, without.learning_rate) == ((100, 100, 100), 60, 0.01)


def test_other_numbers_of_steps_are_refused_before_anything_is_trained():
    with pytest.raises(ValueError, match=r"^`steps` must be one of 2000, 50000\. Received: steps=1000\."):
        published.replicate(steps=1000)


@pytest.fixture(scope="module")
def measured():
    """One published row, trained for no step on the digits with two seeds."""
    settings = {"activation": "relu", "learning_rate": 1, "init_scale": 5, "steps": 0}
    pairs = {row(*FAILED): tuple(Experiment(batch_norm=b, **settings) for b in (False, True))}
    results = sweep(pairs[row(*FAILED)], seeds=2, progress=False)
    return pairs, results


def test_what_is_measured_stands_beside_what_was_published(measured):
    pairs, results = measured
    table = published.beside(pairs, results)
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == ["published without", "with", "here without", "here with"]
    low, high = sorted(results[pairs[row(*FAILED)][0]].test_accuracy)
    assert table["here without"].item() == f"{low:.3f} to {high:.3f} (2 seeds)"


def test_seeds_that_were_stopped_are_left_out_and_counted(measured):
    pairs, results = measured
    for result in results.values():
        result.test_accuracy[1] = float("nan")
    table = published.beside(pairs, results)
    assert table["here with"].item().endswith(" (1 seeds)")
    for result in results.values():
        result.test_accuracy[0] = float("nan")
    assert published.beside(pairs, results)["here with"].item() == "not finished"
