"""What trained generators of one kind make of latent vectors: traced once, each one's weights put in from outside.

Sampling one vector at a time, in training mode, is some hundred small calls: called layer by layer they would take most
of a minute, in one traced loop they take less than a second.
"""

import numpy as np

from helpers.tf.quiet import tf


class Drawer:
    """Makes images with one generator after another; traced once for each mode.

    Parameters
    ----------
    generator : keras.Model
        Latent vectors (N, latent_size) in, images (N, height, width, channels) out. Its weights are overwritten.

    Examples
    --------
    >>> from helpers.lessons.l08.tf_gan import generator
    >>> network = generator(latent_size=3)
    >>> Drawer(network)(network.get_weights(), np.ones((5, 3), "float32"), training=False, size=2).shape
    (5, 8, 8, 1)
    """

    def __init__(self, generator):
        self._generator = generator
        z = tf.TensorSpec((None, None, generator.input_shape[-1]), tf.float32)
        self._draw = {mode: tf.function(self._each_batch(mode), input_signature=[z]) for mode in (False, True)}

    def __call__(self, weights, z, *, training, size):
        """Images of z (N, latent_size), `size` of them a batch, the last batch smaller where `size` does not divide N.

        Parameters
        ----------
        weights : list of arrays
            As `generator.get_weights()` gives them; they are copied and stay as they are.
        z : (N, latent_size) float32
        training : bool
        size : int, at least 1
        """
        self._generator.set_weights(weights)  # in training mode the call before moved the statistics
        whole = len(z) // size * size
        parts = [z[:whole].reshape(-1, size, z.shape[1]), z[np.newaxis, whole:]]
        drawn = [self._draw[training](tf.constant(part)).numpy() for part in parts if part.size]
        return np.concatenate([images.reshape(-1, *images.shape[2:]) for images in drawn])

    def _each_batch(self, training):
        return lambda z: tf.map_fn(lambda batch: self._generator(batch, training=training), z)
