"""How far a gradient can be trusted: by hand, by definition, and on small networks."""

import numpy as np
import pytest

from helpers import data
from helpers.experiments import Experiment, train
from helpers.lessons.l12.drift import drift
from helpers.lessons.l12.landscape import gradient_change, promise_kept, step, survey

SMALL = Experiment(batch_norm=True, activation="tanh", hidden=(8, 6), learning_rate=0.5, init_scale="he", steps=5)


@pytest.fixture(scope="module")
def network():
    return train(SMALL, seeds=[0]).network(0)


@pytest.fixture(scope="module")
def batch():
    split = data.load(split=0)
    return split.x_train[:60], split.y_train[:60]


class Bowl:
    """loss = w² / 2 for one weight w, so that the gradient is w."""

    def __init__(self, w):
        self.parameters = [{"kernel": np.array([[w]])}]

    def copy(self):
        return Bowl(self.parameters[0]["kernel"].item())

    def loss_and_gradients(self, x, y):
        w = self.parameters[0]["kernel"]
        return w.item() ** 2 / 2, [{"kernel": w}]


def test_in_a_bowl_a_step_of_rate_r_keeps_one_minus_half_r_of_its_promise():
    # (w² / 2 - (1 - r)² w² / 2) / (r w²) = 1 - r / 2
    assert promise_kept(Bowl(3.0), None, None, [0.1, 1, 2, 4]) == pytest.approx([0.95, 0.5, 0.0, -1.0])


def test_a_tiny_step_keeps_its_promise(network, batch):
    assert promise_kept(network, *batch, [1e-5]) == pytest.approx([1.0], abs=1e-3)


def test_the_measurements_leave_the_network_as_it_is(network, batch):
    before = {name: array.copy() for name, array in network.arrays().items()}
    promise_kept(network, *batch, [0.5])
    gradient_change(network, *batch, 0.5)
    assert all((network.arrays()[name] == array).all() for name, array in before.items())


def test_gradients_hardly_change_for_a_tiny_step_and_in_proportion_to_it(network, batch):
    tiny, twice = gradient_change(network, *batch, 1e-6), gradient_change(network, *batch, 2e-6)
    assert tiny.max() < 1e-3
    assert twice / tiny == pytest.approx([2, 2], rel=1e-3)


def test_the_second_layers_gradient_changes_by_the_first_layers_step_alone(network, batch):
    _, g = network.loss_and_gradients(*batch)
    mixed = network.copy()
    mixed.parameters[0] = {name: p - 0.5 * g[0][name] for name, p in mixed.parameters[0].items()}
    _, after = mixed.loss_and_gradients(*batch)
    expected = np.linalg.norm(after[1]["kernel"] - g[1]["kernel"]) / np.linalg.norm(g[1]["kernel"])
    assert gradient_change(network, *batch, 0.5)[0] == pytest.approx(expected, rel=1e-3)


def test_a_step_moves_every_parameter_against_its_gradient(network, batch):
    _, g = network.loss_and_gradients(*batch)
    moved = step(network, g, 2.0)
    for old, new, gradient in zip(network.parameters, moved.parameters, g):
        assert old.keys() == new.keys()
        for name in old:
            assert new[name] == pytest.approx(old[name] - 2.0 * gradient[name])


def test_longer_kernels_before_a_normalization_keep_more_of_the_promise_with_equal_predictions(network, batch):
    longer = network.copy()
    for layer in longer.parameters[:-1]:
        layer["kernel"] = layer["kernel"] * 10
    assert longer.predict(batch[0], training=True) == pytest.approx(network.predict(batch[0], training=True), abs=0.02)
    assert promise_kept(longer, *batch, [0.5])[0] > promise_kept(network, *batch, [0.5])[0]


def test_a_survey_has_a_row_for_each_seed_and_uses_multiples_of_the_rate():
    result, kept, changes, _ = survey(SMALL, (0.5, 1), seeds=[3, 0])
    split, network = data.load(split=3), result.network(3)
    batch = split.x_train[:60], split.y_train[:60]
    assert kept.shape == (2, 2)
    assert changes.shape == (2, 2)
    assert kept[0] == pytest.approx(promise_kept(network, *batch, [0.25, 0.5]))
    assert changes[0] == pytest.approx(gradient_change(network, *batch, 0.5))


def test_a_surveys_drifts_are_those_of_one_step_on_its_batch():
    result, _, _, drifts = survey(SMALL, (1,), seeds=[3])
    split, network = data.load(split=3), result.network(3)
    x, y = split.x_train[:60], split.y_train[:60]
    moved = step(network, network.loss_and_gradients(x, y)[1], 0.5)
    pairs = zip(network.pre_activations(x, training=True), moved.pre_activations(x, training=True))
    assert drifts[0] == pytest.approx([drift(before, after) for before, after in pairs], rel=1e-3)


@pytest.mark.parametrize(("measure", "name"), [(promise_kept, "rates"), (gradient_change, "rate")])
def test_a_rate_of_zero_is_refused(network, batch, measure, name):
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        measure(network, *batch, [0] if name == "rates" else 0)
    assert str(error.value) == f"`{name}` must be above 0. Received: {name}=0. Pass a learning rate such as 0.1."
