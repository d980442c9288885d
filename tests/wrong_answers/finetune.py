"""Answers to `finetune`."""

from helpers.tf.quiet import keras
from tests.wrong_answers.freeze import inside, is_norm
from tests.wrong_answers.registry import correct, wrong

layers = keras.layers
FINETUNE = "finetune"


def functional(base, classes, **mode):
    x = keras.Input(base.input_shape[1:])
    return keras.Model(x, layers.Dense(classes)(base(x, **mode)))


class Tuned(keras.Model):
    def __init__(self, base, *head):
        super().__init__()
        self.base, self.head = base, keras.Sequential(list(head))

    def call(self, x, training=False):
        return self.head(self.base(x, training=False), training=training)


class InInferenceMode(layers.Layer):
    def __init__(self, base):
        super().__init__()
        self.base = base

    def call(self, x):
        return self.base(x, training=False)


@correct(FINETUNE)
def a_class(base, classes):
    base.trainable = False
    return Tuned(base, layers.Dense(classes))


@correct(FINETUNE)
def a_larger_head(base, classes):
    base.trainable = False
    return Tuned(base, layers.Dense(8, activation="relu"), layers.Dropout(0.2), layers.Dense(classes))


@correct(FINETUNE)
def a_layer_in_a_functional_model(base, classes):
    base.trainable = False
    x = keras.Input(base.input_shape[1:])
    return keras.Model(x, layers.Dense(classes, activation="softmax")(InInferenceMode(base)(x)))


@wrong(FINETUNE, "batch-statistics-at-inference")
def as_the_guide_prints_it(base, classes):
    base.trainable = False
    return functional(base, classes, training=False)  # Keras 3.15: overridden by the mode of the whole model


@wrong(FINETUNE, "batch-statistics-at-inference")
def frozen_by_trainable_alone(base, classes):
    base.trainable = False
    return functional(base, classes)


@wrong(FINETUNE, "batch-statistics-at-inference")
def a_sequence(base, classes):
    base.trainable = False
    return keras.Sequential([base, layers.Dense(classes)])


@wrong(FINETUNE, "frozen-wrongly")
def all_at_once(base, classes):
    return functional(base, classes, training=False)


@wrong(FINETUNE, "frozen-wrongly")
def only_the_norms_frozen(base, classes):
    for layer in filter(is_norm, inside(base)):
        layer.trainable = False
    return functional(base, classes, training=False)


@wrong(FINETUNE, "frozen-wrongly")
def the_head_frozen_too(base, classes):
    model = functional(base, classes, training=False)
    model.trainable = False
    return model


@wrong(FINETUNE, "model-changed")
def a_copy_of_the_base(base, classes):
    return a_class(keras.models.clone_model(base), classes)


@wrong(FINETUNE, "model-changed")
def kernels_set_to_zero(base, classes):
    for variable in base.trainable_weights:
        variable.assign(0 * variable)
    return a_class(base, classes)


@wrong(FINETUNE, "wrong-shape")
def features_without_a_head(base, classes):
    base.trainable = False
    return base


@wrong(FINETUNE, "raises")
def a_list_of_layers(base, classes):
    return [base, layers.Dense(classes)].output
