"""The report of `make replicate`: which rows reproduce, how the others differ, and what the page says."""

import re

import matplotlib.image
import numpy as np
import pytest
from notebook_rules import A_MACHINES_PATH
from replicate import figures, report, runs, verdicts
from replicate.runs import Store
from replicate.verdicts import Side

from helpers.lessons.l04 import published


def side(published, here, *, name="with", late=0.0):
    here = np.array(here)
    return Side(name, tuple(published), here, np.full(len(here), late))


def finished(accuracy, *, diverged=False, loss=0.1, **more):
    return {"test_accuracy": accuracy, "diverged": diverged, "train_loss": [2.4, loss]} | more


# -- verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "here", "reproduces"),
    [
        ((0.975,), (0.974, 0.976, 0.977), True),
        ((0.975,), (0.966, 0.962, 0.964), True),  # within 0.01 of the best
        ((0.975,), (0.964, 0.962, 0.963), False),
        ((0.827,), (0.84, 0.85, 0.86), False),
        ((0.098, 0.101), (0.098, 0.113, 0.098), True),  # guessing, whichever class
        ((0.113,), (0.098, 0.098, 0.098), True),
        ((0.098,), (0.098, 0.098, 0.6), True),  # one that trained, and the published one among those that did not
        ((0.227,), (0.098, 0.101, 0.113), False),  # better than guessing there
        ((0.921, 0.101), (0.92, 0.93, 0.91), False),  # one of two failed there, none here
        ((0.921, 0.101), (0.92, 0.101, 0.91), True),
    ],
)
def test_a_side_reproduces_within_the_margin_of_the_range_here_or_where_all_guess(there, here, reproduces):
    assert side(there, here).reproduces == reproduces


def test_a_side_that_reproduces_needs_no_words():
    assert side((0.975,), (0.974, 0.976)).words() == ""


def test_a_failure_that_does_not_come_back_is_said_with_its_chance():
    words = side((0.921, 0.101), (0.92, 0.93, 0.91)).words()
    assert words == (
        "With batch normalization, published 0.921 and 0.101, here 0.910–0.930. There 1 of 2 failed, here 0 of 3. By "
        "chance alone, counts at least so far apart come about with a probability of 0.40: too few runs to call it a "
        "difference. Those that trained: there 0.921, here 0.910–0.930."
    )


def test_many_seeds_without_the_published_failures_are_a_difference():
    words = side((0.1, 0.1, 0.1), np.full(10, 0.9)).words()
    assert "with a probability of 0.00. " in words + " "
    assert "too few" not in words


def test_failures_that_are_new_here_are_said():
    assert "There 0 of 1 failed, here 2 of 3." in side((0.95,), (0.1, 0.1, 0.7)).words()


def test_a_distance_is_said_beside_the_spread_here():
    words = side((0.9,), (0.93, 0.935, 0.94), late=0.0).words()
    assert "The published figure is 0.030 lower than any run here; the runs here differ by 0.010." in words
    assert "gain 0.000 in the last fifth of the steps: more of them would widen the gap." in words
    assert "no surprise" not in words
    assert "is 0.020 higher than any run here" in side((0.96,), (0.93, 0.94)).words()
    assert "no surprise" in side((0.96,), (0.92, 0.94)).words()


def test_a_curve_that_still_rises_is_said():
    assert "still rise at the end, by 0.040 in the last fifth" in side((0.9,), (0.93, 0.94), late=0.04).words()


def test_failures_of_different_size_are_said():
    assert "All fail, there and here, by different amounts." in side((0.227,), (0.3, 0.31, 0.32)).words()


def test_the_late_gain_is_that_of_the_last_fifth_of_the_steps():
    run = finished(0.8, validation_accuracy=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    row = published.Row(5, "relu", 1, 50, (0.1,), (0.8,))
    assert Side.of(row, {0: run}, batch_norm=True).late == pytest.approx([0.1])


# -- the page ---------------------------------------------------------------------------------------------------------

ROWS = (
    published.Row(0.05, "relu", 0.01, 2000, (0.826,), (0.953,)),
    published.Row(0.05, "relu", 0.01, 50_000, (0.975,), (0.98,)),
    published.Row(5, "relu", 1, 50_000, (0.113, 0.114), (0.921, 0.101)),
)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Pairs and a store with made-up runs: all rows reproduce but the failure at sd 5."""
    pairs = runs.experiments(ROWS)
    store = Store(tmp_path_factory.mktemp("results") / "replication.json")
    for row, pair in pairs.items():
        for experiment, there in zip(pair, (row.without, row.with_it)):
            for seed in range(3):
                accuracy = [round(there[0] * k / 50 + 0.0001 * seed, 4) for k in range(51)]
                step = experiment.evaluation_steps.tolist()
                store.runs[experiment, seed] = {
                    "test_accuracy": accuracy[-1],
                    "diverged": there[0] < 0.12,
                    "seconds": 10.0,
                    "step": step,
                    "train_loss": [1.0] * 51,
                    "validation_accuracy": [0.5 if s == 2000 else a for s, a in zip(step, accuracy)],
                }
    store.write()
    return pairs, store


@pytest.fixture(scope="module")
def page(table):
    pairs, store = table
    return report.text(pairs, store, figures.write(store.path.parent, pairs, store))


def test_the_page_counts_rows_runs_and_failures(page):
    assert "2 of 3 rows reproduce, each side trained with 3 seeds." in page
    assert "Without batch normalization 3 of 6 trainings fail.\n" in page
    assert "With batch normalization 0 of 6 trainings fail.\n" in page


def test_every_published_row_stands_beside_the_range_here(page):
    assert "| 0.05 | ReLU | 0.01 | 2,000 | 0.826 | 0.826 | 0.953 | 0.953 | reproduces |" in page
    assert (
        "| 5 | ReLU | 1 | 50,000 | 0.113, 0.114 | 0.113 (3 of 3 failed) | 0.921, 0.101 | 0.921 | **does not** |" in page
    )


def test_each_row_that_does_not_reproduce_is_explained_and_no_other(page):
    assert re.findall(r"^\*\*(S[^*]+)\*\*", page, re.MULTILINE) == ["Sd 5, ReLU, rate 1, 50,000 steps."]
    assert "There 1 of 2 failed, here 0 of 3." in page


def test_the_rule_is_on_the_page_and_no_path_of_a_machine(page, table):
    assert verdicts.RULE in page
    assert str(table[1].path.parent) not in page
    assert not A_MACHINES_PATH.search(page)


def test_the_figure_is_written_followed_by_a_sentence_and_not_empty(page, table):
    assert re.search(r"^!\[[^\]]+\]\(replication_ends.png\)\n\n\w.{80}", page, re.MULTILINE)
    assert matplotlib.image.imread(table[1].path.parent / "replication_ends.png")[..., :3].std() > 0.05
