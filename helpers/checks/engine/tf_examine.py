"""What a network with batch normalization does, found out by running it: the facts that the checks of networks judge.

Nothing here says what is right. helpers.checks.engine.tf_network does.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from helpers.checks.engine import tf_trace
from helpers.checks.engine.tf_trace import Call
from helpers.checks.hints import say
from helpers.tf.quiet import tf

NOTICED = 1e-3
"""A relative change of an output from which on it is more than rounding."""
OFF_CENTRE = 0.05
"""Means of normalized features, in standard deviations, from which on they are not the batch's."""


class Norm(NamedTuple):
    """One batch normalization layer at work in training mode."""

    call: Call
    trainable: bool
    moved: bool
    """Whether its moving statistics changed."""
    off_centre: float
    """How far the features' means over the batch are from the layer's beta, in standard deviations."""
    statistics: int
    """How many means it keeps."""

    @property
    def sharing(self):
        """Which values share a statistic: "features", or the name of the mistake."""
        shape, axis = self.call.x.shape, getattr(self.call.layer, "axis", -1)
        if isinstance(axis, int) and axis % len(shape) != len(shape) - 1:
            return "axis-not-features" if len(shape) > 2 else "wrong-axis"
        if self.statistics == shape[-1]:
            return "features"
        if self.statistics == np.prod(shape[1:]):
            return "per-position-statistics"
        return "axis-not-features" if self.statistics in shape[1:-1] else "wrong-axis"


@dataclass
class Findings:
    """All that was found; `differ` numbers are largest differences relative to the output's spread."""

    output: np.ndarray
    calls: list
    norms: list
    kernels: list = field(default_factory=list)
    """The places in `calls` of layers with a kernel that the output depends on, in order."""
    mates_differ_in_training: float = 0.0
    """How much an image's output changes with the other images of its batch; measured where no norm was found."""
    mates_differ_at_inference: float = 0.0
    bare_differs: bool = False
    """Whether that is so only where the model is called bare, without `training`."""
    moved_at_inference: bool = False
    idle_biases: list = field(default_factory=list)
    """Names of trained variables, no part of a normalization, whose gradient is 0 in training mode only."""

    def kernel(self, i):
        """The call of the i-th layer with a kernel."""
        return self.calls[self.kernels[i]]

    def reached(self, place, *, norms=True):
        """The places of the calls that the output of this one reaches before any other layer with a kernel has it.

        START is the model's input; norms=False: before any batch normalization has it, too.
        """
        seen, open_ends = set(), {place}
        while open_ends:
            seen |= open_ends
            closed = {p for p in open_ends if p in self.kernels or (not norms and self._is_norm(p))}
            through = open_ends - (closed - {place})
            open_ends = {j for j, call in enumerate(self.calls) if call.sources & through} - seen
        return sorted(seen - {place})

    def _is_norm(self, place):
        return place != tf_trace.START and tf_trace.is_norm(self.calls[place].layer)

    def between(self, i):
        """The calls that what comes out of the i-th layer with a kernel reaches before the next such layer."""
        return [self.calls[place] for place in self.reached(self.kernels[i]) if place not in self.kernels]

    def following(self, i, **options):
        """The layers with a kernel that are next after the i-th, several where it branches, as their calls."""
        return [self.calls[place] for place in self.reached(self.kernels[i], **options) if place in self.kernels]

    @property
    def hidden(self):
        """The numbers of the layers with a kernel that another one follows."""
        return [i for i in range(len(self.kernels)) if self.following(i)]

    @property
    def last(self):
        """The numbers of the others, whose result is the output."""
        return [i for i in range(len(self.kernels)) if not self.following(i)]

    @property
    def widths(self):
        """The number of features after each step; branches of one width that are joined again are one step."""
        steps = {}
        for i, place in enumerate(self.kernels):
            before = [j for j in range(i) if place in self.reached(self.kernels[j])]
            depth = 1 + max((steps[j][0] for j in before), default=0)
            steps[i] = depth, self.kernel(i).y.shape[-1]
        grouped = [{width for depth, width in steps.values() if depth == d} for d in range(1, len(steps) + 1)]
        return [sum(widths) for widths in grouped if widths]

    def values_after(self, i):
        """All tensors seen from the i-th layer with a kernel on, up to what the next one receives."""
        seen = [tensor for call in self.between(i) for tensor in (call.x, call.y)]
        return [self.kernel(i).y, *seen, *(call.x for call in self.following(i))]

    def normalized(self, i):
        """Whether all that comes out of the i-th layer with a kernel is normalized before the next one has it."""
        normalized = any(tf_trace.is_norm(call.layer) for call in self.between(i))
        return normalized and not self.following(i, norms=False)

    def norms_before_first(self):
        """The batch normalization layers that receive the input, and nothing that a layer with a kernel gives."""
        later = {place for kernel in self.kernels for place in self.reached(kernel)}
        return self._at_work(self.calls[place] for place in self.reached(tf_trace.START) if place not in later)

    def normalized_again(self):
        """The batch normalization layers that receive what another one has normalized, with no kernel between."""
        places = [place for place in range(len(self.calls)) if self._is_norm(place)]
        return self._at_work(self.calls[after] for place in places for after in self.reached(place) if after in places)

    def _at_work(self, calls):
        layers = {id(call.layer) for call in calls}
        return [norm for norm in self.norms if id(norm.call.layer) in layers]

    @property
    def how(self):
        """The call of inference mode in which images matter to each other, in words."""
        return say("network.bare" if self.bare_differs else "network.in_inference_mode")

    def norms_between(self, i):
        """The batch normalization layers among them."""
        return self._at_work(self.between(i))

    def mistaken_sharing(self, norm):
        """None, or the slug for values that should not share a statistic, or should and do not."""
        if norm.sharing != "features":
            return norm.sharing
        return "per-position-statistics" if self._over_flattened(norm) else None

    def _over_flattened(self, norm):
        """Whether this is all that normalizes a convolution, and sees its maps flattened: one for each position."""
        for i in range(len(self.kernels)):
            maps, norms = self.kernel(i).y, self.norms_between(i)
            if len(maps.shape) > 2 and any(norm is other for other in norms):
                return all(len(other.call.x.shape) == 2 for other in norms) and norm.statistics > maps.shape[-1]
        return False


def outline(model, x):
    """Findings of the model's outputs and calls alone, without its norms; the model, once built, stays as it was."""
    return _outline(model, x)[0]


def examine(model, x):
    """Findings about the model on the batch x, at least 8 different images; the model, once built, stays as it was."""
    result, written = _outline(model, x)
    result.norms = [_norm(call, written) for call in result.calls if tf_trace.is_norm(call.layer)]
    result.mates_differ_at_inference = _influence_of_mates(model, x, result.output, training=False)
    bare = tf_trace.predict(model, x, training=None)  # a model that is called bare is in inference mode as well
    if np.abs(bare - result.output).max() > NOTICED * _size(bare):
        bare_mates = _influence_of_mates(model, x, bare, training=None)
        result.bare_differs = result.mates_differ_at_inference <= NOTICED < bare_mates
        result.mates_differ_at_inference = max(result.mates_differ_at_inference, bare_mates)
    if not result.norms:
        batch = tf_trace.predict(model, x, training=True)
        result.mates_differ_in_training = _influence_of_mates(model, x, batch, training=True)
    result.idle_biases = _idle_biases(model, x)
    return result


def _outline(model, x):
    """The Findings of `outline`, and the ids of the variables that a call in training mode writes to."""
    inference, training = (tf_trace.watch(model, x, training=mode) for mode in (False, True))
    alive, waiting = set(), set(training.ends)  # some models call a layer and make no use of what comes out
    while waiting - {tf_trace.START}:
        alive |= waiting
        waiting = {source for place in waiting if place >= 0 for source in training.calls[place].sources} - alive
    kernels = [place for place in sorted(alive - {tf_trace.START}) if tf_trace.is_kernel(training.calls[place].layer)]
    result = Findings(inference.y, training.calls, [], kernels)
    result.moved_at_inference = any(id(variable) in inference.written for variable in model.non_trainable_variables)
    return result, training.written


def _norm(call, written):
    memory = tf_trace.moving_statistics(call.layer)
    moved = any(id(variable) in written for variable in memory)
    return Norm(call, call.layer.trainable, moved, _off_centre(call), int(tf.size(memory[0])))


def _off_centre(call):
    y = np.asarray(call.y, np.float64).reshape(-1, call.y.shape[-1])
    beta = getattr(call.layer, "beta", None)
    beta = 0.0 if beta is None or int(tf.size(beta)) != y.shape[1] else np.ravel(beta.numpy())
    return float(np.abs((y.mean(axis=0) - beta) / (y.std(axis=0) + 1e-3)).max())


def _influence_of_mates(model, x, y, training):
    """The change of the first quarter's outputs y when the other images are replaced, relative to the outputs' size."""
    quarter = len(x) // 4
    others = np.concatenate([x[:quarter], 2 * x[:0:-1][: len(x) - quarter] + 1])
    replaced = tf_trace.predict(model, others, training=training)
    return float(np.abs(y - replaced)[:quarter].max() / _size(y[:quarter]))


def _size(y):
    return y.std() + np.abs(y).mean() + 1e-12


def _idle_biases(model, x):
    """Variables outside of the norms whose gradient vanishes in training mode, and does not in inference mode."""
    learned_by_norms = {id(v) for layer in tf_trace.norm_layers(model) for v in layer.trainable_variables}
    variables = [v for v in model.trainable_variables if id(v) not in learned_by_norms]
    train = _gradient_sizes(model, x, variables, training=True)
    if not variables or min(train) > 1e-2 * max(train):
        return []
    inference = _gradient_sizes(model, x, variables, training=False)
    return [v.path for v, size, other in zip(variables, train, inference) if size < 1e-3 * other]


def _gradient_sizes(model, x, variables, training):
    with tf_trace.keep(model), tf.GradientTape() as tape:
        y = tf.cast(model(x, training=training), tf.float32)
        loss = tf.reduce_sum(y * tf.constant(np.random.default_rng(0).normal(size=y.shape), tf.float32))
    gradients = tape.gradient(loss, [v.value for v in variables])
    return [0.0 if g is None else float(tf.norm(tf.convert_to_tensor(g))) for g in gradients]
