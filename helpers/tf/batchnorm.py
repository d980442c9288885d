"""Batch normalization as a Keras layer, from low-level TensorFlow: no normalization op of Keras or TensorFlow inside.

Ioffe & Szegedy (2015), Algorithms 1 and 2. It takes the place of `keras.layers.BatchNormalization` (without renorm):
same arguments, same weights, same numbers. The moments and their masks are in `helpers.tf.moments`.
"""

from helpers._support import validate
from helpers.tf.moments import holds_values, masked_moments, moments, moments_of_all_replicas
from helpers.tf.quiet import keras, tf

__all__ = ["BatchNorm"]

initializers, regularizers, constraints = keras.initializers, keras.regularizers, keras.constraints


@keras.saving.register_keras_serializable(package="batchnorm_course")
class BatchNorm(keras.layers.Layer):
    """Each feature at mean beta and standard deviation gamma, by the batch's own statistics or by remembered ones.

        x_hat = (x - mean) / sqrt(variance + epsilon),   y = gamma * x_hat + beta        (Algorithm 1)

    With `training=True`, mean and biased variance (1/m) are those of the batch, and the layer remembers them:

        moving_mean = moving_mean * momentum + mean * (1 - momentum)
        moving_variance = moving_variance * momentum + variance * (1 - momentum)

    With `training=False` (the default of a bare call), mean and variance are the moving ones, and nothing is updated.
    The statistics are computed in float32 at least, also where inputs and outputs are float16 or bfloat16.

    Parameters
    ----------
    axis : int
        The features' axis, which is kept; all others are reduced. -1 for (N, C) and (N, H, W, C), 1 for (N, C, H, W).
    momentum : float in [0, 1]
        The weight of the old value. (PyTorch calls the weight of the new one momentum: its 0.01 is this 0.99.)
    epsilon : float, at least 0
        Added to the variance, under the root.
    center, scale : bool
        Whether there is a beta, a gamma.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint
        As in every Keras layer.
    synchronized : bool
        Under `tf.distribute`: statistics of the batches of all replicas together, instead of each replica's own.
    **kwargs
        `name`, `dtype`, `trainable`.

    Attributes
    ----------
    gamma, beta, moving_mean, moving_variance : (C,) variables
        Start at 1, 0, 0 and 1; the first two are trained, the last two only remembered.

    Raises
    ------
    ValueError
        If momentum lies outside [0, 1], epsilon is negative, the inputs have no such axis, its size is not known, or
        the mask does not have one axis less than the inputs.

    Examples
    --------
    >>> layer = BatchNorm(momentum=0.5, epsilon=0.0)
    >>> layer(tf.constant([[1.0], [3.0]]), training=True).numpy().tolist()
    [[-1.0], [1.0]]
    >>> layer.moving_mean.numpy().tolist(), layer.moving_variance.numpy().tolist()
    ([1.0], [1.0])

    Notes
    -----
    A batch without rows, such as a replica's share of a small last batch, is not remembered. A batch that is masked
    whole is remembered with mean and variance 0, as in Keras.

    `trainable` and `training` are two things, but `trainable = False` decides both: the layer keeps gamma and beta, and
    runs in inference mode even when called with `training=True`.
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        synchronized=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis = int(axis)
        self.momentum = validate.number(
            "momentum", momentum, low=0, high=1, advice="It is the weight of the old value, such as 0.99."
        )
        self.epsilon = validate.number("epsilon", epsilon, low=0, advice="Pass a small number such as 0.001.")
        self.center, self.scale, self.synchronized = center, scale, synchronized
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer, self.gamma_regularizer = map(regularizers.get, (beta_regularizer, gamma_regularizer))
        self.beta_constraint, self.gamma_constraint = map(constraints.get, (beta_constraint, gamma_constraint))
        self.supports_masking = True  # a mask on the inputs is passed on to the next layer
        self.gamma = self.beta = None

    def build(self, input_shape):
        rank = len(input_shape)
        if not -rank <= self.axis < rank or input_shape[self.axis] is None:
            raise ValueError(
                "`axis` must name an axis of the inputs whose size is known. "
                f"Received: axis={self.axis}, input_shape={tuple(input_shape)}. Name the features' axis, such as -1."
            )
        kept = self.axis % rank
        features = input_shape[kept]
        self.reduced = [i for i in range(rank) if i != kept]
        self.broadcast_shape = [features if i == kept else 1 for i in range(rank)]
        self.input_spec = keras.layers.InputSpec(ndim=rank, axes={kept: features})

        def parameter(name):
            parts = {part: getattr(self, f"{name}_{part}") for part in ("initializer", "regularizer", "constraint")}
            return self.add_weight(name=name, shape=(features,), autocast=False, **parts)

        def statistic(name):
            parts = {"initializer": getattr(self, f"{name}_initializer"), "trainable": False}
            # Replicas may have seen different batches: what is remembered is the mean of what they would remember.
            return self.add_weight(name=name, shape=(features,), autocast=False, aggregation="mean", **parts)

        self.gamma = parameter("gamma") if self.scale else None
        self.beta = parameter("beta") if self.center else None
        self.moving_mean, self.moving_variance = statistic("moving_mean"), statistic("moving_variance")

    def call(self, inputs, training=None, mask=None):
        x = inputs if inputs.dtype == tf.float64 else tf.cast(inputs, tf.float32)
        if training and self.trainable:
            mean, variance = self.batch_moments(x, mask)
            there = self.anything_to_remember(x)
            self.remember(self.moving_mean, mean, there)
            self.remember(self.moving_variance, variance, there)
        else:
            mean, variance = self.moving_mean, self.moving_variance

        inv_std = tf.math.rsqrt(self.along_axis(variance, x) + self.epsilon)
        y = (x - self.along_axis(mean, x)) * inv_std
        if self.scale:
            y *= self.along_axis(self.gamma, x)
        if self.center:
            y += self.along_axis(self.beta, x)
        return tf.cast(y, self.compute_dtype)

    def batch_moments(self, x, mask):
        """Mean and variance (C,) of this batch, or of all replicas' batches together."""
        if mask is not None:
            mean, variance, count = masked_moments(x, self.reduced, mask)
        else:
            mean, variance = moments(x, self.reduced)
            count = tf.cast(tf.size(x) / tf.size(mean), x.dtype)
        return moments_of_all_replicas(mean, variance, count) if self.synchronized else (mean, variance)

    def anything_to_remember(self, x):
        """Whether this share of the batch has any row, or other replicas share theirs with it."""
        replica = tf.distribute.get_replica_context()
        shared = self.synchronized and replica is not None and replica.num_replicas_in_sync > 1
        return shared or holds_values(x)

    def remember(self, moving, batch, there):
        """One step of the moving average if anything is `there`; momentum is the weight of the old value."""
        old = tf.cast(moving, batch.dtype)
        moving.assign(tf.where(there, old * self.momentum + batch * (1 - self.momentum), old))

    def along_axis(self, values, x):
        """(C,) as (1, …, C, …, 1), so that it broadcasts along the features' axis of x, in the type of x."""
        return tf.reshape(tf.cast(values, x.dtype), self.broadcast_shape)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        plain = ("axis", "momentum", "epsilon", "center", "scale", "synchronized")
        parts = [(initializers, f"{name}_initializer") for name in ("beta", "gamma", "moving_mean", "moving_variance")]
        parts += [(regularizers, f"{name}_regularizer") for name in ("beta", "gamma")]
        parts += [(constraints, f"{name}_constraint") for name in ("beta", "gamma")]
        config = {name: getattr(self, name) for name in plain}
        config |= {name: module.serialize(getattr(self, name)) for module, name in parts}
        return super().get_config() | config

    @classmethod
    def from_config(cls, config):
        """A layer from its own config, or from that of a `keras.layers.BatchNormalization` without renorm."""
        if config.get("renorm"):
            raise ValueError(
                "`renorm` must be False: this layer has no batch renormalization. Received: renorm=True. "
                "Use keras.layers.BatchNormalization."
            )
        return super().from_config({name: value for name, value in config.items() if not name.startswith("renorm")})
