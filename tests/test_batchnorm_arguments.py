"""What the layer takes, and the whole message of each refusal; every array is refused by its name."""

import numpy as np
import pytest

from helpers import batchnorm

X, ONE = np.ones((4, 3)), np.ones(3)
STATISTICS = {"gamma": ONE, "beta": ONE, "moving_mean": ONE, "moving_variance": ONE}
CALLS = {
    "forward": (batchnorm.forward, {"x": X, "gamma": ONE, "beta": ONE}),
    "inference": (batchnorm.inference, {"x": X, **STATISTICS}),
    "fold": (batchnorm.fold, {"kernel": X, "bias": ONE, **STATISTICS}),
    "backward": (lambda dy: batchnorm.backward(dy, batchnorm.forward(X, ONE, ONE)[1]), {"dy": X}),
    "batch_moments": (batchnorm.batch_moments, {"x": X}),
    "update_moving": (batchnorm.update_moving, {"moving": ONE, "batch": ONE}),
    "combine_moments": (batchnorm.combine_moments, {"means": X, "variances": X, "counts": [1, 2, 3, 4]}),
}
ARRAYS = [(function, name) for function, (_, arguments) in CALLS.items() for name in arguments]
LOOK = "Look at what computed it: a learning rate that is too high is the usual cause."
EPSILON = "Pass a small number such as 0.001; it is added to the variance, under the root."
MOMENTUM = "It is the weight of the old value, as in Keras, such as 0.99; PyTorch's momentum is one minus this."
FIT = "Reshape or choose `{0}` to fit."
BATCH = "Pass a batch such as (N, C), also where it holds one example."
AXIS = "Name the features' axis, such as -1."
CACHE = "Call `y, cache = forward(...)` and pass its cache."


def call(function, **changes):
    function, arguments = CALLS[function]
    return function(**arguments | changes)


def refusals():
    """(call, error, message) by the name of the case."""
    cases = {}
    for function, name in ARRAYS:
        given = np.asarray(CALLS[function][1][name], float)
        with_nan = given.copy()
        with_nan.flat[-1] = np.nan
        words = f"must be an array of real numbers. Received: {name}.dtype=<U1. Pass a NumPy array of real numbers."
        cases[f"words: {function} {name}"] = function, {name: [["a"]]}, TypeError, f"`{name}` {words}"
        numbers = f"must be finite. Received: {name} with 1 of {given.size} numbers NaN or infinite. {LOOK}"
        cases[f"NaN: {function} {name}"] = function, {name: with_nan}, ValueError, f"`{name}` {numbers}"
        if given.ndim == 1 and function not in ("update_moving", "combine_moments"):
            length = f"must have shape (3,), one number for each feature. Received: {name}.shape=(5,). "
            cases[f"length: {function} {name}"] = (
                *(function, {name: np.ones(5)}, ValueError),
                f"`{name}` {length}{FIT.format(name)}",
            )
        if name in ("moving_variance", "variances"):
            negative = f"must not be negative. Received: {name}.min()=-1. Pass variances (squares), not differences."
            cases[f"negative: {function} {name}"] = function, {name: -given}, ValueError, f"`{name}` {negative}"
        if name in ("x", "kernel"):
            for shape in ((3,), (0, 3)):
                axes = f"must have at least two axes and at least one value. Received: {name}.shape={shape}. {BATCH}"
                cases[f"{shape}: {function} {name}"] = function, {name: np.ones(shape)}, ValueError, f"`{name}` {axes}"
    for function in ("forward", "inference", "fold"):
        for value, error, need in (("a", TypeError, "a number"), (-1, ValueError, "at least 0")):
            message = f"`epsilon` must be {need}. Received: epsilon={value!r}. {EPSILON}"
            cases[f"epsilon {value}: {function}"] = function, {"epsilon": value}, error, message
        name = "variance" if function == "forward" else "moving_variance"
        zero = {} if function == "forward" else {"moving_variance": 0 * ONE}
        received = f"Received: epsilon=0.0, {name}.min()=0.0. {EPSILON}"
        message = f"`epsilon` must be above 0 where a {name} is 0. {received}"
        cases[f"epsilon 0: {function}"] = function, {"epsilon": 0, **zero}, ValueError, message
    for shape in ((3,), (2, 2, 3), (0, 3), (2, 0)):
        both = {"means": np.ones(shape), "variances": np.ones(shape), "counts": np.ones(shape[0])}
        cases[f"batches of shape {shape}"] = (
            *("combine_moments", both, ValueError),
            "`means` and `variances` must both have shape (K, C), with at least one batch. "
            f"Received: means.shape={shape}, variances.shape={shape}. Stack the batches' statistics.",
        )
    for value, error, message in (
        (2, ValueError, "`axis` must name one of the 2 axes. Received: axis=2. "),
        (-3, ValueError, "`axis` must be at least -2. Received: axis=-3. "),
        (1.0, TypeError, "`axis` must be an integer. Received: axis=1.0. "),
    ):
        cases[f"axis {value}"] = "batch_moments", {"axis": value}, error, message + AXIS
    for value in (-0.1, 1.5, float("nan")):
        message = f"`momentum` must be between 0 and 1. Received: momentum={value}. {MOMENTUM}"
        cases[f"momentum {value}"] = "update_moving", {"momentum": value}, ValueError, message
    return {name: (lambda f=f, c=c: call(f, **c), error, text) for name, (f, c, error, text) in cases.items()}


REFUSED = refusals() | {
    "dy of another shape": (
        lambda: call("backward", dy=np.ones((3, 4))),
        ValueError,
        "`dy` must have the shape of x, (4, 3). Received: dy.shape=(3, 4). "
        "Pass the gradient of the loss with respect to y.",
    ),
    "no cache": (
        lambda: batchnorm.backward(X, None),
        TypeError,
        f"`cache` must be what forward returned. Received: cache=None. {CACHE}",
    ),
    "another cache": (
        lambda: batchnorm.backward(X, (1, 2)),
        TypeError,
        f"`cache` must be what forward returned. Received: cache=(1, 2). {CACHE}",
    ),
    "statistics of two layers": (
        lambda: batchnorm.update_moving([1.0, 2.0], [1.0]),
        ValueError,
        "`moving` and `batch` must have one shape. Received: moving.shape=(2,), batch.shape=(1,). "
        "Pass the statistics of one layer, old and new.",
    ),
    "counts of another length": (
        lambda: batchnorm.combine_moments([[1.0]], [[1.0]], [1, 2]),
        ValueError,
        "`counts` must have shape (1,), one number for each batch. Received: counts.shape=(2,). "
        "Reshape or choose `counts` to fit.",
    ),
    "an empty batch": (
        lambda: batchnorm.combine_moments([[1.0]], [[1.0]], [0]),
        ValueError,
        "`counts` must be at least 1. Received: counts.min()=0. Leave out batches without values.",
    ),
    "squares that overflow": (
        lambda: batchnorm.forward(np.array([[1e30], [-1e30]], np.float32), [1.0], [0.0]),
        ValueError,
        "`x` must be small enough to be squared in float32. Received: max|x|=1e+30. Divide x by its scale first.",
    ),
    "an infinity, without a warning": (
        lambda: batchnorm.batch_moments([[np.inf], [1.0]]),
        ValueError,
        f"`x` must be finite. Received: x with 1 of 2 numbers NaN or infinite. {LOOK}",
    ),
    "another number of features than the layer's": (
        lambda: batchnorm.BatchNorm(3)(np.ones((4, 4)), training=True),
        ValueError,
        "`x` must have as many features as the layer, features=3, on axis -1. Received: x.shape=(4, 4). "
        "Make the layer with features=4, or pass another axis.",
    ),
    "a layer's momentum above one": (
        lambda: batchnorm.BatchNorm(3, momentum=1.5),
        ValueError,
        f"`momentum` must be between 0 and 1. Received: momentum=1.5. {MOMENTUM}",
    ),
    "a layer's epsilon in words": (
        lambda: batchnorm.BatchNorm(3, epsilon="a"),
        TypeError,
        f"`epsilon` must be a number. Received: epsilon='a'. {EPSILON}",
    ),
    "no features": (
        lambda: batchnorm.BatchNorm(0),
        ValueError,
        "`features` must be at least 1. Received: features=0. Pass the number of features, C.",
    ),
    "more features than memory holds": (
        lambda: batchnorm.BatchNorm(10**8 + 1),
        ValueError,
        "`features` must be at most 100,000,000. Received: features=100000001. Pass the number of features, C.",
    ),
    "a mode that is neither true nor false": (
        lambda: batchnorm.BatchNorm(3)(X, training="no"),
        TypeError,
        "`training` must be True or False. Received: training='no'. "
        "Pass True to normalize with the batch's statistics, False to use the moving ones.",
    ),
    "a layer's way back without a way": (
        lambda: batchnorm.BatchNorm(3).backward(X),
        RuntimeError,
        "`backward` needs a forward pass before it. Received: a layer never called with training=True. "
        "Call `layer(x, training=True)` first.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    wrong, error, message = REFUSED[case]
    with pytest.raises(error) as caught:
        wrong()
    assert str(caught.value) == message


def test_moments_of_float32_batches_together_are_float32():
    mean, variance = batchnorm.combine_moments(*np.ones((2, 2, 3), np.float32), [1, 2])
    assert (mean.dtype, variance.dtype) == (np.float32, np.float32)


def test_folding_uses_the_epsilon_of_keras_if_none_is_given():
    kernel, _ = batchnorm.fold([[1.0]], None, [1.0], [0.0], [0.0], [0.249])
    assert kernel[0, 0] == pytest.approx(2.0, rel=1e-12)
