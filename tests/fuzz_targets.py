"""The functions that the fuzz tests call: valid arguments for each, and the errors that it documents.

A call is made with one or more arguments replaced by what nobody should pass. It must return, or refuse with one of the
documented errors in the course's words: what is needed, "Received: ...", and what to do.
"""

from dataclasses import dataclass
from importlib import resources

import numpy as np
from hypothesis import strategies as st

from helpers import batchnorm, data, gradcheck
from helpers._support import validate
from helpers.course import quiz
from helpers.experiments import Experiment, arguments, stats
from helpers.figures import shared_cells
from helpers.lessons.l02.benefits import claim, tuning
from helpers.lessons.l04 import published
from helpers.lessons.l08 import gan_scores
from helpers.lessons.l12 import drift, landscape
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
    **{"batch_norm": st.booleans(), "activation": st.sampled_from(["relu", "tanh", "sigmoid"]), "hidden": (4, 3)},
    **{"learning_rate": 0.1, "init_scale": st.sampled_from([0.05, "he"]), "batch_size": 60, "steps": 0},
    **{"dataset": "digits", "placement": st.sampled_from(["before", "after"]), "dropout": 0.5, "weight_decay": 0.0},
    **{"noise": 0.0, "output_init_scale": st.sampled_from([None, "he", 1.0]), "momentum": 0.9, "epsilon": 0.001},
    **{"evaluations": 2, "train_size": st.sampled_from([None, 100])},
}


def made(**settings):
    """An Experiment with all that it tells of itself."""
    experiment = Experiment(**settings)
    return experiment.label, experiment.normalized


def network_says(x, training, batch_size):
    return NETWORK.predict(x, training, batch_size)


def images_and_labels(x, labels):
    return NETWORK.accuracy(x, labels), NETWORK.loss_and_gradients(x, labels)


def target(call, *spoiled, raises=REFUSED, more=None, **good):
    """A Target whose arguments are strategies, or values that are passed as they are."""
    good = {name: value if isinstance(value, st.SearchStrategy) else st.just(value) for name, value in good.items()}
    return Target(call, good, raises, spoiled, more)


STATISTICS = {"gamma": C, "beta": C, "moving_mean": C, "moving_variance": POSITIVE, "epsilon": EPSILON}
ASKED = {"name": "x", "advice": "Do."}
EYE = np.eye(3)
TARGETS = {
    "batchnorm.forward": target(batchnorm.forward, x=X, gamma=C, beta=C, epsilon=EPSILON, axis=AXIS),
    "batchnorm.backward": target(batchnorm.backward, dy=good_arrays(4, 3), cache=CACHE),
    "batchnorm.inference": target(batchnorm.inference, x=X, axis=AXIS, **STATISTICS),
    "batchnorm.fold": target(batchnorm.fold, kernel=X, bias=C, **STATISTICS),
    "batchnorm.BatchNorm": target(
        *(of_layer, "x", "training", "features", "momentum", "epsilon", "axis", "dy"),
        **{"x": SHAPED, "training": st.booleans(), "features": 3, "momentum": 0.9, "epsilon": EPSILON},
        **{"axis": AXIS, "dy": SHAPED},
        raises=(*REFUSED, RuntimeError),
    ),
    "batchnorm.batch_moments": target(batchnorm.batch_moments, x=X, axis=AXIS),
    "batchnorm.update_moving": target(batchnorm.update_moving, moving=C, batch=C, momentum=0.9),
    "batchnorm.combine_moments": target(
        batchnorm.combine_moments, means=good_arrays(2, 3), variances=good_arrays(2, 3, low=0.0), counts=[1, 2]
    ),
    "networks.normalizations.normalize": target(
        normalizations.normalize,
        x=good_arrays(4, 6, dtypes=("f4", "f8")),
        kind=st.sampled_from(normalizations.KINDS),
        size=st.sampled_from([1, 2]),
        epsilon=EPSILON,
    ),
    "gradcheck.numerical_gradient": target(
        *(gradcheck.numerical_gradient, "x", "dy", "step"),
        **{"function": np.square, "x": good_arrays(2, 2), "dy": good_arrays(2, 2), "step": 1e-5},
    ),
    "gradcheck.relative_error": target(gradcheck.relative_error, a=C, b=C),
    "experiments.stats.paired_interval": target(stats.paired_interval, without=TEN, with_=TEN, confidence=0.99),
    "experiments.stats.verdict": target(
        *(stats.verdict, "smallest_effect", "equivalence_margin", "guard"),
        **{"interval": INTERVAL, "smallest_effect": 0.02, "equivalence_margin": 0.02, "guard": 0.25},
    ),
    "experiments.stats.no_difference": target(
        *(stats.no_difference, "equivalence_margin", "guard"),
        **{"interval": INTERVAL, "equivalence_margin": 0.02, "guard": 0.25},
    ),
    "experiments.stats.Interval.widen": target(INTERVAL.widen, resolution=0.1),
    "experiments.stats.combine": target(stats.combine, verdicts=["supported", "undecided"]),
    "figures.shared_cells.shared_with": target(
        shared_cells.shared_with,
        **{"cell": (0, 0, 0, 0), "shape": (2, 2, 2, 4), "kind": st.sampled_from(shared_cells.KINDS), "groups": 2},
    ),
    "lessons.l12.drift.drift": target(drift.drift, before=good_arrays(4, 3), after=good_arrays(5, 3)),
    "lessons.l12.drift.step_drift": target(
        drift.step_drift, "experiment", experiment=Experiment(True, "relu", hidden=(2,)), at=0, seeds=[0]
    ),
    "data.load": target(data.load, name="digits", split=0),
    "lessons.l04.published.experiments": target(
        published.experiments, steps=2000, dataset=st.sampled_from(["digits", "mnist"])
    ),
    "course.quiz.load": target(quiz.load, name="00_start_here"),
    "course.quiz.parse": target(quiz.parse, "text", text=QUIZ, name="a"),
    "lessons.l08.gan_scores.frechet_distance": target(
        gan_scores.frechet_distance, mean_a=C, covariance_a=EYE, mean_b=C, covariance_b=EYE
    ),
    "lessons.l08.gan_scores.shares": target(gan_scores.shares, labels=[3, 3, 7]),
    "lessons.l08.gan_scores.classes_covered": target(gan_scores.classes_covered, labels=[3, 3, 7], share=0.01),
    "experiments.Experiment": target(made, **EXPERIMENT),
    "experiments.arguments.seeds": target(arguments.seeds, value=st.sampled_from([3, [0, 4]]), more=st.builds(endless)),
    "experiments.arguments.experiments": target(
        arguments.experiments, values=[Experiment(True, "relu")], more=st.builds(endless)
    ),
    "lessons.l02.benefits.tuning.enough": target(tuning.enough, seeds=12, more=st.builds(endless)),
    "lessons.l02.benefits.claim.part": target(
        *(claim.part, "without", "with_"),
        **{"name": "a", "without": TEN, "with_": TEN, "unit": "accuracy", "smallest_effect": 1},
    ),
    "networks.network.Network.predict": target(
        network_says, x=IMAGES, training=st.booleans(), batch_size=st.sampled_from([None, 2])
    ),
    "networks.network.Network.loss_and_gradients": target(images_and_labels, x=IMAGES, labels=LABELS),
    "lessons.l12.landscape.promise_kept": target(
        landscape.promise_kept, "x", "y", "rates", network=NETWORK, x=IMAGES, y=LABELS, rates=[0.1]
    ),
    "lessons.l12.landscape.gradient_change": target(
        landscape.gradient_change, "x", "y", "rate", network=NETWORK, x=IMAGES, y=LABELS, rate=0.1
    ),
    "_support.validate.batch": target(validate.batch, x=X, axis=AXIS),
    "_support.validate.real_array": target(validate.real_array, "value", name="x", value=C),
    "_support.validate.vector": target(validate.vector, "value", name="x", value=C, length=3, dtype=np.float64),
    "_support.validate.number": target(validate.number, "value", value=1, low=0, high=2, **ASKED),
    "_support.validate.integer": target(validate.integer, "value", value=1, low=0, **ASKED),
    "_support.validate.one_of": target(validate.one_of, "value", name="x", value="a", choices=("a", "b")),
}


@st.composite
def spoilt(draw, target, least=1):
    """The arguments of one call, `least` to two of them replaced; none with least=0."""
    names = list(target.spoiled or target.good)
    bad = draw(st.sets(st.sampled_from(names), min_size=least, max_size=min(len(names), 2 * least)))
    anything = hostile() if target.more is None else st.one_of(hostile(), target.more)
    return {name: draw(anything if name in bad else good) for name, good in target.good.items()}
