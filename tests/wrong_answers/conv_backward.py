"""Answers to `conv_backward`: feature maps as rows for `backward`, and what goes wrong with maps alone."""

import numpy as np

from tests.wrong_answers import backward as rows
from tests.wrong_answers import registry
from tests.wrong_answers.backward_correct import in_one_line
from tests.wrong_answers.conv_forward_correct import along, others
from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXERCISE = "conv_backward"


def by_rows(function):
    """`function(dy, x, gamma, epsilon)` of rows (M, C), applied to maps."""

    def answer(dy, x, gamma, epsilon, axis):
        last = np.moveaxis(x, axis, -1)
        flat = [np.moveaxis(a, axis, -1).reshape(-1, len(gamma)) for a in (dy, x)]
        results = function(*flat, gamma, epsilon)
        if not isinstance(results, tuple):
            return results
        dx, dgamma, dbeta = results[0] if isinstance(results[0], tuple) else results
        return np.moveaxis(dx.reshape(last.shape), -1, axis), dgamma, dbeta

    answer.__name__ = function.__name__
    return answer


def general(dy, x, gamma, epsilon, axis, *, over=None, sums=None, m=None, keepdims=True):
    """The formula, with statistics over some axes, sums over others, and any m."""
    right = others(x, axis)
    over, sums = over or right, sums or right
    inv_std = 1 / np.sqrt(x.var(axis=over, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=over, keepdims=True)) * inv_std
    dbeta, dgamma = dy.sum(axis=sums, keepdims=True), (dy * x_hat).sum(axis=sums, keepdims=True)
    m = m or x.size // len(gamma)
    dx = along(x, axis, gamma) * inv_std * (dy - dbeta / m - x_hat * dgamma / m)
    return dx, dgamma.squeeze(sums), dbeta.squeeze(sums)


@correct(EXERCISE)
def with_kept_dimensions(dy, x, gamma, epsilon, axis):
    return general(dy, x, gamma, epsilon, axis)


@correct(EXERCISE)
def as_rows(dy, x, gamma, epsilon, axis):
    return by_rows(in_one_line)(dy, x, gamma, epsilon, axis)


@correct(EXERCISE)
def map_by_map_with_its_steps(dy, x, gamma, epsilon, axis):
    dx, shares, inverses = np.empty_like(x), [], []
    for c, scale in enumerate(gamma):
        here = (slice(None),) * (axis % 4) + (c,)
        inv_std = 1 / np.sqrt(x[here].var() + epsilon)
        x_hat = (x[here] - x[here].mean()) * inv_std
        dx_hat = dy[here] * scale
        dx[here] = inv_std * (dx_hat - dx_hat.mean() - x_hat * (dx_hat * x_hat).mean())
        shares.append(((dy[here] * x_hat).sum(), dy[here].sum()))
        inverses.append(inv_std)
    dgamma, dbeta = np.array(shares).T
    return (dx, dgamma, dbeta), {"inv_std": np.array(inverses)}


@correct(EXERCISE)
def with_einsum(dy, x, gamma, epsilon, axis):
    letters = "nchw" if axis in (1, -3) else "nhwc"
    m = x.size // len(gamma)
    centred = x - along(x, axis, np.einsum(f"{letters}->c", x) / m)
    inv_std = (np.einsum(f"{letters},{letters}->c", centred, centred) / m + epsilon) ** -0.5
    x_hat = centred * along(x, axis, inv_std)
    dbeta, dgamma = np.einsum(f"{letters}->c", dy), np.einsum(f"{letters},{letters}->c", dy, x_hat)
    dx = dy - along(x, axis, dbeta / m) - x_hat * along(x, axis, dgamma / m)
    return dx * along(x, axis, gamma * inv_std), dgamma, dbeta


@wrong(EXERCISE, "per-position-statistics")
def copied_from_a_dense_layer(dy, x, gamma, epsilon, axis):
    dx, dgamma, dbeta = general(dy, x, gamma, epsilon, axis, over=(0,), sums=(0,), m=len(x))
    return dx, dgamma, dbeta


@wrong(EXERCISE, "per-position-statistics")
def flattened_images(dy, x, gamma, epsilon, axis):
    dx, dgamma, dbeta = general(dy, x, gamma, epsilon, axis, over=(0,), sums=(0,), m=len(x))
    rest = tuple(i for i in range(3) if i != axis % 4 - 1)
    return dx, dgamma.sum(axis=rest), dbeta.sum(axis=rest)


@wrong(EXERCISE, "per-position-statistics")
def moments_over_images_alone(dy, x, gamma, epsilon, axis):
    return general(dy, x, gamma, epsilon, axis, over=(0,))


@wrong(EXERCISE, "instance-statistics")
def image_by_image(dy, x, gamma, epsilon, axis):
    each = [with_kept_dimensions(dy[i : i + 1], x[i : i + 1], gamma, epsilon, axis) for i in range(len(x))]
    dx, dgamma, dbeta = zip(*each)
    return np.concatenate(dx), np.sum(dgamma, axis=0), np.sum(dbeta, axis=0)


@wrong(EXERCISE, "instance-statistics")
def moments_over_positions_alone(dy, x, gamma, epsilon, axis):
    return general(dy, x, gamma, epsilon, axis, over=others(x, axis)[1:])


@wrong(EXERCISE, "per-position-sums")
def sums_over_images_alone(dy, x, gamma, epsilon, axis):
    return general(dy, x, gamma, epsilon, axis, sums=(0,))


@wrong(EXERCISE, "per-position-sums")
def sums_and_m_of_images_alone(dy, x, gamma, epsilon, axis):
    return general(dy, x, gamma, epsilon, axis, sums=(0,), m=len(x))


@wrong(EXERCISE, "counts-images")
def m_is_the_number_of_images(dy, x, gamma, epsilon, axis):
    return general(dy, x, gamma, epsilon, axis, m=len(x))


@wrong(EXERCISE, "counts-images")
def m_is_the_length_of_dy(dy, x, gamma, epsilon, axis):
    right = others(x, axis)
    m = len(dy)
    inv_std = 1 / np.sqrt(x.var(axis=right, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=right, keepdims=True)) * inv_std
    dbeta, dgamma = dy.sum(axis=right), (dy * x_hat).sum(axis=right)
    dx_hat = dy * along(x, axis, gamma)
    through_both = along(x, axis, gamma * dbeta) + x_hat * along(x, axis, gamma * dgamma)
    return inv_std * (dx_hat - through_both / m), dgamma, dbeta


@wrong(EXERCISE, "channels-first-ignored")
def always_the_last_axis(dy, x, gamma, epsilon, axis):
    return general(dy, x, gamma, epsilon, -1)


@wrong(EXERCISE, "channels-first-ignored")
def reshaped_in_any_layout(dy, x, gamma, epsilon, axis):
    dx, dgamma, dbeta = in_one_line(dy.reshape(-1, len(gamma)), x.reshape(-1, len(gamma)), gamma, epsilon)
    return dx.reshape(x.shape), dgamma, dbeta


@wrong(EXERCISE, "negative-axis")
def a_negative_axis_equals_none(dy, x, gamma, epsilon, axis):
    over = tuple(i for i in range(4) if i != axis)
    return general(dy, x, gamma, epsilon, axis, over=over, sums=over)


@wrong(EXERCISE, "negative-axis")
def all_four_counted_too(dy, x, gamma, epsilon, axis):
    over = tuple(i for i in range(4) if i != axis)
    return general(dy, x, gamma, epsilon, axis, over=over, sums=over, m=np.prod([x.shape[i] for i in over]))


@wrong(EXERCISE, "gamma-wrong-axis")
def gamma_along_the_last_axis(dy, x, gamma, epsilon, axis):
    dx, dgamma, dbeta = general(dy, x, np.ones_like(gamma), epsilon, axis)
    return gamma * dx, dgamma, dbeta


@wrong(EXERCISE, "gamma-wrong-axis")
def gamma_last_in_dx_hat(dy, x, gamma, epsilon, axis):
    dx, _, _ = general(dy, x, np.ones_like(gamma), epsilon, axis)
    _, dgamma, dbeta = general(dy, x, gamma, epsilon, axis)
    return dx * gamma.reshape(1, 1, 1, -1), dgamma, dbeta


wrong_lines(
    EXERCISE,
    {
        "wrong-shape": dict(
            features_left_at_the_end=lambda dy, x, gamma, epsilon, axis: (
                np.moveaxis(with_kept_dimensions(dy, x, gamma, epsilon, axis)[0], axis, -1),
                *with_kept_dimensions(dy, x, gamma, epsilon, axis)[1:],
            ),
            shares_with_kept_dimensions=lambda dy, x, gamma, epsilon, axis: (
                with_kept_dimensions(dy, x, gamma, epsilon, axis)[0],
                *(along(x, axis, s) for s in with_kept_dimensions(dy, x, gamma, epsilon, axis)[1:]),
            ),
        ),
    },
)

# What goes wrong with a batch of rows goes wrong with maps laid out as rows; sums over the features only if C = m.
for one in [one for one in registry.WRONG if one.exercise == rows.EXERCISE and one.slug != "gamma-wrong-axis"]:
    if one.function is not rows.sums_per_row:
        wrong(EXERCISE, one.slug)(by_rows(one.function))


@wrong(EXERCISE, "counts-images")
def counts_images_and_forgets_epsilon_in_dx(dy, x, gamma, epsilon, axis):
    dx, dgamma, dbeta = m_is_the_number_of_images(dy, x, gamma, epsilon, axis)
    variance = np.moveaxis(x, axis, -1).var(axis=tuple(range(x.ndim - 1)))
    return dx * along(x, axis, np.sqrt((variance + epsilon) / variance)), dgamma, dbeta
