"""Fully connected Keras networks with and without batch normalization: the ones that the course's lessons train."""

from helpers._support import validate
from helpers.tf.quiet import keras

PLACEMENTS = ("before", "after")


def dense_network(
    hidden=(100, 100, 100),
    *,
    batch_norm=True,
    placement="before",
    use_bias=None,
    activation="relu",
    momentum=0.99,
    init_scale=0.05,
    image_shape=(8, 8),
    classes=10,
):
    """An untrained Keras network that takes images and gives logits (N, classes).

    With batch normalization a hidden layer is Dense without bias, BatchNormalization, activation (`placement="before"`)
    or Dense with bias, activation, BatchNormalization (`placement="after"`). Without: Dense with bias, activation. The
    output layer is Dense with bias, never normalized.

    Parameters
    ----------
    hidden : sequence of int
        Units of each hidden layer.
    batch_norm : bool
    placement : "before" or "after"
        Where batch normalization stands: before the activation or after it.
    use_bias : bool or None
        Whether the hidden Dense layers have a bias; None means as above.
    activation : str
        The name of a Keras activation.
    momentum : float in [0, 1]
        moving = moving * momentum + batch * (1 - momentum): the weight of the OLD value.
    init_scale : float
        Standard deviation of the initial kernels (normal, mean 0).
    image_shape : tuple of int
    classes : int

    Returns
    -------
    keras.Sequential

    Raises
    ------
    TypeError, ValueError
        If `placement` is neither of the two, or Keras refuses another argument.

    Examples
    --------
    One hidden layer of 100 units on 8 x 8 images has 64 * 100 + 2 * 100 + 100 * 10 + 10 trainable numbers:

    >>> sum(v.shape.num_elements() for v in dense_network((100,)).trainable_variables)
    7610

    Note
    ----
    Each call draws new kernels from Keras's global generator: call `keras.utils.set_random_seed` before.
    """
    validate.one_of("placement", placement, PLACEMENTS)
    normalized = placement if batch_norm else None
    if use_bias is None:
        use_bias = normalized != "before"
    model = keras.Sequential([keras.Input(image_shape), keras.layers.Flatten()])
    for units in hidden:
        model.add(keras.layers.Dense(units, use_bias=use_bias, kernel_initializer=_normal(init_scale)))
        if normalized == "before":
            model.add(keras.layers.BatchNormalization(momentum=momentum))
        model.add(keras.layers.Activation(activation))
        if normalized == "after":
            model.add(keras.layers.BatchNormalization(momentum=momentum))
    model.add(keras.layers.Dense(classes, kernel_initializer=_normal(init_scale)))
    return model


def _normal(init_scale):
    """A separate initializer for each kernel: two kernels of one shape must not start equal."""
    return keras.initializers.RandomNormal(stddev=init_scale)
