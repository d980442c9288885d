"""Weights of a model with `BatchNorm` from and to a file of the same model with `keras.layers.BatchNormalization`.

Keras files weights under the names of the layers' classes, so that a model with one class cannot read the other's file.
"""

from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras

__all__ = ["load_keras_weights", "save_keras_weights"]


def load_keras_weights(model, path):
    """Give the model the weights of a `.weights.h5` file that its twin with Keras's layers has saved.

    Parameters
    ----------
    model : Sequential or functional keras.Model
        Built, with `BatchNorm` where the model that was saved has `keras.layers.BatchNormalization`, and else the same.
    path : path
        Ends in `.weights.h5`.

    Raises
    ------
    ValueError
        If the file is another model's (Keras's own error), or the model is neither Sequential nor functional.
    """
    twin = keras_twin(model)
    twin.load_weights(path)
    model.set_weights(twin.get_weights())


def save_keras_weights(model, path):
    """Save the model's weights as its twin with `keras.layers.BatchNormalization` would: the other way round."""
    twin = keras_twin(model)
    twin.set_weights(model.get_weights())
    twin.save_weights(path)


def keras_twin(model):
    """The same model, with new weights, and `keras.layers.BatchNormalization` in place of each `BatchNorm`."""

    def keras_layer(layer):
        made = keras.layers.BatchNormalization if isinstance(layer, BatchNorm) else type(layer)
        return made.from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=keras_layer, recursive=True)
