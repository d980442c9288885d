"""Result and Results: how they print, become tables, and are saved and loaded."""

import dataclasses
import json
import zipfile

import numpy as np
import pytest

from helpers.experiments import Experiment, Result, Results, sweep, train
from helpers.experiments.result import POINTS, SEEDS
from helpers.experiments.stack import Run
from helpers.networks.network import Network

BASE = Experiment(batch_norm=True, activation="tanh", hidden=(8,), steps=10, evaluations=2, learning_rate=0.1)


@pytest.fixture(scope="module")
def result():
    return train(BASE, seeds=[0, 3])


def made(accuracies, experiment=BASE, diverged=()):
    """A Result with these test accuracies; NaN stands for a run that was interrupted."""
    runs = []
    for i, accuracy in enumerate(accuracies):
        run = Run.empty(experiment)
        run.test_accuracy, run.diverged = accuracy, i in diverged
        runs.append(run)
    return Result.of(experiment, tuple(range(len(runs))), runs)


def test_repr_says_what_came_out():
    assert repr(made([0.5, 0.9, 0.7])) == (
        "Result: with, tanh, rate 0.1, sd 0.05, 3 of 3 seeds finished; test accuracy 0.500–0.900 (median 0.700)"
    )


def test_repr_counts_what_diverged_and_what_was_interrupted():
    assert repr(made([0.5, np.nan], diverged=[0])) == (
        "Result: with, tanh, rate 0.1, sd 0.05, 1 of 2 seeds finished; test accuracy 0.500–0.500 (median 0.500); "
        "1 of 2 diverged"
    )


def test_repr_of_a_result_without_any_finished_run():
    assert repr(made([np.nan])) == "Result: with, tanh, rate 0.1, sd 0.05, 0 of 1 seeds finished"


def test_html_holds_the_line_and_the_table(result):
    html = result._repr_html_()
    assert html.startswith("<p>Result: with, tanh")
    assert "<td>" in html


def test_table_has_a_row_for_each_seed(result):
    table = result.table()
    assert table.index.tolist() == [0, 3]
    assert table["test accuracy"].tolist() == result.test_accuracy.tolist()
    assert table["validation accuracy"].tolist() == result.validation_accuracy[:, -1].tolist()
    assert table["steps"].tolist() == [10, 10]


@pytest.mark.parametrize("reached", [1, 2])
def test_table_of_an_interrupted_run_shows_the_last_evaluation_reached(reached):
    run = Run.empty(BASE)
    run.validation_accuracy[:reached], run.train_loss[:reached] = [0.1, 0.4][:reached], [2.3, 1.5][:reached]
    table = Result.of(BASE, (0,), [run]).table()
    assert table.loc[0, "validation accuracy"] == [0.1, 0.4][reached - 1]
    assert table.loc[0, "train loss"] == [2.3, 1.5][reached - 1]


def test_results_table_has_a_row_for_each_experiment_and_the_settings_that_differ():
    deep = dataclasses.replace(BASE, hidden=(8, 8))
    table = Results({BASE: made([0.5, 0.9, 0.8]), deep: made([0.2, np.nan, 0.4], deep, diverged=[0])}).table()
    assert table["hidden"].tolist() == [(8,), (8, 8)]
    assert "steps" not in table
    assert table["test accuracy"].tolist() == pytest.approx([0.8, 0.3])
    assert table["lowest"].tolist() == [0.5, 0.2]
    assert table["highest"].tolist() == [0.9, 0.4]
    assert table["diverged"].tolist() == [0, 1]
    assert table["finished"].tolist() == [3, 2]
    assert table["seeds"].tolist() == [3, 3]


def test_the_columns_of_the_tables():
    table = made([0.5]).table()
    assert table.index.name == "seed"
    assert list(table) == [
        *("test accuracy", "validation accuracy", "train accuracy", "train loss", "diverged", "steps", "seconds")
    ]
    wide = dataclasses.replace(BASE, batch_size=7, hidden=(8, 8))
    assert list(Results({BASE: made([0.5]), wide: made([0.5], wide)}).table()) == [
        *("activation", "init scale", "learning rate", "batch norm", "hidden", "batch size"),
        *("test accuracy", "lowest", "highest", "diverged", "finished", "seeds"),
    ]


def test_results_without_any_finished_run_have_no_accuracy():
    results = Results({BASE: made([np.nan])})
    assert np.isnan(results.table().loc[0, ["test accuracy", "lowest", "highest"]].astype(float)).all()
    assert not results.complete
    assert np.isnan(results.wall_seconds)


def test_tables_in_html_have_three_digits_and_those_of_results_no_index():
    one = made([0.51234])
    assert ">0.512<" in one._repr_html_()
    assert one._repr_html_().startswith("<p>Result: with, tanh, rate 0.1, sd 0.05, 1 of 1 seeds finished; ")
    assert ">0.512<" in Results({BASE: one})._repr_html_()
    assert "<th>0</th>" in one._repr_html_()
    assert "<th>0</th>" not in Results({BASE: one})._repr_html_()


def test_a_result_is_complete_when_every_seed_is():
    assert made([0.5, 0.6]).complete is True
    assert made([0.5, np.nan]).complete is False


def test_several_results_print_a_line_each():
    assert repr(Results({BASE: made([np.nan]), 1: made([np.nan])})) == "\n".join([repr(made([np.nan]))] * 2)


def test_a_file_with_arrays_of_another_shape_is_refused(tmp_path):
    result = made([0.5, 0.6])
    result.seconds = np.zeros(3)
    result.save(tmp_path / "result.npz")
    with pytest.raises(ValueError, match="written by Result") as caught:
        Result.load(tmp_path / "result.npz")
    assert str(caught.value.__cause__) == "another shape than the settings say: seconds"


def test_results_are_an_ordered_mapping_that_prints_itself():
    results = sweep([BASE, dataclasses.replace(BASE, batch_norm=False)], seeds=1)
    assert len(results) == 2
    assert BASE in results
    assert repr(results).count("Result: ") == 2
    assert results._repr_html_().count("<tr") == 3
    assert results.complete
    with pytest.raises(KeyError):
        results[dataclasses.replace(BASE, steps=1)]


def test_speed_is_steps_of_all_seeds_over_their_seconds(result):
    assert result.steps_per_second == pytest.approx(20 / result.seconds.sum())


def test_network_gives_a_copy(result):
    result.network(3).parameters[0]["kernel"][:] = 0
    assert np.abs(result.network(3).parameters[0]["kernel"]).max() > 0
    assert isinstance(result.network(3), Network)


def test_network_of_a_seed_that_was_not_trained_is_refused(result):
    with pytest.raises(ValueError, match="seed") as caught:
        result.network(1)
    assert str(caught.value) == "`seed` must be one of [0, 3]. Received: seed=1. Choose one that was trained."


@pytest.mark.parametrize(
    "changes", [{}, {"batch_norm": False}, {"placement": "after", "hidden": (8, 7), "output_init_scale": "he"}]
)
def test_a_saved_result_is_the_same_after_loading(changes, tmp_path):
    result = train(dataclasses.replace(BASE, **changes), seeds=[0, 3])
    result.save(tmp_path / "result.npz")
    loaded = Result.load(tmp_path / "result.npz")
    assert loaded.experiment == result.experiment
    assert loaded.seeds == result.seeds
    for name in ("step", *POINTS, *SEEDS):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(result, name))
        assert getattr(loaded, name).dtype == getattr(result, name).dtype
    for seed in result.seeds:
        mine, theirs = result.network(seed), loaded.network(seed)
        assert mine.about() == theirs.about()
        assert mine.arrays().keys() == theirs.arrays().keys()
        for name, array in mine.arrays().items():
            np.testing.assert_array_equal(array, theirs.arrays()[name])


def test_a_result_saved_before_a_setting_existed_has_its_default(result, tmp_path):
    result.save(tmp_path / "result.npz")
    with np.load(tmp_path / "result.npz") as file:
        arrays = dict(file)
    about = json.loads(str(arrays["about"]))
    del about["experiment"]["noise"], about["experiment"]["train_size"]
    np.savez(tmp_path / "older.npz", **arrays | {"about": json.dumps(about)})
    assert Result.load(tmp_path / "older.npz").experiment == result.experiment


def test_an_interrupted_result_is_saved_too(tmp_path):
    made([0.5, np.nan]).save(tmp_path / "result.npz")
    loaded = Result.load(tmp_path / "result.npz")
    assert loaded.networks == (None, None)
    assert not loaded.complete


def test_the_file_holds_no_pickle(result, tmp_path):
    result.save(tmp_path / "result.npz")
    with np.load(tmp_path / "result.npz", allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file)
    with zipfile.ZipFile(tmp_path / "result.npz") as archive:
        assert "about.npy" in archive.namelist()


def test_a_file_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    with pytest.raises(ValueError, match="path") as caught:
        Result.load(tmp_path / "other.npz")
    assert str(caught.value) == (
        f"`path` must be a file written by Result.save. Received: path={str(tmp_path / 'other.npz')!r}. "
        "Save with Result.save first; if this file was, it is damaged."
    )
