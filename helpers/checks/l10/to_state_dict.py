"""Check of lesson 10: a Keras network's arrays as PyTorch names them."""

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examples import as_if_trained
from helpers.checks.hints import say
from helpers.checks.l10.as_pytorch import forward, outline
from helpers.tf.quiet import keras

BOUND = 1e-4
"""Of the largest output: Keras computes in float32."""
NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}


@exercise("to_state_dict", arguments=("model",))
def to_state_dict(attempt):
    """Check `fn(model)` -> the state_dict of the torch.nn.Sequential that computes the same, as a dict of arrays.

    "0.weight", "1.running_mean" ...: the number is the layer's place in `model.layers`. Convolution, depthwise
    convolution, normalization, Flatten and Dense are tried; what counts are the outputs that PyTorch computes from it.
    """
    tf_network.require_function(attempt)
    with tf_trace.seeded():
        model = example()
        images = np.random.default_rng(3).normal(1, 2, (10, 5, 4, 2)).astype(np.float32)
        due, before = due_state(model), [v.numpy() for v in model.variables]
        state = _read(attempt, tf_network.call(attempt, model), due)
        changed = [v.path for v, old in zip(model.variables, before) if not np.array_equal(v.numpy(), old)]
        attempt.require(not changed, "model-changed", names=", ".join(changed))
        for name, (right, mistaken) in due.items():
            if state[name].shape != np.shape(right):
                _fail_shape(attempt, name, state[name], right, mistaken)
        for name, array in state.items():
            attempt.require(np.isfinite(array).all(), "not-finite", on="", name=f'"{name}"')
        outputs = tf_trace.predict(model, images)
        difference = np.abs(forward(outline(model), state, images.transpose(0, 3, 1, 2)) - outputs).max()
        right_outputs = bool(difference < BOUND * np.abs(outputs).max())
        for name, (right, _) in due.items():
            attempt.row(f'"{name}"', right_outputs or name.endswith("tracked") or _same(state[name], right))
        attempt.row(say("to_state_dict.outputs"), right_outputs, difference, BOUND * np.abs(outputs).max())
        if not right_outputs:
            _diagnose(attempt, state, due)


def example():
    """Every kind of layer. The shape of the last Dense kernel, a square, does not tell its orientation."""
    layers = keras.layers
    parts = [layers.Conv2D(4, 3, padding="same", use_bias=False), layers.BatchNormalization(), layers.ReLU()]
    parts += [layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2), layers.BatchNormalization(epsilon=0.02)]
    parts += [layers.ReLU(), layers.Flatten(), layers.Dense(6, use_bias=False), layers.BatchNormalization()]
    return as_if_trained(keras.Sequential([keras.Input((5, 4, 2)), *parts, layers.ReLU(), layers.Dense(6)]))


def due_state(model):
    """{name: (array, {slug: [arrays that this mistake makes of it]})}."""
    due, flat = {}, None
    for place, layer in enumerate(model.layers):
        found = {v.name: v.numpy() for v in layer.variables}
        if isinstance(layer, keras.layers.BatchNormalization):
            for theirs, ours in NORM.items():
                due[f"{place}.{theirs}"] = found[ours], _of_norm(ours, found, layer.epsilon)
            due[f"{place}.num_batches_tracked"] = np.array(0), {}
            continue
        if isinstance(layer, keras.layers.Flatten):
            flat = layer.input.shape[1:]
        if "kernel" in found:
            due[f"{place}.weight"] = _of_kernel(found["kernel"], layer, flat)
            flat = None
        if "bias" in found:
            due[f"{place}.bias"] = found["bias"], {}
    return due


def _of_norm(ours, found, epsilon):
    array = found[ours]
    if ours == "gamma":
        return {"gamma-beta-swapped": [found["beta"]]}
    return {"std-not-variance": [np.sqrt(array), np.sqrt(array + epsilon)]} if ours == "moving_variance" else {}


def _of_kernel(kernel, layer, flat):
    if isinstance(layer, keras.layers.Dense):
        if flat is None:
            return kernel.T, {"kernel-not-transposed": [kernel]}
        by_position = kernel.reshape(*flat, -1)
        right = by_position.transpose(2, 0, 1, 3).reshape(kernel.shape)
        swapped = by_position.transpose(2, 1, 0, 3).reshape(kernel.shape)
        return right.T, {"kernel-not-transposed": [kernel, right], "flatten-order": [kernel.T, swapped.T]}
    mistaken = {"kernel-not-transposed": [kernel]}
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        by_filter = kernel.transpose(3, 2, 0, 1).reshape(-1, 1, *kernel.shape[:2])
        kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
        mistaken["kernel-not-transposed"].append(kernel)
        mistaken["depthwise-order"] = [by_filter]
    right = kernel.transpose(3, 2, 0, 1)
    return right, mistaken | {"height-width-swapped": [right.swapaxes(2, 3)]}


def _read(attempt, value, due):
    """The dict with arrays as values, or the end of the check because of its form."""
    if not isinstance(value, dict):
        received = say("network.none") if value is None else say("network.of_type", kind=type(value).__name__)
        facts = {"name": say("reading.several"), "due": say("to_state_dict.due"), "on": ""}
        attempt.fail("wrong-shape", hint="not-a-dict", received=received, **facts)
    missing, more = [name for name in due if name not in value], [str(name) for name in value if name not in due]
    if missing or more:
        nothing = say("to_state_dict.none")
        missing, more = (", ".join(names) or nothing for names in (missing, more))
        attempt.fail("wrong-shape", hint="other-names", missing=missing, more=more)
    state = {}
    for name in due:
        array = np.asarray(value[name]) if tf_network.shape_of(value[name]) is not None else None
        counts = name.endswith("num_batches_tracked")
        if array is None or (counts and (array.size != 1 or array.dtype.kind not in "iu")):
            kind = say("to_state_dict.integer") if counts else say("to_state_dict.array")
            facts = {"name": f'"{name}"', "due": kind, "on": "", "received": tf_network.in_words(value[name])}
            attempt.fail("wrong-dtype", hint="not-an-array", **facts)
        state[name] = array.reshape(()) if counts else array
    return state


def _fail_shape(attempt, name, yours, right, mistaken):
    for slug, arrays in mistaken.items():
        attempt.require(not any(_same(yours, one) for one in arrays), slug, name=name)
    shapes = {"due": say("reading.of_shape", shape=np.shape(right)), "received": tf_network.in_words(yours)}
    attempt.fail("wrong-shape", name=f'"{name}"', on="", **shapes)


def _diagnose(attempt, state, due):
    """End with the mistake of the first array that is not as it should be."""
    for name, (right, mistaken) in due.items():
        yours = state[name]
        if _same(yours, right):
            continue
        for slug, arrays in mistaken.items():
            attempt.require(not any(_same(yours, one) for one in arrays), slug, name=name)
        if name.endswith("running_var"):
            ratio = yours / right
            attempt.require(np.ptp(ratio) > 1e-3, "variance-converted", factor=f"{ratio.flat[0]:.3g}", name=name)
        off = f"{np.abs(yours - right).max():.2g}"
        attempt.fail("wrong-values", name=f'"{name}"', difference=off, on="", place="")


def _same(one, other):
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=1e-4, atol=1e-5)
