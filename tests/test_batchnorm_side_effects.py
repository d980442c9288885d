"""helpers.batchnorm computes, and does nothing else: what is passed in and the generators stay as they are."""

import random

import numpy as np

from helpers import batchnorm
from tests.test_batchnorm import batch


def test_arguments_are_left_as_they_were():
    x, gamma, beta, dy = batch()
    kernel, bias, variance = dy.copy(), beta.copy(), gamma**2
    arguments = (x, gamma, beta, dy, kernel, bias, variance)
    before = [a.copy() for a in arguments]
    _, cache = batchnorm.forward(x, gamma, beta)
    batchnorm.backward(dy, cache)
    batchnorm.inference(x, gamma, beta, beta, variance)
    batchnorm.fold(kernel, bias, gamma, beta, beta, variance)
    assert all(np.array_equal(a, b) for a, b in zip(arguments, before, strict=True))


def test_the_global_random_generators_are_left_alone():
    x, gamma, beta, _ = batch()
    random.seed()  # a state that nobody's seed leads to
    np.random.seed()  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    batchnorm.forward(x, gamma, beta)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002
