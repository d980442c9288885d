"""Every array that the layer takes is named in its refusal: words, NaN, another length, a negative variance."""

import numpy as np
import pytest

from helpers import batchnorm

X, ONE = np.ones((4, 3)), np.ones(3)
CALLS = {
    "forward": (batchnorm.forward, {"x": X, "gamma": ONE, "beta": ONE}),
    "inference": (
        batchnorm.inference,
        {"x": X, "gamma": ONE, "beta": ONE, "moving_mean": ONE, "moving_variance": ONE},
    ),
    "fold": (
        batchnorm.fold,
        {"kernel": X, "bias": ONE, "gamma": ONE, "beta": ONE, "moving_mean": ONE, "moving_variance": ONE},
    ),
    "backward": (lambda dy: batchnorm.backward(dy, batchnorm.forward(X, ONE, ONE)[1]), {"dy": X}),
    "batch_moments": (batchnorm.batch_moments, {"x": X}),
    "update_moving": (batchnorm.update_moving, {"moving": ONE, "batch": ONE}),
    "combine_moments": (batchnorm.combine_moments, {"means": X, "variances": X, "counts": [1, 2, 3, 4]}),
}
ARRAYS = [(function, name) for function, (_, arguments) in CALLS.items() for name in arguments]
NAN = "Look at what computed it: a learning rate that is too high is the usual cause."


def refused(function, name, value, error):
    call, arguments = CALLS[function]
    with pytest.raises(error) as caught:
        call(**arguments | {name: value})
    return str(caught.value)


@pytest.mark.parametrize(("function", "name"), ARRAYS)
def test_words_are_refused_by_name(function, name):
    assert refused(function, name, [["a"]], TypeError) == (
        f"`{name}` must be an array of real numbers. Received: {name}.dtype=<U1. Pass a NumPy array of real numbers."
    )


@pytest.mark.parametrize(("function", "name"), ARRAYS)
def test_one_nan_is_refused_by_name(function, name):
    good = np.asarray(CALLS[function][1][name], float)
    value = good.copy()
    value.flat[-1] = np.nan
    assert refused(function, name, value, ValueError) == (
        f"`{name}` must be finite. Received: {name} with 1 of {value.size} numbers NaN or infinite. {NAN}"
    )


@pytest.mark.parametrize(("function", "name"), [pair for pair in ARRAYS if CALLS[pair[0]][1][pair[1]] is ONE])
def test_another_length_is_refused_by_name(function, name):
    message = refused(function, name, np.ones(5), ValueError)
    if function == "update_moving":
        assert message.startswith("`moving` and `batch` must have one shape. Received: ")
    else:
        assert message == (
            f"`{name}` must have shape (3,), one number for each feature. Received: {name}.shape=(5,). "
            f"Reshape or choose `{name}` to fit."
        )


@pytest.mark.parametrize(
    ("function", "name"),
    [("inference", "moving_variance"), ("fold", "moving_variance"), ("combine_moments", "variances")],
)
def test_a_negative_variance_is_refused_by_name(function, name):
    value = -np.asarray(CALLS[function][1][name])
    assert refused(function, name, value, ValueError) == (
        f"`{name}` must not be negative. Received: {name}.min()=-1. Pass variances (squares), not differences."
    )


@pytest.mark.parametrize(("function", "name"), [("forward", "x"), ("inference", "x"), ("fold", "kernel")])
def test_one_axis_is_refused_by_name(function, name):
    message = refused(function, name, ONE, ValueError)
    assert message.startswith(
        f"`{name}` must have at least two axes and at least one value. Received: {name}.shape=(3,)"
    )


@pytest.mark.parametrize("shape", [(3,), (2, 2, 3), (0, 3), (2, 0)])
def test_statistics_of_batches_have_two_axes_and_are_not_empty(shape):
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        batchnorm.combine_moments(np.ones(shape), np.ones(shape), np.ones(shape[0]))
    assert str(error.value) == (
        "`means` and `variances` must both have shape (K, C), with at least one batch. "
        f"Received: means.shape={shape}, variances.shape={shape}. Stack the batches' statistics."
    )


def test_moments_of_float32_batches_together_are_float32():
    mean, variance = batchnorm.combine_moments(*np.ones((2, 2, 3), np.float32), [1, 2])
    assert (mean.dtype, variance.dtype) == (np.float32, np.float32)


EPSILON = "Pass a small number such as 0.001; it is added to the variance, under the root."


def test_the_layer_refuses_an_epsilon_that_is_no_number_by_name():
    with pytest.raises(TypeError) as error:
        batchnorm.BatchNorm(3, epsilon="a")
    assert str(error.value) == f"`epsilon` must be a number. Received: epsilon='a'. {EPSILON}"


def test_the_layer_refuses_more_features_than_memory_holds():
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        batchnorm.BatchNorm(10**8 + 1)
    assert str(error.value) == (
        "`features` must be at most 100,000,000. Received: features=100000001. Pass the number of features, C."
    )


def test_the_layer_refuses_a_mode_that_is_neither_true_nor_false():
    with pytest.raises(TypeError) as error:
        batchnorm.BatchNorm(3)(X, training="no")
    assert str(error.value) == (
        "`training` must be True or False. Received: training='no'. "
        "Pass True to normalize with the batch's statistics, False to use the moving ones."
    )


@pytest.mark.parametrize("function", ["forward", "inference", "fold"])
def test_an_epsilon_that_is_no_number_is_refused_by_name(function):
    call, arguments = CALLS[function]
    with pytest.raises(TypeError) as error:
        call(**arguments, epsilon="a")
    assert str(error.value) == f"`epsilon` must be a number. Received: epsilon='a'. {EPSILON}"


@pytest.mark.parametrize("function", ["inference", "fold"])
def test_epsilon_zero_and_a_moving_variance_of_zero_are_refused_by_name(function):
    call, arguments = CALLS[function]
    with pytest.raises(ValueError) as error:  # noqa: PT011 the whole message is compared below
        call(**arguments | {"moving_variance": 0 * ONE}, epsilon=0)
    assert str(error.value) == (
        "`epsilon` must be above 0 where a moving_variance is 0. Received: epsilon=0.0, moving_variance.min()=0.0. "
        + EPSILON
    )


def test_a_cache_of_another_kind_is_refused():
    with pytest.raises(TypeError, match=r"^`cache` must be what forward returned\. Received: cache=\(1, 2\)\. "):
        batchnorm.backward(X, (1, 2))


def test_an_infinity_in_the_batch_is_refused_without_a_warning():
    with pytest.raises(ValueError, match=r"^`x` must be finite\. Received: x with 1 of 2 numbers"):
        batchnorm.batch_moments([[np.inf], [1.0]])


def test_folding_uses_the_epsilon_of_keras_if_none_is_given():
    kernel, _ = batchnorm.fold([[1.0]], None, [1.0], [0.0], [0.0], [0.249])
    assert kernel[0, 0] == pytest.approx(2.0, rel=1e-12)
