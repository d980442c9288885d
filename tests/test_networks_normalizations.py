"""Five choices of what shares a mean: values against the layer of lesson 01, gradients against central differences."""

import re

import numpy as np
import pytest

from helpers import batchnorm, gradcheck
from helpers.networks.normalizations import batch_statistics, normalize, normalize_backward

RNG = np.random.default_rng(0)
X = RNG.normal(3, 2, (8, 6))
SETTINGS = [("batch", None), ("ghost", 4), ("group", 3), ("layer", None)]


def plain(x, **settings):
    return batchnorm.forward(x, np.ones(x.shape[1]), np.zeros(x.shape[1]), **settings)[0]


def test_batch_is_batch_normalization():
    np.testing.assert_allclose(normalize(X, "batch")[0], plain(X), atol=1e-12)


def test_ghost_is_batch_normalization_of_each_part():
    np.testing.assert_allclose(normalize(X, "ghost", 4)[0], np.concatenate([plain(X[:4]), plain(X[4:])]), atol=1e-12)


def test_layer_is_batch_normalization_of_the_transposed():
    np.testing.assert_allclose(normalize(X, "layer")[0], plain(X.T).T, atol=1e-12)


def test_group_is_layer_normalization_of_neighbouring_features():
    parts = [normalize(X[:, i : i + 2], "layer")[0] for i in (0, 2, 4)]
    np.testing.assert_allclose(normalize(X, "group", 3)[0], np.concatenate(parts, axis=1), atol=1e-12)


@pytest.mark.parametrize(("kind", "size"), SETTINGS)
def test_the_backward_pass_agrees_with_central_differences(kind, size):
    dy = RNG.normal(size=X.shape)
    _, cache = normalize(X, kind, size)
    measured = gradcheck.numerical_gradient(lambda x: normalize(x, kind, size)[0], X, dy)
    assert gradcheck.relative_error(normalize_backward(dy, cache), measured) < 1e-6


@pytest.mark.parametrize(("kind", "size"), SETTINGS)
def test_networks_side_by_side_know_nothing_of_each_other(kind, size):
    stacked = np.stack([X, 100 * X])[:, None]
    np.testing.assert_allclose(normalize(stacked, kind, size)[0][0, 0], normalize(X, kind, size)[0], atol=1e-12)


@pytest.mark.parametrize(("kind", "size"), [("group", 3), ("layer", None)])
def test_without_statistics_of_the_batch_each_example_is_alone(kind, size):
    np.testing.assert_allclose(normalize(X[:1], kind, size)[0], normalize(X, kind, size)[0][:1], atol=1e-12)


def test_the_memory_gets_the_moments_of_the_batch():
    mean, variance = batch_statistics(normalize(X, "batch")[1])
    np.testing.assert_allclose((mean[0], variance[0]), batchnorm.batch_moments(X), atol=1e-12)


def test_the_memory_gets_the_mean_of_the_ghost_batches_moments():
    mean, variance = batch_statistics(normalize(np.array([[1.0], [3.0], [8.0], [12.0]]), "ghost", 2)[1])
    assert (mean.tolist(), variance.tolist()) == ([[6.0]], [[2.5]])


def test_layer_normalization_has_nothing_to_remember():
    message = "`kind` must be one of 'batch', 'ghost'. Received: kind='layer'. Choose one of them."
    with pytest.raises(ValueError, match=re.escape(message)):
        batch_statistics(normalize(X, "layer")[1])


@pytest.mark.parametrize(
    ("kind", "size", "message"),
    [
        ("ghost", 3, "`size` must divide the number of examples, 8. Received: size=3. Pass a divisor."),
        ("group", 4, "`size` must divide the number of features, 6. Received: size=4. Pass a divisor."),
        (
            "instance",
            None,
            "`kind` must be one of 'batch', 'ghost', 'group', 'layer'. Received: kind='instance'. Choose one of them.",
        ),
    ],
)
def test_what_cannot_be_arranged_is_refused(kind, size, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        normalize(X, kind, size)


def test_a_missing_size_is_asked_for():
    message = (
        "`size` must be an integer. Received: size=None. "
        "Pass the examples of a ghost batch, or the number of groups of features."
    )
    with pytest.raises(TypeError, match=re.escape(message)):
        normalize(X, "ghost")
