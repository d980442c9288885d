"""The race: two networks that differ in batch normalization alone, in slices, to an honest end."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.experiments import Experiment, train
from helpers.widgets.race_engine import Race

RELU = Experiment(batch_norm=True, activation="relu", steps=60)


def test_a_race_in_slices_is_the_training_of_the_experiments():
    race = Race(RELU)
    for steps in (1, 4, 10, 45):
        race.advance(steps)
    for side in (True, False):
        trained = train(replace(RELU, batch_norm=side), seeds=1, progress=False)
        assert race.sides[side].accuracies[-1] == pytest.approx(trained.validation_accuracy[0, -1], abs=0.01)


def test_both_begin_with_the_same_kernels():
    race = Race(RELU)
    kernels = [[layer["kernel"] for layer in race.sides[side].network().parameters] for side in (True, False)]
    assert all(np.array_equal(one, other) for one, other in zip(*kernels))


def test_no_step_is_taken_beyond_the_end():
    race = Race(RELU)
    race.advance(50)
    assert not race.over
    race.advance(50)
    assert race.over
    assert [side.step for side in race.sides.values()] == [60, 60]
    assert race.sides[True].steps == [0, 50, 60]


def test_a_rate_of_a_million_diverges_and_says_when():
    race = Race(replace(RELU, learning_rate=1e6))
    race.advance(60)
    assert race.over
    for side in race.sides.values():
        assert 1 < side.diverged_at < 30
        assert side.step == side.diverged_at


def test_a_batch_of_one_trains_to_nothing_with_batch_normalization():
    race = Race(replace(RELU, batch_size=1))
    race.advance(60)
    assert race.sides[True].accuracies[-1] < 0.3


def test_a_batch_that_is_larger_than_the_training_set_is_refused():
    message = (
        "`batch_size` must be at most the number of training images, 1260. "
        "Received: batch_size=5000. Choose a smaller batch."
    )
    with pytest.raises(ValueError, match=rf"^{message}$"):
        Race(replace(RELU, batch_size=5000))


def test_steps_per_second_counts_training_alone():
    race = Race(RELU)
    assert race.sides[True].steps_per_second == 0
    race.advance(20)
    one = race.sides[True]
    assert one.steps_per_second == pytest.approx(20 / one.seconds)


@pytest.mark.parametrize("seed", range(3))
def test_lesson_04_says_who_wins_with_batches_of_one(seed):
    race = Race(replace(RELU, batch_size=1, learning_rate=0.01, init_scale=0.2, steps=500), seed)
    race.advance(500)
    assert race.sides[False].accuracies[-1] > 0.5
    assert race.sides[True].accuracies[-1] < 0.3
