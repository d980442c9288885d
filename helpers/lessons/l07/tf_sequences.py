"""Networks that read an image row by row: an LSTM without normalization, with batch or with layer normalization."""

from helpers._support import validate
from helpers.lessons.l07.tf_layer_norm_lstm import LayerNormLSTMCell
from helpers.lessons.l07.tf_padding import PaddingCountedLSTM
from helpers.tf.quiet import keras
from helpers.tf.recurrent import BatchNormLSTM

NORMALIZATIONS = ("none", "batch", "layer")


def row_reader(
    normalization="batch", *, units=32, shape=(8, 8), classes=10, padding=None, count_padding=False, **settings
):
    """An untrained network that reads the T rows of an image (T, D) one after the other, and gives logits (N, classes).

    An LSTM of that normalization, then a Dense layer on its last hidden state. All start from the same kernels if the
    same seed is set before.

    Parameters
    ----------
    normalization : "none", "batch" or "layer"
        Of the LSTM: none, `helpers.tf.recurrent.BatchNormLSTM`, `LayerNormLSTMCell`.
    units : int
        Size of the hidden state.
    shape : (T, D)
    classes : int
    padding : float, optional
        Time steps that hold nothing but this number are masked.
    count_padding : bool
        Let masked steps count in the moments of batch normalization: a mistake, kept to be measured.
    **settings
        Of the layer or cell, such as `initial_gamma` or `momentum` (0.9 here unless given: short trainings).

    Returns
    -------
    keras.Sequential

    Raises
    ------
    ValueError
        If `normalization` is not one of the three.

    Examples
    --------
    >>> row_reader("none")(tf.zeros((2, 8, 8))).shape
    TensorShape([2, 10])
    """
    validate.one_of("normalization", normalization, NORMALIZATIONS)
    if normalization == "layer":
        lstm = keras.layers.RNN(LayerNormLSTMCell(units, **settings))
    elif normalization == "batch":
        lstm = (PaddingCountedLSTM if count_padding else BatchNormLSTM)(units, **{"momentum": 0.9} | settings)
    else:
        lstm = BatchNormLSTM(units, normalize=False, **settings)
    masking = [] if padding is None else [keras.layers.Masking(padding)]
    return keras.Sequential([keras.Input(shape), *masking, lstm, keras.layers.Dense(classes)])
