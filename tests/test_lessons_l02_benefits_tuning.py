"""How learning rates are chosen in lesson 02: for both sides, by validation data, from runs that are all there."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.experiments import Experiment, Results, sweep
from helpers.experiments.running import train
from helpers.lessons.l02.benefits import tuning

TINY = Experiment(batch_norm=False, activation="relu", hidden=(4,), init_scale="he", steps=2, evaluations=1)


@pytest.fixture(scope="module")
def found():
    return tuning.tune([TINY, replace(TINY, activation="tanh")], (0.01, 0.5), 10, progress=False)


def test_tuning_trains_both_sides_of_each_condition_at_each_rate(found):
    results, _ = found
    trained = {(e.batch_norm, e.activation, e.learning_rate) for e in results}
    assert len(trained) == len(results) == 8


def test_tuning_chooses_an_experiment_for_each_condition_and_side(found):
    _, chosen = found
    assert [e.activation for e in chosen[False]] == [e.activation for e in chosen[True]] == ["relu", "tanh"]
    assert not any(e.batch_norm for e in chosen[False])
    assert all(e.batch_norm for e in chosen[True])


def test_the_chosen_rate_has_the_highest_mean_validation_accuracy(found):
    results, chosen = found
    for experiment in chosen[True]:
        other = replace(experiment, learning_rate={0.01: 0.5, 0.5: 0.01}[experiment.learning_rate])
        assert tuning.validation_score(results[experiment]) >= tuning.validation_score(results[other])


def test_the_choice_does_not_look_at_test_accuracy():
    a, b = replace(TINY, learning_rate=0.01), replace(TINY, learning_rate=0.5)
    results = dict(sweep([a, b], 2, progress=False))
    results[a].validation_accuracy[:, -1], results[b].validation_accuracy[:, -1] = 0.6, 0.5
    results[a].test_accuracy[:], results[b].test_accuracy[:] = 0.0, 1.0
    assert tuning.best(results, [a, b]) is a


def test_of_equal_rates_the_first_is_chosen():
    a, b = replace(TINY, learning_rate=0.0), replace(TINY, learning_rate=0.0, evaluations=2)
    results = sweep([a, b], 1, progress=False)
    assert tuning.best(results, [a, b]) == a


def test_a_score_of_its_own_can_choose(found):
    results, _ = found
    slowest = tuning.best(results, list(results), score=lambda result: -result.experiment.learning_rate)
    assert slowest.learning_rate == 0.01


def test_tuning_first_trains_only_the_chosen_with_more_seeds():
    results, chosen = tuning.tuned_first([TINY], (0.01, 0.5), 11, 10, progress=False)
    assert list(results) == [chosen[False][0], chosen[True][0]]
    assert tuning.seeds_of(results) == tuple(range(11))


def test_accuracies_have_a_row_a_seed_and_a_column_a_condition(found):
    results, chosen = found
    values = tuning.test_accuracies(results, chosen)
    assert values[True].shape == (10, 2)
    np.testing.assert_array_equal(values[True][:, 1], results[chosen[True][1]].test_accuracy)


def test_nine_seeds_are_refused_before_training():
    with pytest.raises(ValueError) as error:  # noqa: PT011
        tuning.tune([replace(TINY, steps=10**9)], (0.1,), 9)
    assert str(error.value) == (
        "`seeds` must be at least 10: an interval from fewer is not honest. Received: seeds=9. "
        "Pass more seeds, and fewer steps or settings if it takes too long."
    )


def test_an_interrupted_training_is_refused(monkeypatch):
    result = train(TINY, 2, progress=False)
    result.test_accuracy[1] = np.nan
    monkeypatch.setattr(tuning, "sweep", lambda experiments, seeds, progress: Results({TINY: result}))
    with pytest.raises(RuntimeError) as error:
        tuning.train_all([TINY], 2)
    assert str(error.value) == (
        "A verdict needs every run to the end. Received: finished=1 of 2 runs. Run it again, or pass fewer steps."
    )


def test_equal_experiments_are_trained_once():
    assert len(tuning.train_all([TINY, replace(TINY)], 1, progress=False)) == 1
