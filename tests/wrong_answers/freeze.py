"""Answers to `freeze`."""

import numpy as np

from helpers.tf.quiet import keras
from tests.wrong_answers.registry import correct, wrong

layers = keras.layers
FREEZE = "freeze"


def is_norm(layer):
    return isinstance(layer, layers.BatchNormalization)


def inside(model):
    """All layers of the model, those of models inside it as well."""
    for layer in model.layers:
        yield from inside(layer) if isinstance(layer, keras.Model) else [layer]


@correct(FREEZE)
def layer_by_layer(model):
    for layer in inside(model):
        layer.trainable = not is_norm(layer)
    return model


@correct(FREEZE)
def by_recursion_on_any_layer(model):
    for layer in getattr(model, "layers", []):
        if is_norm(layer):
            layer.trainable = False
        by_recursion_on_any_layer(layer)
    return model


@correct(FREEZE)
def gamma_and_beta_go_on_learning(model):
    for layer in filter(is_norm, inside(model)):
        layer.trainable = False
        layer.gamma.trainable = layer.beta.trainable = True
    return model


@correct(FREEZE)
def a_wrapper_in_inference_mode(model):
    class Still(keras.Model):
        def __init__(self):
            super().__init__()
            self.inside = model

        def call(self, x, training=False):
            return self.inside(x, training=False)

    return Still()


@correct(FREEZE)
def a_functional_model_around_it_in_inference_mode(model):
    class Inference(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inside = model

        def call(self, x):
            return self.inside(x, training=False)

    x = keras.Input(model.input_shape[1:])
    return keras.Model(x, Inference()(x))


@wrong(FREEZE, "frozen-wrongly")
def only_the_outer_layers(model):
    for layer in model.layers:
        if is_norm(layer):
            layer.trainable = False
    return model


@wrong(FREEZE, "frozen-wrongly")
def everything(model):
    model.trainable = False
    return model


@wrong(FREEZE, "frozen-wrongly")
def the_base_and_the_rest_by_layer(model):
    model.get_layer("base").trainable = False
    for layer in filter(is_norm, model.layers):
        layer.trainable = False
    return model


@wrong(FREEZE, "frozen-wrongly")
def thawed_again(model):
    model.trainable = False
    for layer in model.layers:  # what is inside `base` thaws with it
        layer.trainable = not is_norm(layer)
    return model


@wrong(FREEZE, "frozen-wrongly")
def norms_frozen_then_all_thawed(model):
    for layer in filter(is_norm, inside(model)):
        layer.trainable = False
    model.trainable = True  # does nothing where it is True already
    return model


@wrong(FREEZE, "frozen-wrongly")
def gamma_and_beta_alone_as_in_pytorch(model):
    for layer in filter(is_norm, inside(model)):
        layer.gamma.trainable = layer.beta.trainable = False
    return model


@wrong(FREEZE, "frozen-wrongly")
def a_momentum_that_keeps_all(model):
    for layer in filter(is_norm, inside(model)):
        layer.momentum = 1.0
    return model


@wrong(FREEZE, "frozen-wrongly")
def called_in_inference_mode_once(model):
    model(np.zeros((2, *model.input_shape[1:])), training=False)
    return model


@wrong(FREEZE, "model-changed")
def weights_of_a_new_model(model):
    return layer_by_layer(keras.models.clone_model(model))


@wrong(FREEZE, "model-changed")
def statistics_set_to_their_start(model):
    for layer in filter(is_norm, inside(model)):
        layer.moving_mean.assign(0 * layer.moving_mean)
        layer.moving_variance.assign(0 * layer.moving_variance + 1)
    return layer_by_layer(model)


@wrong(FREEZE, "wrong-shape")
def only_the_frozen_layers(model):
    return [layer for layer in inside(layer_by_layer(model)) if is_norm(layer)]


@wrong(FREEZE, "wrong-shape")
def another_head(model):
    head = keras.Sequential([model, layers.Dense(5)])
    head(np.zeros((2, 6, 6, 2)))
    return layer_by_layer(head)


@wrong(FREEZE, "raises")
def a_name_that_is_not_there(model):
    model.get_layer("batch_normalization").trainable = False
    return model


@wrong(FREEZE, "raises")
def a_model_that_cannot_train(model):
    class Broken(keras.Model):
        def call(self, x, training=False):
            return model(x, training=False) if not training else model.frozen(x)

    return Broken()
