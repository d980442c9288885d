"""Answers to `decay_parameters`."""

from helpers.tf.quiet import keras
from tests.wrong_answers.lesson_09_keras import inside, is_norm
from tests.wrong_answers.registry import correct, wrong

layers = keras.layers
DECAY = "decay_parameters"


@correct(DECAY)
def by_name(model):
    return [variable for variable in model.trainable_variables if variable.name == "kernel"]


@correct(DECAY)
def by_rank(model):
    return [weight.value for weight in model.trainable_weights if len(weight.shape) > 1]


@correct(DECAY)
def all_but_scale_and_shift(model):
    return tuple(v for v in model.trainable_variables if v.path.split("/")[-1] not in ("gamma", "beta"))


@correct(DECAY)
def of_all_layers_that_are_no_norm(model):
    return {v.path: v for layer in inside(model) if not is_norm(layer) for v in layer.trainable_variables}


@correct(DECAY)
def one_by_one(model):
    for layer in inside(model):
        if hasattr(layer, "kernel"):
            yield layer.kernel


@wrong(DECAY, "decays-gamma-beta")
def all_that_is_learned(model):
    return model.trainable_variables


@wrong(DECAY, "decays-gamma-beta")
def all_but_biases(model):
    return [variable for variable in model.trainable_variables if variable.name != "bias"]


@wrong(DECAY, "decays-gamma-beta")
def gamma_too(model):
    return [variable for variable in model.trainable_variables if variable.name in ("kernel", "gamma")]


@wrong(DECAY, "decays-gamma-beta")
def all_weights(model):
    return model.weights


@wrong(DECAY, "decays-moving-statistics")
def all_variables_but_gamma_and_beta(model):
    return [variable for variable in model.variables if variable.name not in ("gamma", "beta")]


@wrong(DECAY, "decays-moving-statistics")
def kernels_and_what_is_not_learned(model):
    return by_name(model) + model.non_trainable_variables


@wrong(DECAY, "misses-kernels")
def of_the_outer_layers(model):
    return [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]


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


@wrong(DECAY, "wrong-shape")
def their_names(model):
    return [variable.path for variable in by_name(model)]


@wrong(DECAY, "wrong-shape")
def their_values(model):
    return [variable.numpy() for variable in by_name(model)]


@wrong(DECAY, "wrong-shape")
def the_first_one(model):
    return by_name(model)[0]


@wrong(DECAY, "wrong-shape")
def how_many(model):
    return len(by_name(model))


@wrong(DECAY, "wrong-shape")
def not_returned(model):
    by_name(model)


@wrong(DECAY, "raises")
def every_layer_has_a_kernel(model):
    return [layer.kernel for layer in model.layers]


@wrong(DECAY, "raises")
def a_generator_that_stumbles(model):
    return (layer.kernel for layer in inside(model))


@wrong(DECAY, "not-attempted")
def empty(model):
    raise NotImplementedError()


@wrong(DECAY, "not-attempted")
def empty_generator(model):
    yield from by_name(model)
    raise NotImplementedError("biases?")
