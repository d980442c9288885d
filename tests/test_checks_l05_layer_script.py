"""The script that makes every mistake of a layer show, run on our own layer in NumPy."""

import numpy as np
import pytest

from helpers import batchnorm
from helpers.checks.l05 import layer_script
from helpers.checks.l05.layer_script import MISTAKES, ScriptedLayer, diagnose, play


def played(**settings):
    with np.errstate(all="ignore"):
        script = play(lambda momentum, epsilon: ScriptedLayer(momentum, epsilon, **settings))
        return {name: np.asarray(value, np.float64) for name, value in script}


DUE = played()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.slug}-{mistake.settings}")
def test_each_mistake_is_named_by_what_it_does(mistake):
    assert diagnose(played(**mistake.settings), DUE) == mistake.slug


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.slug}-{mistake.settings}")
def test_each_mistake_shows_somewhere_in_the_script(mistake):
    wrong = played(**mistake.settings)
    assert not all(layer_script.alike(wrong[name], DUE[name]) for name in DUE)


@pytest.mark.parametrize("constant", [1e-6, 0.02, 0.5])
def test_an_epsilon_of_one_s_own_is_read_off(constant):
    assert diagnose(played(fixed_epsilon=constant), DUE) == "epsilon-ignored"


@pytest.mark.parametrize("constant", [0.0, 0.5, 0.999])
def test_a_momentum_of_one_s_own_is_read_off(constant):
    assert diagnose(played(fixed_momentum=constant), DUE) == "momentum-ignored"


def test_of_two_mistakes_the_first_to_mend_is_named():
    assert diagnose(played(beta="missing", momentum_of="new"), DUE) == "missing-beta"


def test_what_no_mistake_gives_has_no_name():
    assert diagnose({name: 1.1 * value for name, value in DUE.items()}, DUE) is None


def test_the_right_layer_agrees_with_the_course_s_formulas():
    rng = np.random.default_rng(3)
    x, dy, gamma, beta = rng.normal(2, 3, (8, 5)), rng.normal(size=(8, 5)), rng.normal(size=5), rng.normal(size=5)
    layer = ScriptedLayer(0.9, 0.01)
    layer.set_learned(gamma, beta)
    y, cache = batchnorm.forward(x, gamma, beta, epsilon=0.01)
    np.testing.assert_allclose(layer(x, training=True), y, atol=1e-12)
    for ours, right in zip(layer.gradients(x, dy), batchnorm.backward(dy, cache)):
        np.testing.assert_allclose(ours, right, atol=1e-7)
