"""train and sweep: what is compared is comparable, every run is counted, and grouping changes no number."""

import dataclasses
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from helpers import data
from helpers.experiments import Experiment, Result, Results, plan, running, sweep, train
from helpers.experiments.stack import Run, Stack, train_stack
from helpers.networks import draws

BASE = Experiment(batch_norm=True, activation="relu", hidden=(30, 20), steps=100, evaluations=4)
WITHOUT = dataclasses.replace(BASE, batch_norm=False)


def assert_equal(one, other, rtol=1e-5):
    np.testing.assert_allclose(one.train_loss, other.train_loss, rtol=rtol)
    np.testing.assert_array_equal(one.test_accuracy, other.test_accuracy)
    for seed in one.seeds:
        for mine, theirs in zip(one.network(seed).arrays().values(), other.network(seed).arrays().values()):
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=1e-6)


# -- fair by construction ---------------------------------------------------------------------------------------------


def test_with_and_without_start_from_the_same_kernels():
    results = sweep([dataclasses.replace(e, steps=0) for e in (BASE, WITHOUT)], seeds=3)
    with_it, without = results.values()
    for seed in range(3):
        for one, other in zip(with_it.network(seed).parameters, without.network(seed).parameters):
            np.testing.assert_array_equal(one["kernel"], other["kernel"])
    assert np.abs(with_it.network(0).parameters[0]["kernel"] - with_it.network(1).parameters[0]["kernel"]).max() > 0.05


class Recorder:
    """Stands in for a stack's network and keeps the batches that it is given."""

    def __init__(self, network):
        self.seen, self.network = [], network.network

    def step(self, x, labels):
        self.seen.append((x.copy(), labels.copy()))
        return np.zeros(len(x))


def batches_of(experiment, seeds):
    stack = Stack([(experiment, seed) for seed in seeds])
    stack._prepare()
    stack._network = Recorder(stack._network)
    stack._steps(50)
    return stack._network.seen


def test_with_and_without_see_the_same_batches_in_the_same_order():
    for (x, labels), (other_x, other_labels) in zip(batches_of(BASE, [0, 1]), batches_of(WITHOUT, [0, 1]), strict=True):
        np.testing.assert_array_equal(x, other_x)
        np.testing.assert_array_equal(labels, other_labels)


def test_batches_are_the_training_images_of_the_seeds_own_split_in_the_drawn_order():
    seen = batches_of(BASE, [4, 2])
    for run, seed in enumerate([4, 2]):
        split = data.load("digits", split=seed)
        order = draws.Batches(seed, len(split.x_train), 60).take(50)
        for (x, labels), batch in zip(seen, order, strict=True):
            np.testing.assert_array_equal(x[run], split.x_train[batch].reshape(60, 64))
            np.testing.assert_array_equal(labels[run], split.y_train[batch])


def test_train_size_takes_the_first_training_images_only():
    allowed = data.load("digits", split=0).x_train[:70].reshape(70, 64)
    seen = np.unique(
        np.concatenate([x[0] for x, _ in batches_of(dataclasses.replace(BASE, train_size=70), [0])]), axis=0
    )
    assert len(seen) == len(np.unique(allowed, axis=0))
    np.testing.assert_array_equal(seen, np.unique(allowed, axis=0))


# -- what is recorded -------------------------------------------------------------------------------------------------


def test_default_is_5_seeds_and_21_evaluations():
    result = train(dataclasses.replace(BASE, steps=40, evaluations=20))
    assert result.seeds == (0, 1, 2, 3, 4)
    assert result.step.tolist() == list(range(0, 41, 2))
    assert result.train_loss.shape == result.validation_accuracy.shape == (5, 21)
    for per_seed in (result.test_accuracy, result.train_accuracy, result.seconds, result.diverged, result.steps_done):
        assert per_seed.shape == (5,)
    assert result.steps_done.tolist() == [40] * 5
    assert result.complete


def test_accuracies_are_those_of_the_network_on_the_seeds_own_split():
    result = train(BASE, seeds=[3, 1])
    for i, seed in enumerate(result.seeds):
        split, network = data.load("digits", split=seed), result.network(seed)
        assert result.test_accuracy[i] == network.accuracy(split.x_test, split.y_test)
        assert result.train_accuracy[i] == network.accuracy(split.x_train, split.y_train)
        assert result.validation_accuracy[i, -1] == network.accuracy(split.x_validation, split.y_validation)


def test_the_loss_is_the_mean_over_the_batches_since_the_evaluation_before():
    every = train(dataclasses.replace(BASE, steps=20, evaluations=20), seeds=2).train_loss
    fourth = train(dataclasses.replace(BASE, steps=20, evaluations=5), seeds=2).train_loss
    np.testing.assert_allclose(fourth[:, 1:], every[:, 1:].reshape(2, 5, 4).mean(axis=2), rtol=1e-5)


def test_the_first_loss_is_that_of_the_first_batch_before_any_training():
    result = train(dataclasses.replace(BASE, steps=1), seeds=2)
    np.testing.assert_allclose(result.train_loss[:, 0], result.train_loss[:, 1], rtol=1e-6)


def test_no_steps_give_the_initial_network():
    result = train(dataclasses.replace(BASE, steps=0), seeds=2)
    assert result.step.tolist() == [0]
    expected = draws.initial_kernels(BASE, 1, 64, 10)
    for layer, kernel in zip(result.network(1).parameters, expected):
        np.testing.assert_array_equal(layer["kernel"], kernel)
    assert np.isnan(result.steps_per_second)


def test_calls_are_repeatable():
    assert_equal(train(BASE, seeds=2), train(BASE, seeds=2), rtol=0)


def test_training_leaves_the_global_random_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    train(dataclasses.replace(BASE, steps=3, dropout=0.5, noise=0.5), seeds=1)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_divergence_is_recorded_and_raises_nothing():
    wild = dataclasses.replace(WITHOUT, init_scale=5, learning_rate=1e38)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = train(wild, seeds=3)
    assert result.diverged.tolist() == [True] * 3
    assert (result.test_accuracy <= 0.2).all()
    assert result.complete
    assert train(BASE, seeds=3).diverged.tolist() == [False] * 3


# -- grouping does not matter -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("experiment", [BASE, WITHOUT, dataclasses.replace(BASE, placement="after", activation="tanh")])
def test_one_run_alone_is_the_run_among_twenty(experiment):
    twenty = train(experiment, seeds=20)
    assert_equal(train(experiment, seeds=[7]), dataclasses.replace(twenty, **_only(twenty, 7)))


def _only(result, seed):
    i = result.seeds.index(seed)
    per_seed = ("train_loss", "validation_accuracy", "train_accuracy", "test_accuracy", "seconds", "diverged")
    kept = {name: getattr(result, name)[i : i + 1] for name in per_seed}
    return kept | {"seeds": (seed,), "networks": (result.networks[i],)}


def test_settings_in_one_stack_do_not_mix():
    changes = [{"learning_rate": 0.3}, {"init_scale": "he"}, {"weight_decay": 0.01}, {"output_init_scale": 1.0}]
    experiments = [BASE, *(dataclasses.replace(BASE, **change) for change in changes)]
    together = sweep(experiments, seeds=2)
    for experiment in experiments:
        assert_equal(train(experiment, seeds=2), together[experiment])


def test_dropout_and_noise_do_not_depend_on_the_grouping():
    noisy = dataclasses.replace(BASE, dropout=0.2, noise=0.5, steps=30)
    together = train(noisy, seeds=4)
    assert_equal(train(noisy, seeds=[2]), dataclasses.replace(together, **_only(together, 2)))


def test_a_sweep_keeps_the_order_of_the_experiments():
    experiments = [WITHOUT, BASE, dataclasses.replace(BASE, steps=3)]
    results = sweep(experiments, seeds=1)
    assert isinstance(results, Results)
    assert list(results) == experiments
    assert all(isinstance(result, Result) and result.experiment == e for e, result in results.items())


# -- executors --------------------------------------------------------------------------------------------------------


def test_a_process_pool_gives_the_same_results():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        elsewhere = sweep([BASE, WITHOUT], seeds=3, executor=pool)
    for experiment, result in sweep([BASE, WITHOUT], seeds=3).items():
        assert_equal(result, elsewhere[experiment])


def test_a_thread_pool_gives_the_same_results():
    with ThreadPoolExecutor(3) as pool:
        assert_equal(train(BASE, seeds=3, executor=pool), train(BASE, seeds=3))


def test_an_error_in_a_worker_is_raised(monkeypatch):
    def fails(*args, **rest):
        raise MemoryError("no room")

    monkeypatch.setattr(running, "train_stack", fails)
    with pytest.raises(MemoryError, match="no room"):
        train(BASE, seeds=4)


# -- interruption (with a real signal: test_experiments_interrupt.py) --------------------------------------------------


class StopAfter:
    """An event that is set from the n-th look on."""

    def __init__(self, looks):
        self.left = looks

    def is_set(self):
        self.left -= 1
        return self.left < 0


def test_a_stack_that_is_stopped_hands_over_how_far_each_seed_got():
    pairs = [(BASE, 0), (BASE, 1)]
    looks = 2 + 2 + 2 + 30  # data of two seeds, two first evaluations, 30 of the steps
    runs = train_stack(pairs, StopAfter(looks - 2))
    result = Result.of(BASE, (0, 1), runs)
    assert not result.complete
    assert result.steps_done.tolist() == [28, 28] or result.steps_done.tolist() == [30, 30]
    assert np.isfinite(result.validation_accuracy[:, :2]).all()
    assert np.isnan(result.validation_accuracy[:, 2:]).all()
    assert np.isnan(result.test_accuracy).all()
    full = train(BASE, seeds=2)
    np.testing.assert_array_equal(result.train_loss[:, :2], full.train_loss[:, :2])


def test_a_stack_that_is_stopped_at_once_knows_nothing():
    for run in train_stack([(BASE, 0)], StopAfter(0)):
        assert run.network is None
        assert run.steps_done == 0
        assert np.isnan(run.train_loss).all()


def test_the_network_of_a_seed_that_never_began_is_refused():
    result = Result.of(BASE, (0,), [Run.empty(BASE)])
    with pytest.raises(ValueError, match="began") as caught:
        result.network(0)
    assert str(caught.value) == (
        "`seed` must be one whose training began. Received: seed=0. The training was stopped before: train again."
    )


# -- refusals ---------------------------------------------------------------------------------------------------------

NO_EXPERIMENT = "Make one: Experiment(batch_norm=True, activation='relu')."


MORE = "To repeat one, pass more seeds."
ALONE = "Pass a list; for one experiment alone call train."
IMAGES = "must be at most the number of training images. Received:"
SMALLER, FEWER = "Choose a smaller batch or more images.", "Choose fewer, or None for all."
DIFFERENT = "`experiments` must be at least one, each different. Received:"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: train("relu"), f"`experiment` must be an Experiment. Received: experiment='relu'. {NO_EXPERIMENT}"),
        (
            lambda: sweep([BASE, 3]),
            f"`experiments[1]` must be an Experiment. Received: experiments[1]=3. {NO_EXPERIMENT}",
        ),
        (lambda: sweep(3), f"`experiments` must be a sequence of Experiments. Received: experiments=3. {ALONE}"),
        (lambda: sweep([]), f"{DIFFERENT} 0 experiments, 0 different. {MORE}"),
        (lambda: sweep([BASE, BASE]), f"{DIFFERENT} 2 experiments, 1 different. {MORE}"),
        *[
            (
                lambda name=name: train(dataclasses.replace(BASE, **{name: 1261})),
                f"`{name}` {IMAGES} {name}=1261, images=1260. {advice}",
            )
            for name, advice in (("batch_size", SMALLER), ("train_size", FEWER))
        ],
    ],
)
def test_arguments_that_are_refused(call, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert str(caught.value) == message


def test_plan_and_engine_agree_on_what_may_differ_in_a_stack():
    assert set(plan.FREE) == {"learning_rate", "init_scale", "output_init_scale", "weight_decay"}
