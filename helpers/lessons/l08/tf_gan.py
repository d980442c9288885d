"""A small DCGAN for images of 8 x 8: a generator and a discriminator, normalized where the lesson wants it.

After Radford, Metz and Chintala 2016: strided and transposed convolutions, ReLU and a final tanh in the generator,
leaky ReLU in the discriminator, and batch normalization everywhere but on the picture (the generator's last layer, the
discriminator's first one).
"""

from functools import partial

from helpers._support import validate
from helpers.tf.quiet import keras

LATENT_SIZE = 16
MAPS = (64, 32)
START = 0.02
KERNEL = 4
LEAK = 0.2
MOMENTUM = 0.9
NORMS = ("none", "batch", "spectral")


def generator(*, batch_norm=True, normalize_output=False, start=START, latent_size=LATENT_SIZE, maps=MAPS):
    """An untrained Keras generator: latent vectors (N, latent_size) in, images (N, 8, 8, 1) between -1 and 1 out.

    A dense layer to 2 x 2 x maps[0]; a transposed convolution to 4 x 4 x maps[1]; another one to the picture, 8 x 8 x
    1, and tanh. With batch normalization the first two have no bias, and BatchNormalization before their ReLU.

    Parameters
    ----------
    batch_norm : bool
    normalize_output : bool
        Normalize the picture too, before its tanh: what Radford et al. advise against, to be measured.
    start : float or "glorot"
        Standard deviation of the kernels' start, normally distributed (0.02 in section 4 of the paper), or Keras's
        default, Glorot and uniform.
    latent_size : int
    maps : pair of int
        Feature maps at 2 x 2 and at 4 x 4 positions.

    Returns
    -------
    keras.Sequential

    Examples
    --------
    >>> generator(latent_size=5).output_shape
    (None, 8, 8, 1)

    Note
    ----
    moving = moving * momentum + batch * (1 - momentum) with a momentum of 0.9, not Keras's 0.99: a generator changes
    with each update, and is sampled after some hundreds.
    """
    latent_size = validate.integer("latent_size", latent_size, low=1, advice="Pass a number such as 16.")
    kernels = _kernels(start)
    upwards = partial(keras.layers.Conv2DTranspose, kernel_size=KERNEL, strides=2, padding="same")
    net = keras.Sequential([keras.Input((latent_size,))])
    net.add(keras.layers.Dense(4 * maps[0], use_bias=not batch_norm, kernel_initializer=kernels[0]))
    net.add(keras.layers.Reshape((2, 2, maps[0])))
    if batch_norm:
        net.add(keras.layers.BatchNormalization(momentum=MOMENTUM))
    net.add(keras.layers.ReLU())
    net.add(upwards(maps[1], use_bias=not batch_norm, kernel_initializer=kernels[1]))
    if batch_norm:
        net.add(keras.layers.BatchNormalization(momentum=MOMENTUM))
    net.add(keras.layers.ReLU())
    net.add(upwards(1, kernel_initializer=kernels[2]))
    if normalize_output:
        net.add(keras.layers.BatchNormalization(momentum=MOMENTUM))
    net.add(keras.layers.Activation("tanh"))
    return net


def discriminator(*, norm="batch", normalize_input=False, start=START, maps=MAPS):
    """An untrained Keras discriminator: images (N, 8, 8, 1) in, one logit each (N, 1) out, large for "real".

    A convolution to 4 x 4 x maps[1], another one to 2 x 2 x maps[0], leaky ReLUs, a dense layer to the logit.

    Parameters
    ----------
    norm : "none", "batch" or "spectral"
        "batch": BatchNormalization after the second convolution, and after it alone: the first one sees the picture.
        "spectral": all three layers in keras.layers.SpectralNormalization, and no batch normalization (Miyato et al.
        2018).
    normalize_input : bool
        Normalize the picture first: what Radford et al. advise against, to be measured.
    start : float or "glorot"
        As for the generator.
    maps : pair of int
        As for the generator: feature maps at 2 x 2 and at 4 x 4 positions.

    Returns
    -------
    keras.Sequential

    Raises
    ------
    ValueError
        If `norm` is not one of the three.

    Examples
    --------
    >>> discriminator().output_shape
    (None, 1)
    """
    validate.one_of("norm", norm, NORMS)
    kernels = _kernels(start)
    wrapped = keras.layers.SpectralNormalization if norm == "spectral" else lambda layer: layer
    downwards = partial(keras.layers.Conv2D, kernel_size=KERNEL, strides=2, padding="same")
    net = keras.Sequential([keras.Input((8, 8, 1))])
    if normalize_input:
        net.add(keras.layers.BatchNormalization(momentum=MOMENTUM))
    net.add(wrapped(downwards(maps[1], kernel_initializer=kernels[0])))
    net.add(keras.layers.LeakyReLU(LEAK))
    net.add(wrapped(downwards(maps[0], use_bias=norm != "batch", kernel_initializer=kernels[1])))
    if norm == "batch":
        net.add(keras.layers.BatchNormalization(momentum=MOMENTUM))
    net.add(keras.layers.LeakyReLU(LEAK))
    net.add(keras.layers.Flatten())
    net.add(wrapped(keras.layers.Dense(1, kernel_initializer=kernels[2])))
    return net


def pair(*, batch_norm=True, norm=None, normalize_output=False, normalize_input=False, **settings):
    """A generator and a discriminator, both with or both without batch normalization unless `norm` says otherwise.

    After the same seed (`keras.utils.set_random_seed`) all pairs of one `start` have the same kernels.

    Parameters
    ----------
    batch_norm : bool
        Of the generator, and of the discriminator unless `norm` is given.
    norm : "none", "batch", "spectral" or None
        Of the discriminator.
    normalize_output, normalize_input : bool
        Of the generator's picture, and of the picture that the discriminator is given.
    **settings
        `start` and `maps` for both, `latent_size` for the generator.
    """
    sizes = {name: value for name, value in settings.items() if name != "latent_size"}
    norm = norm or ("batch" if batch_norm else "none")
    made = generator(batch_norm=batch_norm, normalize_output=normalize_output, **settings)
    return made, discriminator(norm=norm, normalize_input=normalize_input, **sizes)


def _kernels(start):
    """Where three kernels start. Each takes its seed here, so that no layer between them changes what they draw."""
    if start == "glorot":
        return [keras.initializers.GlorotUniform() for _ in range(3)]
    return [keras.initializers.RandomNormal(stddev=start) for _ in range(3)]
