"""Answers to `finetune`."""

from helpers.tf.quiet import keras
from tests.wrong_answers.freeze import inside, is_norm
from tests.wrong_answers.registry import correct, wrong

layers = keras.layers
FINETUNE = "finetune"


def functional(base, classes, **mode):
    x = keras.Input(base.input_shape[1:])
    return keras.Model(x, layers.Dense(classes)(base(x, **mode)))


@correct(FINETUNE)
def as_printed(base, classes):
    base.trainable = False
    return functional(base, classes, training=False)


@correct(FINETUNE)
def a_larger_head(base, classes):
    base.trainable = False
    x = keras.Input(base.input_shape[1:])
    hidden = layers.Dropout(0.2)(layers.Dense(8, activation="relu")(base(x, training=False)))
    return keras.Model(x, layers.Dense(classes, activation="softmax")(hidden))


@correct(FINETUNE)
def a_class(base, classes):
    class Tuned(keras.Model):
        def __init__(self):
            super().__init__()
            self.base, self.head = base, layers.Dense(classes)

        def call(self, x, training=False):
            return self.head(self.base(x, training=False))

    base.trainable = False
    return Tuned()


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
    return as_printed(keras.models.clone_model(base), classes)


@wrong(FINETUNE, "model-changed")
def kernels_set_to_zero(base, classes):
    for variable in base.trainable_weights:
        variable.assign(0 * variable)
    return as_printed(base, classes)


@wrong(FINETUNE, "wrong-shape")
def features_without_a_head(base, classes):
    base.trainable = False
    return base


@wrong(FINETUNE, "raises")
def a_list_of_layers(base, classes):
    return [base, layers.Dense(classes)].output
