"""Deep convolutional Keras networks with and without batch normalization, and with shortcuts around their layers.

The 19-layer network comes from the lesson on which this course is based (Udacity 2017): layer i has 4 * i feature maps,
so that depth and width grow together, and each third layer halves its maps.
"""

from helpers._support import validate
from helpers.tf.quiet import keras

LAYERS = 19
BLOCK = 2
"""Layers between the beginning and the end of a shortcut."""


def strides(layers=LAYERS, stride_every=3):
    """The stride of each layer: 2 at layers 3, 6, 9, ... (counted from 1), else 1.

    Examples
    --------
    >>> strides(7)
    [1, 1, 2, 1, 1, 2, 1]
    """
    layers = validate.integer("layers", layers, low=1, advice="Pass the number of convolutions, such as 19.")
    stride_every = validate.integer("stride_every", stride_every, low=1, advice="Pass 3 for each third layer.")
    return [1 if i % stride_every else 2 for i in range(1, layers + 1)]


def conv_network(
    *, batch_norm=True, momentum=0.99, layers=LAYERS, stride_every=3, dense=100, image_shape=(8, 8), classes=10
):
    """An untrained Keras network of 3x3 convolutions and one hidden dense layer: images in, logits (N, classes) out.

    Layer i (from 1) is a convolution with 4 * i feature maps, zero padding and the stride of `strides`; then, with
    batch normalization, BatchNormalization (its convolution has no bias); then ReLU. The dense layer is built likewise;
    the output layer has a bias and is never normalized. Kernels are Keras's default, Glorot and uniform.

    Parameters
    ----------
    batch_norm : bool
    momentum : float in [0, 1]
        moving = moving * momentum + batch * (1 - momentum): the weight of the OLD value.
    layers : int
        Convolutions.
    stride_every : int
        3 means that each third layer halves height and width.
    dense : int
        Units of the hidden dense layer.
    image_shape : (height, width)
    classes : int

    Returns
    -------
    keras.Model

    Examples
    --------
    >>> conv_network(layers=3).layers[1].kernel.shape
    (3, 3, 1, 4)

    Note
    ----
    Each call draws new kernels from Keras's global generator: call `keras.utils.set_random_seed` before. After the
    same seed the networks with and without batch normalization have the same kernels.
    """
    parts = [keras.Input(image_shape), keras.layers.Reshape((*image_shape, 1))]

    def normalized_relu():
        if batch_norm:
            parts.append(keras.layers.BatchNormalization(momentum=momentum))
        parts.append(keras.layers.Activation("relu"))

    for i, stride in enumerate(strides(layers, stride_every), 1):
        parts.append(_convolution(4 * i, stride, use_bias=not batch_norm))
        normalized_relu()
    parts += [keras.layers.Flatten(), keras.layers.Dense(dense, use_bias=not batch_norm)]
    normalized_relu()
    # One call with all layers: `add` would build the network again for each of them.
    return keras.Sequential([*parts, keras.layers.Dense(classes)])


def small_network(*, momentum=0.9, classes=10):
    """An untrained Keras network of two normalized convolutions (16 and 32 features, the second with stride 2).

    Images (N, 8, 8) in, logits (N, classes) out. No layer is dense but the output.

    Examples
    --------
    >>> small_network().count_params()
    9914
    """
    parts = [keras.Input((8, 8)), keras.layers.Reshape((8, 8, 1))]
    for features, stride in ((16, 1), (32, 2)):
        parts.append(_convolution(features, stride, use_bias=False))
        parts += [keras.layers.BatchNormalization(momentum=momentum), keras.layers.Activation("relu")]
    return keras.Sequential([*parts, keras.layers.Flatten(), keras.layers.Dense(classes)])


def residual_network(
    *,
    batch_norm=True,
    last_gamma=0.0,
    momentum=0.99,
    layers=LAYERS,
    stride_every=3,
    dense=100,
    image_shape=(8, 8),
    classes=10,
):
    """The network of `conv_network` with a shortcut around layers 2 and 3, 4 and 5, ... (He et al. 2016).

        x = relu(x' + branch(x)),   branch: convolution, ReLU, convolution    (each normalized, with batch_norm)

    x' is x, made to fit without a parameter: averaged over 2 x 2 cells where the branch halves its maps, and with maps
    of zeros where the branch adds features. So the network has the same kernels as without shortcuts, drawn in the same
    order.

    Parameters
    ----------
    batch_norm : bool
    last_gamma : float
        What gamma starts at in the last batch normalization of each branch. At 0 each branch starts silent, and the
        19 layers as one (Goyal et al. 2017, section 5.1). Without batch normalization it has no meaning.
    layers : int
        Odd: one layer before the first shortcut, two under each.
    momentum, stride_every, dense, image_shape, classes
        As for `conv_network`.

    Returns
    -------
    keras.Model

    Raises
    ------
    ValueError
        If `layers` is even.

    Examples
    --------
    >>> residual_network(layers=3).count_params() == conv_network(layers=3).count_params()
    True
    """
    stride = strides(layers, stride_every)
    if layers % BLOCK != 1:
        raise ValueError(
            f"`layers` must be odd: one, then {BLOCK} under each shortcut. {validate.received(layers=layers)} "
            "Pass a number such as 19."
        )

    def convolved(x, i, gamma=1.0):
        x = _convolution(4 * i, stride[i - 1], use_bias=not batch_norm)(x)
        if not batch_norm:
            return x
        start = keras.initializers.Constant(gamma)
        return keras.layers.BatchNormalization(momentum=momentum, gamma_initializer=start)(x)

    inputs = keras.Input(image_shape)
    x = _relu(convolved(keras.layers.Reshape((*image_shape, 1))(inputs), 1))
    for i in range(2, layers, BLOCK):
        branch = convolved(_relu(convolved(x, i)), i + 1, last_gamma)
        x = _relu(keras.layers.add([match_shape(x, branch), branch]))
    x = keras.layers.Dense(dense, use_bias=not batch_norm)(keras.layers.Flatten()(x))
    if batch_norm:
        x = keras.layers.BatchNormalization(momentum=momentum)(x)
    return keras.Model(inputs, keras.layers.Dense(classes)(_relu(x)))


def match_shape(x, branch):
    """x (N, H, W, C), averaged over cells and padded with maps of zeros until it has the shape of `branch`."""
    while x.shape[1] > branch.shape[1]:
        x = keras.layers.AveragePooling2D(2, padding="same")(x)
    return keras.ops.pad(x, [(0, 0), (0, 0), (0, 0), (0, branch.shape[3] - x.shape[3])])


class Convolution(keras.layers.Conv2D):
    """A 3x3 convolution that, from 1x1 maps to 1x1 maps, multiplies by the middle of its kernel and by nothing else.

    There the other eight cells of the kernel meet padding. The numbers are the same, and a step of 19 layers, ten of
    which are of this kind, takes a fifth to a third less time.
    """

    def call(self, x):
        if tuple(x.shape[1:3]) != (1, 1):
            return super().call(x)
        y = keras.ops.matmul(x, self.kernel[1, 1])
        return y + self.bias if self.use_bias else y


def _convolution(features, stride, *, use_bias):
    return Convolution(features, 3, strides=stride, padding="same", use_bias=use_bias)


def _relu(x):
    return keras.layers.Activation("relu")(x)
