"""Answers to `to_pytorch`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong

EXERCISE = "to_pytorch"


@correct(EXERCISE)
def complement(momentum, epsilon):
    return {"momentum": 1 - momentum, "eps": epsilon}


@correct(EXERCISE)
def dict_by_keywords_in_float32(momentum, epsilon):
    return dict(eps=np.float32(epsilon), momentum=np.float32(1) - np.float32(momentum))


@correct(EXERCISE)
def key_by_key_as_arrays(momentum, epsilon):
    settings = {}
    settings["momentum"] = np.array(-momentum + 1)
    settings["eps"] = np.array([epsilon])
    return settings


@wrong(EXERCISE, "pytorch-momentum-same")
def as_it_is(momentum, epsilon):
    return {"momentum": momentum, "eps": epsilon}


@wrong(EXERCISE, "pytorch-momentum-same")
def twice_the_complement(momentum, epsilon):
    new = 1 - momentum
    return dict(zip(("momentum", "eps"), (1 - new, epsilon)))


@wrong(EXERCISE, "momentum-ignored")
def pytorch_s_default(momentum, epsilon):
    return {"momentum": 0.1, "eps": epsilon}


@wrong(EXERCISE, "momentum-ignored")
def always_keras_s_default(momentum, epsilon):
    return {"momentum": 1 - 0.99, "eps": epsilon}


@wrong(EXERCISE, "epsilon-ignored")
def pytorch_s_eps(momentum, epsilon):
    return {"momentum": 1 - momentum, "eps": 1e-5}


@wrong(EXERCISE, "epsilon-ignored")
def without_eps(momentum, epsilon):
    return {"momentum": 1 - momentum, "eps": 0}


@wrong(EXERCISE, "wrong-shape")
def a_pair(momentum, epsilon):
    return 1 - momentum, epsilon


@wrong(EXERCISE, "wrong-shape")
def keras_s_names(momentum, epsilon):
    return {"momentum": 1 - momentum, "epsilon": epsilon}


@wrong(EXERCISE, "wrong-shape")
def momentum_alone(momentum, epsilon):
    return {"momentum": 1 - momentum}


@wrong(EXERCISE, "wrong-dtype")
def in_words(momentum, epsilon):
    return {"momentum": "1 - momentum", "eps": "epsilon"}


@wrong(EXERCISE, "wrong-dtype")
def a_yes_or_no(momentum, epsilon):
    return {"momentum": 1 - momentum, "eps": epsilon > 0}


@wrong(EXERCISE, "not-finite")
def inverse(momentum, epsilon):
    return {"momentum": 1 - momentum, "eps": epsilon / np.float64(0)}


@wrong(EXERCISE, "not-finite")
def logarithm_of_nothing(momentum, epsilon):
    return {"momentum": np.log(momentum), "eps": epsilon}


@wrong(EXERCISE, "modifies-global-state")
def seeds(momentum, epsilon):
    np.random.seed(0)  # noqa: NPY002
    return complement(momentum, epsilon)


@wrong(EXERCISE, "modifies-global-state")
def draws(momentum, epsilon):
    return {"momentum": 1 - momentum + 0 * np.random.rand(), "eps": epsilon}  # noqa: NPY002


@wrong(EXERCISE, "wrong-values")
def halves(momentum, epsilon):
    return {"momentum": (1 - momentum) / 2, "eps": epsilon}


@wrong(EXERCISE, "wrong-values")
def root_of_epsilon(momentum, epsilon):
    return {"momentum": 1 - momentum, "eps": epsilon**0.5}


@wrong(EXERCISE, "raises")
def one_argument(momentum):
    return {"momentum": 1 - momentum, "eps": 1e-3}


@wrong(EXERCISE, "raises")
def as_attributes(momentum, epsilon):
    return {"momentum": 1 - momentum.value, "eps": epsilon.value}
