"""Wrong answers to `tf_layer`: layers that differ from the right one in a few lines."""

import numpy as np

from helpers.tf.quiet import tf
from tests.wrong_answers import tf_layer_memory  # noqa: F401 - more of them
from tests.wrong_answers.registry import wrong
from tests.wrong_answers.tf_layer_correct import Base, WholeLayer

LAYER = "tf_layer"


@wrong(LAYER, "wrong-axis")
class OfEverything(Base):
    def moments(self, x):
        return tf.reduce_mean(x), tf.math.reduce_variance(x)


@wrong(LAYER, "wrong-axis")
class OfAllAxes(Base):
    def moments(self, x):
        return tf.nn.moments(x, axes=list(range(len(x.shape))))


@wrong(LAYER, "wrong-axis")
class OneWeightForEachRow(Base):
    def build(self, shape):
        super().build((shape[0], 1, 1))
        for name in ("gamma", "beta"):
            setattr(self, name + "_by_row", self.add_weight(shape=(shape[0], 1), name=name))
        self.gamma, self.beta = self.gamma_by_row, self.beta_by_row


@wrong(LAYER, "divides-by-variance")
class NoRoot(Base):
    def normalized(self, x, mean, variance):
        return self.gamma * (x - mean) / (variance + self.epsilon) + self.beta


@wrong(LAYER, "divides-by-variance")
class RootOfTheSquare(WholeLayer):
    def call(self, x, training=None):
        y = (super().call(x, training=training) - self.beta[0]) / self.gamma[0]
        variance = self.moving_variance[0]
        if training:
            variance = tf.math.reduce_variance(x, axis=list(range(len(x.shape) - 1)))
        return self.gamma[0] * y / tf.sqrt(variance + self.epsilon) + self.beta[0]


@wrong(LAYER, "unbiased-variance")
class Unbiased(Base):
    def moments(self, x):
        mean, variance = super().moments(x)
        m = tf.cast(tf.size(x) / x.shape[-1], tf.float32)
        return mean, variance * m / (m - 1)


@wrong(LAYER, "unbiased-variance")
class UnbiasedInTheMemory(Base):
    def call(self, x, training=False):
        if training:
            self.m = x.numpy().size // x.shape[-1]
        return super().call(x, training=training)

    def remember(self, mean, variance):
        super().remember(mean, variance * self.m / (self.m - 1))


@wrong(LAYER, "unstable-variance")
class MeanOfSquares(Base):
    def moments(self, x):
        axes = list(range(len(x.shape) - 1))
        mean = tf.reduce_mean(x, axis=axes)
        return mean, tf.reduce_mean(x**2, axis=axes) - mean**2


@wrong(LAYER, "unstable-variance")
class SumsOfSquares(WholeLayer):
    def call(self, x, training=None):
        if not training:
            return super().call(x, training=False)
        rows = tf.reshape(x, (-1, x.shape[-1]))
        m = rows.shape[0]
        mean = tf.reduce_sum(rows, axis=0) / m
        variance = (tf.reduce_sum(rows * rows, axis=0) - m * mean * mean) / m
        for memory, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            memory.assign(self.momentum * memory + (1 - self.momentum) * batch)
        return self.gamma[0] * (x - mean) * tf.math.rsqrt(variance + self.epsilon) + self.beta[0]


@wrong(LAYER, "per-position-statistics")
class WeightsOfAWholeImage(Base):
    def build(self, shape):
        for name, start in {
            "gamma": "ones",
            "beta": "zeros",
            "moving_mean": "zeros",
            "moving_variance": "ones",
        }.items():
            setattr(self, name, self.add_weight(shape=shape[1:], initializer=start, trainable="moving" not in name))

    def moments(self, x):
        return tf.nn.moments(x, axes=[0])


@wrong(LAYER, "per-position-statistics")
class OverTheBatchAlone(Base):
    def moments(self, x):
        return tf.nn.moments(x, axes=[0], keepdims=True)

    def remember(self, mean, variance):
        super().remember(*(tf.reduce_mean(tf.reshape(m, (-1, m.shape[-1])), axis=0) for m in (mean, variance)))


@wrong(LAYER, "instance-statistics")
class OverPositionsAlone(Base):
    def moments(self, x):
        return tf.nn.moments(x, axes=list(range(1, len(x.shape) - 1)) or [0], keepdims=True)

    def remember(self, mean, variance):
        super().remember(*(tf.reduce_mean(m, axis=list(range(len(m.shape) - 1))) for m in (mean, variance)))


@wrong(LAYER, "instance-statistics")
class ImageByImage(Base):
    def call(self, x, training=False):
        if not training or len(x.shape) == 2:
            return super().call(x, training=training)
        moments = [tf.nn.moments(image, axes=[0, 1]) for image in tf.unstack(x)]
        self.remember(*(tf.reduce_mean(tf.stack(some), axis=0) for some in zip(*moments)))
        return tf.stack([self.normalized(image, *pair) for image, pair in zip(tf.unstack(x), moments)])


@wrong(LAYER, "epsilon-outside-sqrt")
class RootPlusEpsilon(Base):
    def normalized(self, x, mean, variance):
        return self.gamma * (x - mean) / (tf.sqrt(variance) + self.epsilon) + self.beta


@wrong(LAYER, "epsilon-outside-sqrt")
class PowerPlusEpsilon(Base):
    def normalized(self, x, mean, variance):
        spread = tf.pow(variance, 0.5)
        return tf.divide(x - mean, tf.add(spread, self.epsilon)) * self.gamma + self.beta


@wrong(LAYER, "epsilon-ignored")
class AlwaysTheDefault(Base):
    def normalized(self, x, mean, variance):
        return self.gamma * (x - mean) / tf.sqrt(variance + 1e-3) + self.beta


@wrong(LAYER, "epsilon-ignored")
class NoEpsilon(Base):
    def normalized(self, x, mean, variance):
        return self.gamma * (x - mean) / tf.sqrt(variance) + self.beta


@wrong(LAYER, "epsilon-ignored")
class EpsilonNeverKept(Base):
    def __init__(self, momentum=0.99, epsilon=1e-3):
        super().__init__(momentum)
        self.epsilon = 0.02


@wrong(LAYER, "missing-gamma")
class NoScale(Base):
    def normalized(self, x, mean, variance):
        return (x - mean) / tf.sqrt(variance + self.epsilon) + self.beta


@wrong(LAYER, "missing-gamma")
class ScaleIsNotPassedOn(Base):
    def normalized(self, x, mean, variance):
        return tf.nn.batch_normalization(x, mean, variance, self.beta, None, self.epsilon)


@wrong(LAYER, "missing-beta")
class NoShift(Base):
    def normalized(self, x, mean, variance):
        return self.gamma * (x - mean) / tf.sqrt(variance + self.epsilon)


@wrong(LAYER, "missing-beta")
class ShiftIsTakenAwayAgain(WholeLayer):
    def call(self, x, training=None):
        return super().call(x, training=training) - self.beta[0]


@wrong(LAYER, "gamma-beta-swapped")
class Swapped(Base):
    def normalized(self, x, mean, variance):
        return self.beta * (x - mean) / tf.sqrt(variance + self.epsilon) + self.gamma


@wrong(LAYER, "gamma-beta-swapped")
class SwappedArguments(Base):
    def normalized(self, x, mean, variance):
        return tf.nn.batch_normalization(x, mean, variance, self.gamma, self.beta, self.epsilon)


@wrong(LAYER, "detached-statistics")
class StopsBoth(Base):
    def moments(self, x):
        return map(tf.stop_gradient, super().moments(x))


@wrong(LAYER, "detached-statistics")
class WithNumpy(Base):
    def moments(self, x):
        rows = x.numpy().reshape(-1, x.shape[-1])
        return rows.mean(axis=0), rows.var(axis=0)


@wrong(LAYER, "detached-variance")
class StopsTheVariance(Base):
    def moments(self, x):
        mean, variance = super().moments(x)
        return mean, tf.stop_gradient(variance)


@wrong(LAYER, "detached-variance")
class NumpysVariance(Base):
    def moments(self, x):
        axes = tuple(range(len(x.shape) - 1))
        return tf.reduce_mean(x, axis=axes), tf.constant(np.var(x.numpy(), axis=axes))


@wrong(LAYER, "detached-mean")
class StopsTheMean(Base):
    def moments(self, x):
        mean, variance = super().moments(x)
        return tf.stop_gradient(mean), variance


@wrong(LAYER, "detached-mean")
class NumpysMean(Base):
    def moments(self, x):
        axes = tuple(range(len(x.shape) - 1))
        return tf.constant(np.mean(x.numpy(), axis=axes)), tf.math.reduce_variance(x, axis=axes)


@wrong(LAYER, "missing-beta")
class NoShiftAndAlwaysNinety(NoShift):
    def remember(self, mean, variance):
        self.momentum = 0.9
        super().remember(mean, variance)
