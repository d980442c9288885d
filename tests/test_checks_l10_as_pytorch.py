"""What PyTorch computes, in NumPy: by hand, beside Keras, and beside PyTorch itself where it is installed."""

import importlib.util

import numpy as np
import pytest

from helpers.checks.l10.as_pytorch import forward, outline


def test_a_convolution_sums_over_the_channels_of_its_group():
    images = np.array([[[[1.0, 2.0], [3.0, 4.0]], [[10.0, 20.0], [30.0, 40.0]]]])  # (1, 2, 2, 2)
    one = {"0.weight": np.ones((1, 2, 2, 2)), "0.bias": np.array([5.0])}
    assert forward([("conv", {"padding": 0, "groups": 1})], one, images).tolist() == [[[[115.0]]]]
    each = {"0.weight": np.ones((2, 1, 2, 2))}
    assert forward([("conv", {"padding": 0, "groups": 2})], each, images).ravel().tolist() == [10.0, 100.0]


def test_a_normalization_reads_what_is_stored_and_flatten_lets_the_last_axis_change_fastest():
    state = {"0.weight": [2.0], "0.bias": [1.0], "0.running_mean": [3.0], "0.running_var": [3.75]}
    x = np.array([[[[3.0, 5.0], [7.0, 1.0]]]])
    y = forward([("norm", {"eps": 0.25}), ("relu", {}), ("flatten", {})], state, x)
    np.testing.assert_allclose(y, [[1.0, 3.0, 5.0, 0.0]])


@pytest.fixture(scope="module")
def network():
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed here.")
    from helpers.checks.l10.to_state_dict import due_state, example

    model = example()
    return model, {name: array for name, (array, _) in due_state(model).items()}


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(size=(6, 5, 4, 2)).astype(np.float32)


@pytest.mark.keras
def test_the_state_that_the_check_wants_gives_keras_s_outputs(network, images):
    model, state = network
    due = np.asarray(model(images, training=False))
    found = forward(outline(model), state, images.transpose(0, 3, 1, 2))
    assert np.abs(found - due).max() < 1e-5 * np.abs(due).max()


NO_TORCH = "PyTorch is not part of the course's environment (gigabytes on Linux): make test-extras"


@pytest.mark.weekly
@pytest.mark.keras
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason=NO_TORCH)
def test_pytorch_itself_loads_the_state_and_gives_keras_s_outputs(network, images):
    import torch
    from torch import nn

    model, state = network
    modules = [
        nn.Conv2d(2, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4, eps=1e-3),
        nn.ReLU(),
        nn.Conv2d(4, 8, 3, padding=1, groups=4),
        nn.BatchNorm2d(8, eps=0.02),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(160, 6, bias=False),
        nn.BatchNorm1d(6, eps=1e-3),
        nn.ReLU(),
        nn.Linear(6, 6),
    ]
    theirs = nn.Sequential(*modules).eval()
    theirs.load_state_dict({name: torch.tensor(np.array(array)) for name, array in state.items()})
    ours, found = images, torch.tensor(images.transpose(0, 3, 1, 2))
    with torch.no_grad():
        for layer, module in zip(model.layers, theirs, strict=True):  # convolution, depthwise, odd epsilons, dense
            ours, found = layer(ours), module(found)
            due = np.asarray(ours).transpose(0, 3, 1, 2) if ours.ndim == 4 else np.asarray(ours)
            if not isinstance(module, nn.Flatten):
                assert np.abs(found.numpy() - due).max() < 1e-5 * np.abs(due).max()
