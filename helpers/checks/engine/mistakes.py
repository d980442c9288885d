"""The switches of formulas.py, by the names of the mistakes; shared by the exercises that normalize a batch."""

import numpy as np

from helpers.checks.engine.diagnosing import mistake

CONSTANTS = (0.0, 1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Values of epsilon that people write into the code instead of using the one that they are given."""

DIVIDES_BY_VARIANCE = (
    mistake("divides-by-variance", power=1.0),
    mistake("divides-by-variance", rare=True, power=1.0, constant=0.0),
)

WRONG_ROOT = (
    mistake("root-twice", "divides-by-variance", rare=True, outside="second root"),
    mistake("multiplies-by-std", "divides-by-variance", rare=True, power=-0.5),
)

UNBIASED = (mistake("unbiased-variance", ddof=1),)

EPSILON = (
    mistake("epsilon-outside-sqrt", outside="root"),
    *(mistake("epsilon-outside-sqrt", rare=True, outside=place) for place in ("two roots", "fraction")),
    mistake("epsilon-ignored", rare=True, outside="squared"),
    *(mistake("epsilon-ignored", rare=constant not in (0.0, 1e-5), constant=constant) for constant in CONSTANTS),
    # Behind the constants: where nothing varies so little, a floor does nothing, as no epsilon does.
    *(mistake("epsilon-outside-sqrt", rare=True, outside=place) for place in ("floor", "floor under the root")),
)

QUOTIENT = (mistake("epsilon-outside-sqrt", rare=True, outside="quotient"),)
"""(x - mean) / std + epsilon, where there is such a quotient."""

GAMMA_AND_BETA = (
    mistake("missing-gamma", "gain", gain=None),
    mistake("missing-beta", "offset", offset=None),
    mistake("gamma-beta-swapped", "gain and offset", gain="beta", offset="gamma"),
)


BETA_SCALED = mistake("beta-scaled", "offset", rare=True, inside=True)


def misplaced(*places):
    """gamma-wrong-axis: gamma, beta or both along one of these axes instead of the features'."""
    return tuple(
        mistake("gamma-wrong-axis", "place", **settings)
        for place in places
        for settings in (
            {"gamma_place": place, "beta_place": place},
            {"gamma_place": place},
            {"beta_place": place},
        )
    )


def wrong_reductions(slug, *names):
    """Mean and variance, or only one of them, over the axes called by these names; with and without kept dimensions."""
    return tuple(
        mistake(slug, "over", rare=rare, **settings)
        for name in names
        for rare, settings in (
            (False, {"over": name}),
            (True, {"mean_over": name, "own_center": True}),
            (True, {"mean_over": name}),
            (True, {"variance_over": name}),
            (True, {"variance_over": name, "own_center": True}),
            (False, {"over": name, "keepdims": False}),
            (True, {"over": name, "keepdims": False, "own_center": True}),
            (True, {"mean_over": name, "keepdims": False, "own_center": True}),
            (True, {"variance_over": name, "keepdims": False}),
            (True, {"variance_over": name, "keepdims": False, "own_center": True}),
        )
    )


CENTRING = (
    mistake("missing-parentheses", "centring", centring="late"),
    *(mistake("mean-not-subtracted", "centring", rare=how == "added", centring=how) for how in ("none", "added")),
)

TOTALS = tuple(
    mistake("sum-not-mean", rare=True, totals=which) for which in (("variance",), ("mean", "variance"), ("mean",))
)


def on_batch(*places):
    """What goes wrong in `forward`: everything above, with gamma or beta at one of these places."""
    return (
        *wrong_reductions("wrong-axis", "features", "all"),
        *CENTRING,
        *DIVIDES_BY_VARIANCE,
        *WRONG_ROOT,
        *UNBIASED,
        *QUOTIENT,
        *EPSILON,
        *GAMMA_AND_BETA,
        BETA_SCALED,
        *misplaced(*places),
        *TOTALS,
    )


def find_gain(x, y):
    """The slope of y in x, both (N,)."""
    return np.cov(x, y, ddof=0)[0, 1] / x.var()


def read_epsilon(gamma, variance, gain):
    """The epsilon for which a feature's gain is gamma / sqrt(variance + epsilon), as a Mistake; () if there is none."""
    with np.errstate(all="ignore"):
        found = float((gamma / gain) ** 2 - variance)
    return (mistake("epsilon-ignored", rare=True, constant=found),) if np.isfinite(found) and found >= 0 else ()
