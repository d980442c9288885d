"""Answers to `to_pytorch`."""

import numpy as np

from tests.wrong_answers.registry import correct, wrong, wrong_lines

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
def twice_the_complement(momentum, epsilon):
    new = 1 - momentum
    return dict(zip(("momentum", "eps"), (1 - new, epsilon)))


@wrong(EXERCISE, "modifies-global-state")
def seeds(momentum, epsilon):
    np.random.seed(0)  # noqa: NPY002
    return complement(momentum, epsilon)


@wrong(EXERCISE, "modifies-global-state")
def draws(momentum, epsilon):
    return {"momentum": 1 - momentum + 0 * np.random.rand(), "eps": epsilon}  # noqa: NPY002


wrong_lines(
    EXERCISE,
    {
        "pytorch-momentum-same": dict(
            as_it_is=lambda momentum, epsilon: {"momentum": momentum, "eps": epsilon},
        ),
        "momentum-ignored": dict(
            pytorch_s_default=lambda momentum, epsilon: {"momentum": 0.1, "eps": epsilon},
            always_keras_s_default=lambda momentum, epsilon: {"momentum": 1 - 0.99, "eps": epsilon},
        ),
        "epsilon-ignored": dict(
            pytorch_s_eps=lambda momentum, epsilon: {"momentum": 1 - momentum, "eps": 1e-5},
            without_eps=lambda momentum, epsilon: {"momentum": 1 - momentum, "eps": 0},
        ),
        "wrong-shape": dict(
            a_pair=lambda momentum, epsilon: (1 - momentum, epsilon),
            keras_s_names=lambda momentum, epsilon: {"momentum": 1 - momentum, "epsilon": epsilon},
            momentum_alone=lambda momentum, epsilon: {"momentum": 1 - momentum},
        ),
        "wrong-dtype": dict(
            in_words=lambda momentum, epsilon: {"momentum": "1 - momentum", "eps": "epsilon"},
            a_yes_or_no=lambda momentum, epsilon: {"momentum": 1 - momentum, "eps": epsilon > 0},
        ),
        "not-finite": dict(
            inverse=lambda momentum, epsilon: {"momentum": 1 - momentum, "eps": epsilon / np.float64(0)},
            logarithm_of_nothing=lambda momentum, epsilon: {"momentum": np.log(momentum), "eps": epsilon},
        ),
        "wrong-values": dict(
            halves=lambda momentum, epsilon: {"momentum": (1 - momentum) / 2, "eps": epsilon},
            root_of_epsilon=lambda momentum, epsilon: {"momentum": 1 - momentum, "eps": epsilon**0.5},
        ),
        "raises": dict(
            one_argument=lambda momentum: {"momentum": 1 - momentum, "eps": 1e-3},
            as_attributes=lambda momentum, epsilon: {"momentum": 1 - momentum.value, "eps": epsilon.value},
        ),
    },
)
