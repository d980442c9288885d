"""Answers to `decay_parameters`."""

from helpers.tf.quiet import keras
from tests.wrong_answers.freeze import inside, is_norm
from tests.wrong_answers.registry import correct, correct_lines, wrong, wrong_lines

layers = keras.layers
DECAY = "decay_parameters"


@correct(DECAY)
def by_name(model):
    return [variable for variable in model.trainable_variables if variable.name.endswith("kernel")]


@wrong(DECAY, "misses-kernels")
def by_one_name(model):
    return [variable for variable in model.trainable_variables if variable.name == "kernel"]


@correct(DECAY)
def all_but_scale_and_shift(model):
    return tuple(v for v in model.trainable_variables if v.path.split("/")[-1] not in ("gamma", "beta"))


@correct(DECAY)
def of_all_layers_that_are_no_norm(model):
    return {v.path: v for layer in inside(model) if not is_norm(layer) for v in layer.trainable_variables}


@wrong(DECAY, "misses-kernels")
def one_by_one(model):
    for layer in inside(model):
        if hasattr(layer, "kernel"):
            yield layer.kernel


@wrong(DECAY, "decays-gamma-beta")
def all_but_biases(model):
    return [variable for variable in model.trainable_variables if variable.name != "bias"]


@wrong(DECAY, "decays-gamma-beta")
def gamma_too(model):
    return [variable for variable in model.trainable_variables if variable.name in ("kernel", "gamma")]


@wrong(DECAY, "decays-moving-statistics")
def all_variables_but_gamma_and_beta(model):
    return [variable for variable in model.variables if variable.name not in ("gamma", "beta")]


@wrong(DECAY, "misses-kernels")
def of_dense_layers_and_convolutions(model):
    return [layer.kernel for layer in inside(model) if type(layer) in (layers.Dense, layers.Conv2D)]


@wrong(DECAY, "misses-kernels")
def none(model):
    return []


@wrong(DECAY, "model-changed")
def freezes_the_norms(model):
    for layer in filter(is_norm, inside(model)):
        layer.trainable = False
    return model.trainable_variables


@wrong(DECAY, "model-changed")
def decays_at_once(model):
    for variable in by_name(model):
        variable.assign(0.99 * variable)
    return by_name(model)


@wrong(DECAY, "not-attempted")
def empty_generator(model):
    yield from by_name(model)
    raise NotImplementedError("biases?")


correct_lines(
    DECAY,
    by_rank=lambda model: [weight.value for weight in model.trainable_weights if len(weight.shape) > 1],
)

wrong_lines(
    DECAY,
    {
        "decays-gamma-beta": dict(
            all_that_is_learned=lambda model: model.trainable_variables,
            all_weights=lambda model: model.weights,
        ),
        "decays-moving-statistics": dict(
            kernels_and_what_is_not_learned=lambda model: by_name(model) + model.non_trainable_variables,
        ),
        "misses-kernels": dict(
            of_the_outer_layers=lambda model: [layer.kernel for layer in model.layers if hasattr(layer, "kernel")],
        ),
        "wrong-shape": dict(
            their_names=lambda model: [variable.path for variable in by_name(model)],
            their_values=lambda model: [variable.numpy() for variable in by_name(model)],
            the_first_one=lambda model: by_name(model)[0],
            how_many=lambda model: len(by_name(model)),
        ),
        "raises": dict(
            every_layer_has_a_kernel=lambda model: [layer.kernel for layer in model.layers],
            a_generator_that_stumbles=lambda model: (layer.kernel for layer in inside(model)),
        ),
    },
)
