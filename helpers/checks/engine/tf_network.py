"""Judge a network with batch normalization: the table's rows, and the first mistake to mend.

What a fresh model does when called decides, so that Sequential, functional and subclassed models are judged alike.
"""

from typing import NamedTuple

import numpy as np

from helpers.checks.engine import tf_trace
from helpers.checks.engine.tf_examine import NOTICED, OFF_CENTRE, examine, outline
from helpers.checks.hints import say, say_on
from helpers.tf.quiet import keras


class Line(NamedTuple):
    """A line of the table and, where something is wrong, the mistake's slug and the facts for its hint."""

    row: str
    slug: str | None
    facts: dict | None = None
    difference: float | None = None
    bound: float | None = None


def shape_of(value):
    """The shape of an array, a tensor, a number or a list of them; None for anything else."""
    try:
        array = np.asarray(value)
    except Exception:  # whatever a learner's object does when it is asked
        return None
    return array.shape if array.dtype.kind in "fiub" else None


def in_words(value):
    """What was received: "None", "of shape (3, 4)" or "of type dict"."""
    if value is None:
        return say("network.none")
    shape = shape_of(value)
    return say("network.of_type", kind=type(value).__name__) if shape is None else say("reading.of_shape", shape=shape)


def wrong_form(attempt, value, name, due, on=""):
    """End the check: something, called `name`, should be `due`, and is another thing or has another shape."""
    attempt.fail("wrong-shape", on=on, name=name, due=due, received=in_words(value))


def require_function(attempt):
    """End the check if it was given a model or a layer (which can be called as well) instead of a function."""
    if isinstance(attempt.submission, keras.layers.Layer):
        received = type(attempt.submission).__name__
        attempt.fail("raises", hint="not-callable", received=received, exercise=attempt.exercise)


def require_model(attempt, value, due=None):
    """End the check unless the value is a Keras model; `due` says which one."""
    if not isinstance(value, keras.Model):
        wrong_form(attempt, value, say("network.what_comes_back"), due or say("network.a_model"))


def call(attempt, *arguments, on=""):
    """What the submission returns. Models are handed over as they are, to be changed; arrays must stay as they were.

    A change to an array is an argument changed for attempt.no_side_effects().
    """
    given = tuple(one.copy() if isinstance(one, np.ndarray) else one for one in arguments)
    value = attempt.call(*given, on=on, copies=False, random="free")
    for name, before, after in zip(attempt.arguments, arguments, given):
        if attempt.side_effect is None and isinstance(before, np.ndarray) and not np.array_equal(before, after):
            attempt.side_effect = ("modifies-input", {"name": name})
    return value


def build(attempt, *arguments, x, shape, on, or_shape=None):
    """The model that the submission builds, after one call on x that must give an output of `shape` (or `or_shape`)."""
    require_function(attempt)
    model = attempt.call(*arguments, on=on, random="free")
    require_model(attempt, model)
    y = run(attempt, lambda: model(x, training=False), on=on)
    if y is None or shape_of(y) not in (shape, or_shape):
        name, due = say("network.the_output_for", count=len(x)), say("reading.of_shape", shape=shape)
        wrong_form(attempt, y, name, due, on=say_on(on))
    return model


def judge_built(attempt, configs, *, rows, widths):
    """Judge the networks that the submission builds: the first by all that it does, the others by what they follow.

    `widths(config)` gives the sizes of the hidden layers that a config asks for.
    """
    examined = []
    for config in configs:
        x, on = images(rows, config["image_shape"]), f"{config}"
        model = build(attempt, config, x=x, shape=(rows, config["classes"]), on=on)
        look = outline if examined else examine
        examined.append(run(attempt, lambda f=look, m=model, x=x: f(m, x), on))
    attempt.no_side_effects()
    judge(attempt, examined[0])
    require_none(attempt, examined[0].norms_before_first(), "input-normalized")
    for found, config in zip(examined, configs):
        sizes = [*widths(config), config["classes"]]
        judge_settings(attempt, found, sizes, config["activation"], f"{config}")
        judge_biases(attempt, found)


def run(attempt, function, on):
    """What `function()` returns; an error inside the learner's model is reported like one of the submission."""
    return attempt.call(function=function, on=on, copies=False, random="free")


def judge(attempt, found, *, output=None):
    """Add what was found to the table, and end the check with the first mistake to mend, if there is one."""
    attempt.require(np.isfinite(found.output).all(), "not-finite", on="", name=say("network.the_output"))
    lines = list(_lines(found, output or say("network.output_layer")))
    for line in lines:
        attempt.row(line.row, line.slug is None, line.difference, line.bound)
    for line in lines:
        attempt.require(line.slug is None, line.slug, **line.facts or {})
    require_none(attempt, found.normalized_again(), "normalized-twice")


def require_none(attempt, norms, slug):
    """End the check with `slug`, and a row that says so, if these normalizations stand where none should."""
    if norms:
        attempt.row(say(f"network.{slug}"), False)
        attempt.fail(slug, layer=", ".join(norm.call.layer.name for norm in norms))


def judge_settings(attempt, found, sizes, activation, on):
    """End the check unless the model gives logits and its layers have these sizes, with this activation between."""

    def require(condition, row, slug, **facts):
        """As attempt.require, with a row that differs where the check ends here."""
        if not condition:
            attempt.row(say(f"network.{row}"), False)
            attempt.fail(slug, **facts)

    logits = found.output
    is_logits = logits.min() < 0 or not np.allclose(logits.sum(axis=1), 1, atol=1e-4)
    require(is_logits, "gives_logits", "probabilities-not-logits")
    if not found.kernels:  # a model without layers cannot be looked into
        return
    facts = {"what": say("network.sizes"), "due": sizes, "received": found.widths, "on": say_on(on)}
    require(sizes == found.widths, "follows_sizes", "settings-ignored", **facts)
    if any(tf_trace.is_norm(call.layer) for call in found.calls):
        bare = [found.kernel(i).layer.name for i in found.hidden if not found.normalized(i)]
        attempt.require(not bare, "no-batchnorm", layer=", ".join(bare))
    for i in found.hidden:
        layer, next_x = found.kernel(i).layer.name, np.asarray(found.following(i)[0].x)
        is_activated = IS_ACTIVATION[activation]
        ok = any(is_activated(np.asarray(value)) for value in found.values_after(i))
        none = any(np.array_equal(call.y, next_x) for call in (found.kernel(i), *found.between(i)) if _is_linear(call))
        facts = {"what": say("network.activation_after", layer=layer), "due": activation, "on": say_on(on)}
        facts["received"] = say("network.none_at_all" if none else "network.another")
        require(ok, "follows_activation", "settings-ignored", **facts)
        norms = [call for call in found.between(i) if tf_trace.is_norm(call.layer)]
        twice = is_activated(next_x) and any(is_activated(np.asarray(norm.x)) for norm in norms)
        twice = twice or _activated_at_once(found.values_after(i), activation, is_activated)
        require(not twice, "activated_once", "activated-twice", layer=layer)


def _activated_at_once(tensors, activation, is_activated):
    """Whether one of the tensors is another, activated already, after the activation; a ReLU may be repeated."""
    values = [value for value in map(np.asarray, tensors) if is_activated(value)]
    again = [np.asarray(keras.activations.get(activation)(value)) for value in values]
    pairs = [(a, b, c) for a, b in zip(values, again) for c in values if c.shape == a.shape]
    return any(np.allclose(b, c, atol=1e-6) and not np.allclose(a, c, atol=1e-3) for a, b, c in pairs)


def _is_linear(call):
    """Whether a call of a kernel or a normalization ends without an activation."""
    activation = getattr(call.layer, "activation", None)
    linear = activation is None or activation is keras.activations.linear
    return linear and (tf_trace.is_norm(call.layer) or tf_trace.is_kernel(call.layer))


def judge_biases(attempt, found):
    """End the check where neither a bias nor a beta is left to a layer that has a use for one."""
    for missing, hint in ((missing_biases, "bias-missing"), (missing_betas, "no-beta")):
        layers = ", ".join(missing(found))
        if layers:
            attempt.row(say("network.a_bias"), False)
            attempt.fail("bias-missing", hint=hint, layer=layers)


def missing_betas(found):
    """Names of the normalizations without beta that stand directly behind a layer without bias."""
    for i in found.hidden:
        call, following = found.kernel(i), found.between(i)
        norms = [c for c in following if isinstance(c.layer, keras.layers.BatchNormalization)]
        bare = getattr(call.layer, "use_bias", True) is False and not _is_shifted(following)
        if bare and _is_normalized_at_once(call, norms):
            yield from (norm.layer.name for norm in norms if not norm.layer.center)


def missing_biases(found):
    """Names of the layers that have a kernel and no bias, though no mean is taken right after them."""
    for i in range(len(found.kernels)):
        call, following = found.kernel(i), found.between(i)
        bare = getattr(call.layer, "use_bias", True) is False
        if bare and not _is_shifted(following) and not _is_normalized_at_once(call, following):
            yield call.layer.name


def _is_shifted(following):
    """Whether something else among the calls is learned, a bias of the learner's own perhaps."""
    return any(other.layer.trainable_variables and not tf_trace.is_norm(other.layer) for other in following)


def _is_normalized_at_once(call, following):
    """Whether a batch normalization receives what the kernel gives, with no activation on the way."""
    linear = _is_linear(call)
    norms = [other for other in following if tf_trace.is_norm(other.layer) and other.x.shape == call.y.shape]
    return linear and any(np.array_equal(other.x, call.y) for other in norms)


IS_ACTIVATION = {
    "relu": lambda h: h.min() == 0 and h.max() > 0,
    "sigmoid": lambda h: h.min() > 0 and h.max() < 1,
    "tanh": lambda h: h.min() < 0 and np.abs(h).max() < 1,
}
"""What the values look like after it; on images of high contrast none of them can be taken for another."""


def images(count, shape, seed=0):
    """Random images in [0, 3], each of another brightness, so that no layer's values stay within tanh's range."""
    rng = np.random.default_rng(seed)
    brightness = rng.uniform(0.6, 3, (count, *[1] * len(shape)))
    return (rng.random((count, *shape)) * brightness).astype(np.float32)


def _lines(found, output):
    """Lines of the table, with the slug where something is wrong; the first to mend first."""
    unseen = not found.norms and found.mates_differ_in_training > NOTICED  # written without layers: judged from outside
    missing = [] if unseen else [found.kernel(i).layer.name for i in found.hidden if not found.normalized(i)]
    if not unseen and not found.norms:
        missing = missing or [say("network.any_layer")]
    yield Line(
        say("network.norms_follow"),
        "no-batchnorm" if missing else None,
        {"layer": ", ".join(missing)},
    )
    wrong = next((norm for norm in found.norms if found.mistaken_sharing(norm)), None)
    yield Line(
        say("network.one_statistic"),
        wrong and found.mistaken_sharing(wrong),
        wrong and {"layer": wrong.call.layer.name, "kept": wrong.statistics, "shape": tuple(wrong.call.x.shape[1:])},
    )
    difference = found.mates_differ_at_inference
    yield Line(
        say("network.mates"),
        "batch-statistics-at-inference" if difference > NOTICED else None,
        {"difference": f"{difference:.2g}", "how": found.how},
        difference,
        NOTICED,
    )
    yield Line(
        say("network.not_written"),
        "moving-updated-at-inference" if found.moved_at_inference else None,
    )
    idle = next((norm for norm in found.norms if norm.off_centre > OFF_CENTRE or not norm.moved), None)
    yield Line(
        say("network.own_statistics"),
        idle and _why_idle(idle),
        idle and {"layer": idle.call.layer.name} | ({"hint": "batch-renormalization"} if _renormalizes(idle) else {}),
        max((norm.off_centre for norm in found.norms), default=None),
        OFF_CENTRE,
    )
    last = [norm for i in found.last for norm in found.norms_between(i)]
    yield Line(
        say("network.not_normalized", output=output),
        "after-output" if last else None,
        {"layer": ", ".join(norm.call.layer.name for norm in last)},
    )
    yield Line(
        say("network.no_idle_bias"),
        "bias-kept" if found.idle_biases else None,
        {"bias": ", ".join(found.idle_biases)},
    )


def _renormalizes(norm):
    return getattr(norm.call.layer, "renorm", False)


def _why_idle(norm):
    if _renormalizes(norm):
        return "no-batchnorm"
    if not norm.trainable:
        return "frozen-wrongly"
    return "missing-training-flag" if norm.off_centre > OFF_CENTRE else "moving-not-updated"
