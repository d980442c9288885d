"""One network: what it predicts, its gradients, copies and files, and what it refuses."""

import re
from itertools import pairwise

import numpy as np
import pytest

from helpers import batchnorm
from helpers.gradcheck import numerical_gradient, relative_error
from helpers.networks import layers
from helpers.networks.network import Network, network_from

NORMALIZED = ["before", "after", None]


def network(normalized="before", activation="tanh", dtype=np.float64, **settings):
    """4 pixels, hidden layers of 3 and 5 units, 3 classes; every parameter random."""
    rng, sizes = np.random.default_rng(0), (4, 3, 5, 3)
    parameters, moving = [], []
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        layer = {"kernel": rng.normal(size=(n_in, n_out))}
        output = i + 1 == len(sizes) - 1
        if output or normalized != "before":
            layer["bias"] = rng.normal(size=n_out)
        if normalized and not output:
            layer |= {"gamma": rng.normal(1, 0.5, n_out), "beta": rng.normal(size=n_out)}
            moving.append({"moving_mean": rng.normal(size=n_out), "moving_variance": rng.uniform(0.5, 2, n_out)})
        parameters.append(layer)
    cast = [[{k: v.astype(dtype) for k, v in part.items()} for part in group] for group in (parameters, moving)]
    return Network(*cast, activation=activation, normalized=normalized, **settings)


@pytest.fixture
def images():
    return np.random.default_rng(1).normal(size=(6, 2, 2))


LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize("normalized", NORMALIZED)
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_gradients_agree_with_central_differences(normalized, activation, images):
    net = network(normalized, activation)
    _, gradients = net.loss_and_gradients(images, LABELS)
    for layer, parameters in enumerate(net.parameters):
        assert gradients[layer].keys() == parameters.keys()
        for name, value in parameters.items():

            def loss(changed, layer=layer, name=name):
                other = net.copy()
                other.parameters[layer][name] = changed
                return other.loss_and_gradients(images, LABELS)[0]

            assert relative_error(gradients[layer][name], numerical_gradient(loss, value)) < 1e-6, (layer, name)


@pytest.mark.parametrize("normalized", NORMALIZED)
def test_gradients_with_dropout_and_noise_agree_with_central_differences(normalized, images):
    net = network(normalized, dropout=0.3, noise=0.5)

    def loss_and_gradients(other):
        return other.loss_and_gradients(images, LABELS, rng=np.random.default_rng(5))

    _, gradients = loss_and_gradients(net)
    assert loss_and_gradients(net)[0] != net.loss_and_gradients(images, LABELS)[0]
    for name, value in net.parameters[0].items():

        def loss(changed, name=name):
            other = net.copy()
            other.parameters[0][name] = changed
            return loss_and_gradients(other)[0]

        assert relative_error(gradients[0][name], numerical_gradient(loss, value)) < 1e-6, name


def test_the_loss_of_equal_logits_is_the_log_of_the_classes(images):
    net = network()
    net.parameters[-1] = {name: np.zeros_like(value) for name, value in net.parameters[-1].items()}
    assert net.loss_and_gradients(images, LABELS)[0] == pytest.approx(np.log(3))


def test_predictions_are_probabilities_for_flat_and_square_images(images):
    probabilities = network().predict(images)
    assert probabilities.shape == (6, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(network().predict(images.reshape(6, 4)), probabilities)


def test_inference_by_the_courses_formulas(images):
    net = network("before", "relu")
    x = images.reshape(6, 4)
    for layer, moving in zip(net.parameters, net.moving_statistics):
        z = x @ layer["kernel"]
        x = np.maximum(batchnorm.inference(z, layer["gamma"], layer["beta"], *moving.values()), 0)
    logits = x @ net.parameters[-1]["kernel"] + net.parameters[-1]["bias"]
    np.testing.assert_allclose(net.predict(images), layers.softmax(logits), rtol=1e-10)


def test_with_moving_statistics_an_image_is_predicted_as_in_any_batch(images):
    alone = np.concatenate([network().predict(images[i : i + 1]) for i in range(6)])
    np.testing.assert_allclose(network().predict(images), alone, rtol=1e-12)


def test_in_training_mode_single_images_all_get_the_same_prediction(images):
    single = network().predict(images, training=True, batch_size=1)
    np.testing.assert_array_equal(single, np.broadcast_to(single[0], single.shape))
    assert np.abs(network().predict(images, training=True) - single).max() > 0.1


def test_batch_size_divides_the_images_in_training_mode(images):
    parts = [network().predict(images[i : i + 4], training=True) for i in (0, 4)]
    np.testing.assert_array_equal(network().predict(images, training=True, batch_size=4), np.concatenate(parts))


def test_no_images_give_no_predictions():
    assert network().predict(np.empty((0, 4))).shape == (0, 3)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("normalized", NORMALIZED)
def test_pre_activations_and_activations_fit_each_other(normalized, training, images):
    net = network(normalized)
    before, after = net.pre_activations(images, training), net.activations(images, training)
    assert [z.shape for z in before] == [(6, 3), (6, 5)]
    if normalized != "after":
        for z, y in zip(before, after):
            np.testing.assert_array_equal(np.tanh(z), y)
    np.testing.assert_allclose(
        layers.softmax(after[-1] @ net.parameters[-1]["kernel"] + net.parameters[-1]["bias"]),
        net.predict(images, training),
        rtol=1e-10,
    )


def test_pre_activations_in_training_mode_have_mean_beta_and_spread_gamma(images):
    net = network("before", epsilon=0.0)
    for z, layer in zip(net.pre_activations(images, training=True), net.parameters):
        np.testing.assert_allclose(z.mean(axis=0), layer["beta"], rtol=1e-9)
        np.testing.assert_allclose(z.std(axis=0), np.abs(layer["gamma"]), rtol=1e-9)


def test_predicting_in_training_mode_leaves_the_network_as_it_was(images):
    net, untouched = network(), network()
    net.predict(images, training=True)
    net.loss_and_gradients(images, LABELS)
    for name, array in untouched.arrays().items():
        np.testing.assert_array_equal(net.arrays()[name], array)


def test_a_network_of_nans_predicts_class_0_without_a_warning(images):
    net = network()
    net.parameters[0]["kernel"][:] = np.nan
    assert net.predict(images).argmax(axis=1).tolist() == [0] * 6
    assert net.accuracy(images, LABELS) == pytest.approx(1 / 3)


def test_a_copy_has_arrays_of_its_own(images):
    net = network()
    other = net.copy()
    other.parameters[0]["kernel"][:] = 0
    other.moving_statistics[0]["moving_mean"][:] = 9
    np.testing.assert_array_equal(net.predict(images), network().predict(images))


@pytest.mark.parametrize("normalized", NORMALIZED)
def test_a_saved_network_predicts_the_same_after_loading(normalized, images, tmp_path):
    net = network(normalized, dtype=np.float32)
    net.save(tmp_path / "net.npz")
    other = net.copy()
    other.parameters[0]["kernel"][:] = 0
    assert other.load(tmp_path / "net.npz") is other
    np.testing.assert_array_equal(other.predict(images), net.predict(images))
    assert other.parameters[0]["kernel"].dtype == np.float32


def test_arrays_and_about_make_the_network_again(images):
    net = network("after", "sigmoid", epsilon=0.5)
    np.testing.assert_array_equal(network_from(net.about(), net.arrays()).predict(images), net.predict(images))


def message(error, call):
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


SHAPE = "`x` must hold images of 4 pixels, shape (N, ...). Received: x.shape={}. "
SHAPE += "Pass a batch of images, also where it holds one."
WORDS = "`x` must be an array of real numbers. Received: x.dtype=<U1. Pass images, such as data.load().x_test."
FIT = "`y` must hold one integer label for each image, shape (6,). Received: {}. Pass the labels that belong to x."
OUTSIDE = "`y` must hold labels from 0 to 2. Received: y.min()=-1, y.max()=3. Pass the labels that belong to x."
SIX = np.ones((6, 4))
REFUSED = {
    "images of another size": ("predict", (np.ones((2, 3)),), SHAPE.format("(2, 3)")),
    "one image without a batch axis": ("predict", (np.ones(4),), SHAPE.format("(4,)")),
    "words": ("predict", ([["a"]],), WORDS),
    "batches of 0": (
        *("predict", (SIX, False, 0)),
        "`batch_size` must be at least 1. Received: batch_size=0. Pass a number of images, or None.",
    ),
    "too few labels": ("loss_and_gradients", (SIX, [0, 1]), FIT.format("y.shape=(2,), y.dtype=int64")),
    "floats for labels": ("loss_and_gradients", (SIX, np.zeros(6)), FIT.format("y.shape=(6,), y.dtype=float64")),
    "labels outside the classes": ("loss_and_gradients", (SIX, [0, 1, 2, 3, 0, -1]), OUTSIDE),
    "no images to be right about": (
        *("accuracy", (np.empty((0, 4)), np.empty(0, int))),
        "`x` must hold at least one image. Received: x.shape=(0, 4). Pass a batch.",
    ),
    "no images": (
        *("loss_and_gradients", (np.empty((0, 4)), np.empty(0, int))),
        "`x` must hold at least one image. Received: x.shape=(0, 4). Pass a batch.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    method, arguments, expected = REFUSED[case]
    assert message((TypeError, ValueError), lambda: getattr(network(), method)(*arguments)) == expected


def test_a_file_of_another_network_is_refused(tmp_path):
    network("before").save(tmp_path / "net.npz")
    text = message(ValueError, lambda: network(None).load(tmp_path / "net.npz"))
    assert re.fullmatch(
        r"`path` must hold a network like this one\. Received: activation='tanh', normalized='before', shapes=\{.*\}, "
        r"this network: activation='tanh', normalized=None, shapes=\{.*\}\. Load it into a network of the same "
        r"experiment\.",
        text,
    )
