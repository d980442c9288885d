"""Correct answers to `tf_layer`, and what the wrong ones are made of."""

from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras, tf
from tests.wrong_answers.registry import correct

LAYER = "tf_layer"


class Base(keras.layers.Layer):
    """The right layer in pieces; a submission replaces one of them."""

    def __init__(self, momentum=0.99, epsilon=1e-3):
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon

    def build(self, shape):
        self.gamma = self.add_weight(shape=shape[-1:], initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape[-1:], initializer="zeros", name="beta")
        self.moving_mean = self.add_weight(shape=shape[-1:], initializer="zeros", trainable=False)
        self.moving_variance = self.add_weight(shape=shape[-1:], initializer="ones", trainable=False)

    def moments(self, x):
        return tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))

    def remember(self, mean, variance):
        self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1 - self.momentum))
        self.moving_variance.assign(self.moving_variance * self.momentum + variance * (1 - self.momentum))

    def normalized(self, x, mean, variance):
        return self.gamma * (x - mean) / tf.sqrt(variance + self.epsilon) + self.beta

    def call(self, x, training=False):
        if not training:
            return self.normalized(x, self.moving_mean, self.moving_variance)
        mean, variance = self.moments(x)
        self.remember(mean, variance)
        return self.normalized(x, mean, variance)


class WholeLayer(keras.layers.Layer):
    """Another right layer, in one piece, with Keras's operations and kept dimensions."""

    start_of_variance = "ones"

    def __init__(self, momentum=0.99, epsilon=1e-3, **options):
        super().__init__(**options)
        self.momentum, self.epsilon = momentum, epsilon

    def build(self, shape):
        for name, start in {"gamma": "ones", "beta": "zeros", "moving_mean": "zeros"}.items():
            setattr(
                self, name, self.add_weight(shape=(1, shape[-1]), initializer=start, trainable=name != "moving_mean")
            )
        self.moving_variance = self.add_weight(
            shape=(1, shape[-1]), initializer=self.start_of_variance, trainable=False
        )

    def call(self, x, training=None):
        if training:
            axes = tuple(range(keras.ops.ndim(x) - 1))
            mean = keras.ops.mean(x, axis=axes)
            variance = keras.ops.mean(keras.ops.square(x - mean), axis=axes)
            self.moving_mean.assign_add((mean - self.moving_mean) * (1 - self.momentum))
            self.moving_variance.assign_add((variance - self.moving_variance) * (1 - self.momentum))
        else:
            mean, variance = self.moving_mean[0], self.moving_variance[0]
        scale = self.gamma[0] * keras.ops.rsqrt(variance + self.epsilon)
        return (x - mean) * scale + self.beta[0]


correct(LAYER)(Base)


correct(LAYER)(WholeLayer)


correct(LAYER)(BatchNorm)


@correct(LAYER)
class FoldedScaleAndShift(Base):
    def normalized(self, x, mean, variance):
        scale = self.gamma / tf.sqrt(variance + self.epsilon)
        return scale * x + (self.beta - scale * mean)


@correct(LAYER)
class WithTensorFlowsOwn(Base):
    @tf.function
    def call(self, x, training=False):
        mean, variance = self.moving_mean, self.moving_variance
        if training:
            mean, variance = self.moments(x)
            self.remember(tf.stop_gradient(mean), tf.stop_gradient(variance))
        return tf.nn.batch_normalization(x, mean, variance, self.beta, self.gamma, self.epsilon)


@correct(LAYER)
class FlattensItsInput(Base):
    def call(self, x, training=False):
        rows = tf.reshape(x, (-1, x.shape[-1]))
        return tf.reshape(super().call(rows, training=training), x.shape)


@correct(LAYER)
def a_function_that_makes_one(momentum, epsilon):
    return keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon)
