"""Ideas found in public submissions and questions, each in words and code of our own: exercises on arrays.

An idea for a formula that several exercises have is written once, and is an answer to each of them.
"""

from types import SimpleNamespace

import numpy as np

from tests.wrong_answers.conv_backward import by_rows
from tests.wrong_answers.registry import correct_lines, wrong_lines


def forms(dy, x, gamma, epsilon):
    """What the backward pass is written with: d is dx_hat, c centred, s inv_std, h x_hat, (N, D) or (D,)."""
    c, v = x - x.mean(0), x.var(0)
    s = 1 / np.sqrt(v + epsilon)
    return SimpleNamespace(d=dy * gamma, x=x, c=c, v=v, s=s, h=c * s, e=epsilon, m=len(x), features=x.shape[1])


def total(values):
    return values.sum(axis=0)


def with_lines(f, *, root=None, power=None, third=1.0):
    """dx by the paper's three lines; root, power: what stands for inv_std, and for inv_std ** 3."""
    root, power = (f.s if root is None else root), (f.s**3 if power is None else power)
    dvariance = total(f.d * f.c) * -0.5 * power
    dmean = -total(f.d * root) + dvariance * -2 * f.c.mean(0)
    return f.d * root + dvariance * 2 * f.c / f.m + third * dmean / f.m


def closed(f, *, s=None, h=None, variance=1.0, sign=-1.0):
    """dx by the one line, with another inv_std or x_hat, and factors of what is taken away."""
    s, h = (f.s if s is None else s), (f.h if h is None else h)
    return s * (f.d + sign * f.d.mean(0) + sign * variance * h * (f.d * h).mean(0))


DX = {
    "wrong-factor": dict(
        two_of_the_square_forgotten=lambda f: closed(f, variance=0.5),
        half_of_the_root_forgotten=lambda f: closed(f, variance=2.0),
        half_and_its_sign_forgotten=lambda f: closed(f, variance=-2.0),
        mean_counted_twice=lambda f: f.s * (f.d - 2 * f.d.mean(0) - f.h * (f.d * f.h).mean(0)),
    ),
    "wrong-sign": dict(
        sign_of_dmean_lost=lambda f: with_lines(f, third=-1.0),
        both_added=lambda f: closed(f, sign=1.0),
        both_added_over_m=lambda f: f.s / f.m * (f.m * f.d + total(f.d) + f.h * total(f.d * f.h)),
    ),
    "wrong-power": dict(
        three_halves_of_inv_std=lambda f: with_lines(f, power=f.s**1.5),
        first_power_of_the_variance=lambda f: with_lines(f, power=1 / (f.v + f.e)),
        projected_with_centred=lambda f: f.s * (f.d - f.d.mean(0) - f.h * (f.d * f.c).mean(0)),
        half_a_power=lambda f: with_lines(f, power=f.s**0.5),
    ),
    "sum-not-mean": dict(
        one_over_m_forgotten_in_front=lambda f: f.s * (f.m * f.d - total(f.d) - f.h * total(f.d * f.h)),
        dmean_not_shared_out=lambda f: f.s * (f.d - total(f.d) - f.h * (f.d * f.h).mean(0)),
    ),
    "divided-twice": dict(
        means_divided_again=lambda f: f.s * (f.d - f.d.mean(0) / f.m - f.h * (f.d * f.h).mean(0) / f.m),
        all_of_it_divided_again=lambda f: closed(f) / f.m,
        dmean_averaged_and_divided=lambda f: f.s * (f.d - f.d.mean(0) / f.m - f.h * (f.d * f.h).mean(0)),
    ),
    "wrong-count": dict(
        over_the_features=lambda f: f.s * (f.d - total(f.d) / f.features - f.h * total(f.d * f.h) / f.features),
        over_the_features_in_front=lambda f: (
            f.s / f.features * (f.features * f.d - total(f.d) - f.h * total(f.d * f.h))
        ),
    ),
    "own-row-only": dict(
        diagonal_of_the_jacobian=lambda f: f.d * f.s * (1 - 1 / f.m - f.h**2 / f.m),
        quotient_rule_for_one_x=lambda f: f.d * ((1 - 1 / f.m) - f.c**2 * f.s**2 / f.m) * f.s,
    ),
    "missing-inverse-std": dict(
        inv_std_never_multiplied=lambda f: f.d - f.d.mean(0) - f.h * (f.d * f.h).mean(0),
    ),
    "epsilon-uneven": dict(
        power_without_epsilon=lambda f: with_lines(f, power=f.v**-1.5),
        root_without_epsilon=lambda f: with_lines(f, root=f.v**-0.5),
        dx_without_epsilon=lambda f: closed(f, s=f.v**-0.5, h=f.c * f.v**-0.5),
        front_without_epsilon=lambda f: closed(f, s=f.v**-0.5),
        dx_with_1e_8=lambda f: closed(f, s=(f.v + 1e-8) ** -0.5, h=f.c * (f.v + 1e-8) ** -0.5),
        dx_with_std_plus_epsilon=lambda f: closed(f, s=1 / (f.v**0.5 + f.e), h=f.c / (f.v**0.5 + f.e)),
    ),
    "detached-statistics": dict(
        as_at_inference=lambda f: f.d * (f.v + f.e) ** -0.5,
    ),
    "detached-mean": dict(
        only_dvariance=lambda f: with_lines(f, third=0.0),
    ),
    "gradient-overwritten": dict(
        variance_s_part_instead_of_both=lambda f: -f.s * f.h * (f.d * f.h).mean(0),
        variance_s_part_instead_of_both_in_lines=lambda f: total(f.d * f.c) * -(f.s**3) * f.c / f.m,
    ),
    "not-summed-over-rows": dict(
        dinv_std_of_each_row=lambda f: (
            f.d * f.s - f.h * f.d * f.h * f.s / f.m - (f.d * f.s - f.h * f.d * f.h * f.s / f.m).mean(0)
        ),
        dvariance_of_each_row=lambda f: (lambda g: g - g.mean(0))(f.d * f.s - f.d * f.c**2 * f.s**3 / f.m),
    ),
}
"""Wrong dx, in rows that are normalized over the first axis."""

SHARES = {
    "gamma-in-dgamma": dict(
        both_from_dx_hat=lambda dy, x, h, gamma: (total(dy * gamma * h), total(dy * gamma)),
        dgamma_from_the_output=lambda dy, x, h, gamma: (total(dy * (gamma * h)), total(dy)),
        dbeta_from_dx_hat=lambda dy, x, h, gamma: (total(dy * h), total(dy * gamma)),
    ),
    "x-not-x-hat": dict(
        dgamma_from_x=lambda dy, x, h, gamma: (total(dy * x), total(dy)),
        dgamma_from_x_by_einsum=lambda dy, x, h, gamma: (np.einsum("nd,nd->d", dy, x), total(dy)),
    ),
    "mean-not-sum": dict(
        only_dgamma_averaged=lambda dy, x, h, gamma: ((dy * h).mean(0), total(dy)),
    ),
}


def backward_with(dx=closed, shares=None):
    def answer(dy, x, gamma, epsilon):
        f = forms(dy, x, gamma, epsilon)
        return dx(f), *((total(dy * f.h), total(dy)) if shares is None else shares(dy, x, f.h, gamma))

    return answer


def layer_norm_with(dx=closed, shares=None):
    def answer(dy, x, gamma, epsilon):
        f = forms((dy * gamma).T, x.T, 1.0, epsilon)
        return dx(f).T, *((total(dy * f.h.T), total(dy)) if shares is None else shares(dy, x, f.h.T, gamma))

    return answer


def conv_with(dx=closed, shares=None):
    return by_rows(backward_with(dx, shares))


def with_gamma_again(function):
    """The answer with dx multiplied by gamma once more, in one go or for each feature."""

    def answer(dy, x, gamma, epsilon):
        dx, *shares = function(dy, x, gamma, epsilon)
        return dx * gamma, *shares

    return answer


GRADIENTS = {"backward": backward_with, "conv_backward": conv_with, "layer_norm_backward": layer_norm_with}

for exercise, build in GRADIENTS.items():
    wrong_lines(exercise, {slug: dict(of) for slug, of in DX.items()}, build)
    wrong_lines(exercise, SHARES, lambda shares, build=build: build(shares=shares))
    again = [with_gamma_again(one) for one in (backward_with(), backward_with(with_lines))]
    if exercise == "layer_norm_backward":
        again = [with_gamma_again(one) for one in (layer_norm_with(), layer_norm_with(with_lines))]
    if exercise == "conv_backward":
        again = [by_rows(one) for one in again]
    wrong_lines(exercise, {"gamma-twice": dict(zip(("gamma_in_front_again", "gamma_in_lines_again"), again))})
    correct_lines(
        exercise,
        dvariance_left_out_of_dmean=build(
            lambda f: f.d * f.s - f.h * f.s * (f.d * f.h).mean(0) - total(f.d * f.s) / f.m
        ),
        with_lines=build(with_lines),
        with_a_matrix=build(lambda f: f.s * (f.d - f.h * (f.d * f.h).mean(0) - np.ones((f.m, f.m)) @ f.d / f.m)),
    )


UPDATES = {
    "weights-not-one": dict(
        momentum_for_both=lambda moving, batch, momentum: moving * momentum + batch * momentum,
        momentum_outside_of_a_bracket=lambda moving, batch, momentum: momentum * (moving + batch),
        the_rest_for_both=lambda moving, batch, momentum: (1 - momentum) * (moving + batch),
        old_value_kept_whole=lambda moving, batch, momentum: moving + (1 - momentum) * batch,
        both_kept_whole=lambda moving, batch, momentum: moving + batch,
    ),
    "wrong-values": dict(
        halfway_to_the_right_one=lambda moving, batch, momentum: moving + (1 - momentum) * (batch - moving) / 2,
        batch_subtracted=lambda moving, batch, momentum: moving * momentum - batch * (1 - momentum),
    ),
}

STANDARDIZED = {
    "mean-not-subtracted": dict(
        forgets_the_mean=lambda x: x / x.std(0),
        adds_the_mean=lambda x: (x + x.mean(0)) / x.std(0),
    ),
    "root-twice": dict(
        root_of_the_std=lambda x: (x - x.mean(0)) / np.sqrt(x.std(0)),
        fourth_root=lambda x: (x - x.mean(0)) * x.var(0) ** -0.25,
    ),
    "multiplies-by-std": dict(
        times_the_std=lambda x: (x - x.mean(0)) * x.std(0),
        divided_by_the_inverse=lambda x: (x - x.mean(0)) / x.var(0) ** -0.5,
    ),
    "sum-not-mean": dict(
        squares_summed=lambda x: (x - x.mean(0)) / np.sqrt(((x - x.mean(0)) ** 2).sum(0)),
        length_of_the_column=lambda x: (x - x.mean(0)) / np.linalg.norm(x - x.mean(0), axis=0),
    ),
    "wrong-axis": dict(
        about_everything=lambda x: (x - x.mean()) / x.std(),
    ),
    "wrong-values": dict(
        by_the_mean_deviation=lambda x: (x - x.mean(0)) / np.abs(x - x.mean(0)).mean(0),
        by_the_median=lambda x: (x - np.median(x, axis=0)) / x.std(0),
    ),
}

CONVERTED = {
    "wrong-values": dict(
        rounded_to_two_digits=lambda momentum, epsilon: {"momentum": round(1 - momentum, 2), "eps": epsilon},
        rounded_to_one=lambda momentum, epsilon: {"momentum": 1 - round(momentum, 1), "eps": epsilon},
    ),
}


def folded_with(scale, sign=-1.0):
    def answer(kernel, bias, gamma, beta, mean, variance, epsilon):
        s = scale(gamma, variance, epsilon)
        return kernel * s, beta + s * (sign * mean + (0.0 if bias is None else bias))

    return answer


FOLDED = {
    "mean-added": dict(
        mean_plus_the_rest=folded_with(lambda gamma, variance, epsilon: gamma / np.sqrt(variance + epsilon), 1.0),
    ),
    "multiplies-by-std": dict(
        times_the_std=folded_with(lambda gamma, variance, epsilon: gamma * np.sqrt(variance + epsilon)),
        divided_by_the_inverse=folded_with(lambda gamma, variance, epsilon: gamma / (variance + epsilon) ** -0.5),
    ),
    "root-twice": dict(
        root_of_the_std=folded_with(lambda gamma, variance, epsilon: gamma / np.sqrt(np.sqrt(variance) + epsilon)),
        fourth_root=folded_with(lambda gamma, variance, epsilon: gamma / (variance**0.5 + epsilon) ** 0.5),
    ),
    "wrong-values": dict(
        third_of_the_scale=folded_with(lambda gamma, variance, epsilon: gamma / np.sqrt(variance + epsilon) / 3),
    ),
}


def maps_with(to_rows, back):
    """The forward pass of rows, with another way from maps to rows and from rows to maps."""

    def answer(x, gamma, beta, epsilon, axis):
        rows = to_rows(x, len(gamma), axis)
        y = gamma * (rows - rows.mean(0)) / np.sqrt(rows.var(0) + epsilon) + beta
        return back(y, x, axis)

    return answer


def features_last(x, features, axis):
    return np.moveaxis(x, axis, -1).reshape(-1, features)


MAPS = {
    "reshape-not-transpose": dict(
        reshaped_back_at_once=maps_with(features_last, lambda y, x, axis: y.reshape(x.shape)),
        features_as_long_rows=maps_with(lambda x, c, axis: x.reshape(c, -1).T, lambda y, x, axis: y.T.reshape(x.shape)),
    ),
    "channels-first-ignored": dict(
        neighbours_in_memory=maps_with(lambda x, c, axis: x.reshape(-1, c), lambda y, x, axis: y.reshape(x.shape)),
    ),
}


def reshaped_back(dx_of):
    def answer(dy, x, gamma, epsilon, axis):
        rows = [features_last(a, len(gamma), axis) for a in (dy, x)]
        dx, *shares = backward_with(dx_of)(*rows, gamma, epsilon)
        return dx.reshape(x.shape), *shares

    return answer


wrong_lines("update_moving", UPDATES)
wrong_lines("standardize", STANDARDIZED)
wrong_lines("to_pytorch", CONVERTED)
wrong_lines("fold", FOLDED)
wrong_lines("conv_forward", MAPS)
wrong_lines(
    "conv_backward",
    {"reshape-not-transpose": dict(closed_and_reshaped=closed, lines_and_reshaped=with_lines)},
    reshaped_back,
)
correct_lines(
    "conv_forward",
    swapped_axes=maps_with(
        lambda x, c, axis: np.swapaxes(x, axis, -1).reshape(-1, c),
        lambda y, x, axis: np.swapaxes(y.reshape(np.swapaxes(x, axis, -1).shape), axis, -1),
    ),
    features_in_front=maps_with(
        lambda x, c, axis: np.moveaxis(x, axis, 0).reshape(c, -1).T,
        lambda y, x, axis: np.moveaxis(y.T.reshape(np.moveaxis(x, axis, 0).shape), 0, axis),
    ),
)
correct_lines("fold", bias_minus_mean_at_once=folded_with(lambda gamma, variance, e: gamma / np.sqrt(variance + e)))
correct_lines(
    "standardize",
    tiled=lambda x: (x - np.tile(x.mean(0), (len(x), 1))) / np.tile(x.std(0), (len(x), 1)),
    with_an_epsilon=lambda x: (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-8),
    by_columns=lambda x: np.array([(c - c.mean()) / c.std() for c in x.T]).T,
)
correct_lines(
    "update_moving",
    old_minus_a_share=lambda moving, batch, momentum: moving - (1 - momentum) * (moving - batch),
    by_the_new_weight=lambda moving, batch, momentum: (lambda new: (1 - new) * moving + new * batch)(1 - momentum),
)
