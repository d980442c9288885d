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
def dx_from_the_last_row_to_the_first(dy, x, gamma, epsilon):
    dx, *shares = in_one_line(dy, x, gamma, epsilon)
    return dx[::-1], *shares


@wrong(EXERCISE, "wrong-values")
def dgamma_of_sizes(dy, x, gamma, epsilon):
    dx, _, dbeta = in_one_line(dy, x, gamma, epsilon)
    return dx, abs(dy * parts(x, epsilon)[2]).sum(0), dbeta


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
