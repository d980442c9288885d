"""The functions that the fuzz tests call: valid arguments for each, and the errors that it documents.

A call is made with one or more arguments replaced by what nobody should pass. It must return, or refuse with one of the
documented errors in the course's words: what is needed, "Received: ...", and what to do.
"""

from dataclasses import dataclass
from importlib import resources

import numpy as np
from hypothesis import strategies as st

from helpers import batchnorm, data, gradcheck
from helpers._support import moments, validate
from helpers.course import quiz
from helpers.experiments import Experiment, arguments, stats
from helpers.figures import shared_cells
from helpers.lessons.l01 import drift, landscape
from helpers.lessons.l02.benefits import claim, tuning
from helpers.lessons.l04 import published
from helpers.lessons.l08 import gan_scores
from helpers.networks import network, normalizations
from tests.fuzz_inputs import endless, good_arrays, hostile

REFUSED = (TypeError, ValueError)


@dataclass(frozen=True)
class Target:
    """One function: `good` makes each argument, `spoiled` names those that are replaced (all, if not said)."""

    call: object
    good: dict
    raises: tuple = REFUSED  # more than these: what the docstring names
    spoiled: tuple = ()
    more: object = None


def vector(low=-3.0, high=3.0, size=3):
    return good_arrays(size, low=low, high=high)


def batch():
    return st.one_of(good_arrays(4, 3), good_arrays(2, 3, 2, 3), good_arrays(1, 3))


X, C, POSITIVE = batch(), vector(), vector(low=0.1)
EPSILON, AXIS = st.sampled_from([0.001, 1, 0.5]), st.just(-1)
CACHE = st.just(batchnorm.forward(np.arange(12.0).reshape(4, 3), np.ones(3), np.zeros(3))[1])
TEN = good_arrays(12, low=0.0, high=1.0)
NETWORK = network.Network(
    [{"kernel": np.ones((4, 3)), "gamma": np.ones(3), "beta": np.zeros(3)}, {"kernel": np.ones((3, 10)) / 3}],
    [{"moving_mean": np.zeros(3), "moving_variance": np.ones(3)}],
    activation="tanh",
    normalized="before",
)
IMAGES, LABELS = good_arrays(5, 2, 2), st.just(np.arange(5))
QUIZ = (resources.files("helpers.course") / "quizzes" / "en" / "00_start_here.json").read_text(encoding="utf-8")
INTERVAL = stats.Interval(0.05, 0.03, 0.07, 0.006, 12)


def of_layer(x, training, features, momentum, epsilon, axis, dy):
    """A layer's life: made, called, called for its gradient."""
    layer = batchnorm.BatchNorm(features, momentum=momentum, epsilon=epsilon, axis=axis)
    layer(x, training=training)
    return layer.backward(dy) if training is True else None


SHAPED = st.just(np.ones((4, 3)))
EXPERIMENT = {
    "batch_norm": st.booleans(),
    "activation": st.sampled_from(["relu", "tanh", "sigmoid"]),
    "hidden": st.just((4, 3)),
    "learning_rate": st.just(0.1),
    "init_scale": st.sampled_from([0.05, "he"]),
    "batch_size": st.just(60),
    "steps": st.just(0),
    "dataset": st.just("digits"),
    "placement": st.sampled_from(["before", "after"]),
    "dropout": st.just(0.5),
    "weight_decay": st.just(0.0),
    "noise": st.just(0.0),
    "output_init_scale": st.sampled_from([None, "he", 1.0]),
    "momentum": st.just(0.9),
    "epsilon": st.just(0.001),
    "evaluations": st.just(2),
    "train_size": st.sampled_from([None, 100]),
}


def made(**settings):
    """An Experiment with all that it tells of itself."""
    experiment = Experiment(**settings)
    return experiment.label, experiment.normalized


def network_says(x, training, batch_size):
    return NETWORK.predict(x, training, batch_size)


def images_and_labels(x, labels):
    return NETWORK.accuracy(x, labels), NETWORK.loss_and_gradients(x, labels)


TARGETS = {
    "batchnorm.forward": Target(batchnorm.forward, {"x": X, "gamma": C, "beta": C, "epsilon": EPSILON, "axis": AXIS}),
    "batchnorm.backward": Target(batchnorm.backward, {"dy": good_arrays(4, 3), "cache": CACHE}),
    "batchnorm.inference": Target(
        batchnorm.inference,
        {
            "x": X,
            "gamma": C,
            "beta": C,
            "moving_mean": C,
            "moving_variance": POSITIVE,
            "epsilon": EPSILON,
            "axis": AXIS,
        },
    ),
    "batchnorm.fold": Target(
        batchnorm.fold,
        {"kernel": X, "bias": C, "gamma": C, "beta": C, "moving_mean": C, "moving_variance": POSITIVE}
        | {"epsilon": EPSILON},
    ),
    "batchnorm.BatchNorm": Target(
        of_layer,
        {"x": SHAPED, "training": st.booleans(), "features": st.just(3), "momentum": st.just(0.9), "epsilon": EPSILON}
        | {"axis": AXIS, "dy": SHAPED},
        raises=(*REFUSED, RuntimeError),
    ),
    "_support.moments.batch_moments": Target(moments.batch_moments, {"x": X, "axis": AXIS}),
    "_support.moments.batch_of": Target(moments.batch_of, {"x": X, "axis": AXIS}),
    "_support.moments.update_moving": Target(
        moments.update_moving, {"moving": C, "batch": C, "momentum": st.just(0.9)}
    ),
    "_support.moments.combine_moments": Target(
        moments.combine_moments,
        {"means": good_arrays(2, 3), "variances": good_arrays(2, 3, low=0.0), "counts": st.just([1, 2])},
    ),
    "networks.normalizations.normalize": Target(
        normalizations.normalize,
        {"x": good_arrays(4, 6, dtypes=("f4", "f8")), "kind": st.sampled_from(normalizations.KINDS)}
        | {"size": st.sampled_from([1, 2]), "epsilon": EPSILON},
    ),
    "gradcheck.numerical_gradient": Target(
        gradcheck.numerical_gradient,
        {"function": st.just(np.square), "x": good_arrays(2, 2), "dy": good_arrays(2, 2), "step": st.just(1e-5)},
        spoiled=("x", "dy", "step"),
    ),
    "gradcheck.relative_error": Target(gradcheck.relative_error, {"a": C, "b": C}),
    "experiments.stats.paired_interval": Target(
        stats.paired_interval, {"without": TEN, "with_": TEN, "confidence": st.just(0.99)}
    ),
    "experiments.stats.verdict": Target(
        stats.verdict,
        {"interval": st.just(INTERVAL), "smallest_effect": st.just(0.02), "equivalence_margin": st.just(0.02)}
        | {"guard": st.just(0.25)},
        spoiled=("smallest_effect", "equivalence_margin", "guard"),
    ),
    "experiments.stats.no_difference": Target(
        stats.no_difference,
        {"interval": st.just(INTERVAL), "equivalence_margin": st.just(0.02), "guard": st.just(0.25)},
        spoiled=("equivalence_margin", "guard"),
    ),
    "experiments.stats.Interval.widened": Target(INTERVAL.widened, {"resolution": st.just(0.1)}),
    "experiments.stats.combine": Target(stats.combine, {"verdicts": st.just(["supported", "undecided"])}),
    "figures.shared_cells.shared_with": Target(
        shared_cells.shared_with,
        {"cell": st.just((0, 0, 0, 0)), "shape": st.just((2, 2, 2, 4)), "kind": st.sampled_from(shared_cells.KINDS)}
        | {"groups": st.just(2)},
    ),
    "lessons.l01.drift.drift": Target(drift.drift, {"before": good_arrays(4, 3), "after": good_arrays(5, 3)}),
    "lessons.l01.drift.step_drift": Target(
        drift.step_drift,
        {"experiment": st.just(Experiment(True, "relu", hidden=(2,))), "at": st.just(0), "seeds": st.just([0])},
        spoiled=("experiment",),
    ),
    "data.load": Target(data.load, {"name": st.just("digits"), "split": st.just(0)}),
    "lessons.l04.published.experiments": Target(
        published.experiments, {"steps": st.just(2000), "dataset": st.sampled_from(["digits", "mnist"])}
    ),
    "course.quiz.load": Target(quiz.load, {"name": st.just("00_start_here")}),
    "course.quiz.parse": Target(quiz.parse, {"text": st.just(QUIZ), "name": st.just("a")}, spoiled=("text",)),
    "lessons.l08.gan_scores.frechet_distance": Target(
        gan_scores.frechet_distance,
        {"mean_a": C, "covariance_a": st.just(np.eye(3)), "mean_b": C, "covariance_b": st.just(np.eye(3))},
    ),
    "lessons.l08.gan_scores.shares": Target(gan_scores.shares, {"labels": st.just([3, 3, 7])}),
    "lessons.l08.gan_scores.covered": Target(
        gan_scores.covered, {"labels": st.just([3, 3, 7]), "share": st.just(0.01)}
    ),
    "experiments.Experiment": Target(made, EXPERIMENT),
    "experiments.arguments.seeds": Target(
        arguments.seeds, {"value": st.sampled_from([3, [0, 4]])}, more=st.builds(endless)
    ),
    "experiments.arguments.experiments": Target(
        arguments.experiments, {"values": st.just([Experiment(True, "relu")])}, more=st.builds(endless)
    ),
    "lessons.l02.benefits.tuning.enough": Target(tuning.enough, {"seeds": st.just(12)}, more=st.builds(endless)),
    "lessons.l02.benefits.claim.part": Target(
        claim.part,
        {
            "name": st.just("a"),
            "without": TEN,
            "with_": TEN,
            "unit": st.just("accuracy"),
            "smallest_effect": st.just(1),
        },
        spoiled=("without", "with_"),
    ),
    "networks.network.Network.predict": Target(
        network_says, {"x": IMAGES, "training": st.booleans(), "batch_size": st.sampled_from([None, 2])}
    ),
    "networks.network.Network.loss_and_gradients": Target(images_and_labels, {"x": IMAGES, "labels": LABELS}),
    "lessons.l01.landscape.promise_kept": Target(
        landscape.promise_kept,
        {"network": st.just(NETWORK), "x": IMAGES, "y": LABELS, "rates": st.just([0.1])},
        spoiled=("x", "y", "rates"),
    ),
    "lessons.l01.landscape.gradient_change": Target(
        landscape.gradient_change,
        {"network": st.just(NETWORK), "x": IMAGES, "y": LABELS, "rate": st.just(0.1)},
        spoiled=("x", "y", "rate"),
    ),
    "_support.validate.real_array": Target(validate.real_array, {"name": st.just("x"), "value": C}, spoiled=("value",)),
    "_support.validate.vector": Target(
        validate.vector,
        {"name": st.just("x"), "value": C, "length": st.just(3), "dtype": st.just(np.float64)},
        spoiled=("value",),
    ),
    "_support.validate.number": Target(
        validate.number,
        {"name": st.just("x"), "value": st.just(1), "low": st.just(0), "high": st.just(2), "advice": st.just("Do.")},
        spoiled=("value",),
    ),
    "_support.validate.integer": Target(
        validate.integer,
        {"name": st.just("x"), "value": st.just(1), "low": st.just(0), "advice": st.just("Do.")},
        spoiled=("value",),
    ),
    "_support.validate.one_of": Target(
        validate.one_of,
        {"name": st.just("x"), "value": st.just("a"), "choices": st.just(("a", "b"))},
        spoiled=("value",),
    ),
}


@st.composite
def spoilt(draw, target, least=1):
    """The arguments of one call, `least` to two of them replaced; none with least=0."""
    names = list(target.spoiled or target.good)
    bad = draw(st.sets(st.sampled_from(names), min_size=least, max_size=min(len(names), 2 * least)))
    anything = hostile() if target.more is None else st.one_of(hostile(), target.more)
    return {name: draw(anything if name in bad else good) for name, good in target.good.items()}
