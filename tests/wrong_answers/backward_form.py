"""Wrong answers to `backward` whose form, side effects or values have no name of their own."""

from tests.wrong_answers.backward_correct import in_one_line, parts
from tests.wrong_answers.registry import wrong

EXERCISE = "backward"


@wrong(EXERCISE, "modifies-input")
def centers_in_place(dy, x, gamma, epsilon):
    x -= x.mean(0)
    return in_one_line(dy, x, gamma, epsilon)


@wrong(EXERCISE, "modifies-input")
def scales_dy_in_place(dy, x, gamma, epsilon):
    results = in_one_line(dy, x, gamma, epsilon)
    dy *= gamma
    return results


@wrong(EXERCISE, "wrong-values")
def plus_instead_of_minus(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv_std * (dy + dbeta / m + x_hat * dgamma / m), dgamma, dbeta


@wrong(EXERCISE, "wrong-values")
def half_the_variance_path(dy, x, gamma, epsilon):
    m, inv_std, x_hat = parts(x, epsilon)
    dbeta, dgamma = dy.sum(0), (dy * x_hat).sum(0)
    return gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / (2 * m)), dgamma, dbeta


@wrong(EXERCISE, "wrong-values")
def dgamma_with_x(dy, x, gamma, epsilon):
    dx, _, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, (dy * x).sum(0), dbeta


@wrong(EXERCISE, "wrong-shape")
def only_dx(dy, x, gamma, epsilon):
    return in_one_line(dy, x, gamma, epsilon)[0]


@wrong(EXERCISE, "wrong-shape")
def dgamma_for_each_row(dy, x, gamma, epsilon):
    dx, _, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, dy * parts(x, epsilon)[2], dbeta


@wrong(EXERCISE, "wrong-shape")
def returns_nothing(dy, x, gamma, epsilon):
    in_one_line(dy, x, gamma, epsilon)


@wrong(EXERCISE, "wrong-dtype")
def integers(dy, x, gamma, epsilon):
    return tuple(result.astype(int) for result in in_one_line(dy, x, gamma, epsilon))


@wrong(EXERCISE, "wrong-dtype")
def dbeta_as_text(dy, x, gamma, epsilon):
    dx, dgamma, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, dgamma, dbeta.astype(str)


@wrong(EXERCISE, "not-finite")
def divides_by_zero(dy, x, gamma, epsilon):
    dx, dgamma, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx / (len(x) - len(dy)), dgamma, dbeta


@wrong(EXERCISE, "not-finite")
def divides_by_dbeta_minus_itself(dy, x, gamma, epsilon):
    dx, dgamma, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, dgamma, dbeta / (dbeta - dbeta)
