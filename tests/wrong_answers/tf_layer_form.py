"""Answers to `tf_layer` that are no layer of this kind at all."""

import numpy as np

from helpers.tf.quiet import tf
from tests.wrong_answers.registry import wrong
from tests.wrong_answers.tf_layer_correct import Base

LAYER = "tf_layer"


@wrong(LAYER, "weights-missing")
class WithoutShift(Base):
    def build(self, shape):
        super().build(shape)
        self.shift = self.beta
        del self.beta

    def normalized(self, x, mean, variance):
        return self.gamma * (x - mean) / tf.sqrt(variance + self.epsilon) + self.shift


@wrong(LAYER, "weights-missing")
class NumbersInsteadOfWeights(Base):
    def build(self, shape):
        super().build(shape)
        self.moving_mean, self.moving_variance = np.zeros(shape[-1], np.float32), np.ones(shape[-1], np.float32)

    def remember(self, mean, variance):
        self.moving_mean = self.momentum * self.moving_mean + (1 - self.momentum) * mean.numpy()
        self.moving_variance = self.momentum * self.moving_variance + (1 - self.momentum) * variance.numpy()


@wrong(LAYER, "not-finite")
class LogarithmOfTheSpread(Base):
    def normalized(self, x, mean, variance):
        return self.gamma * (x - mean) / tf.sqrt(tf.math.log(variance)) + self.beta


@wrong(LAYER, "not-finite")
class DividesByNothing(Base):
    def normalized(self, x, mean, variance):
        return self.gamma * (x - mean) / (0 * variance) + self.beta


@wrong(LAYER, "wrong-values")
class ScaledTwice(Base):
    def normalized(self, x, mean, variance):
        return self.gamma * super().normalized(x, mean, variance)


@wrong(LAYER, "wrong-values")
class WithAnActivation(Base):
    def call(self, x, training=False):
        return tf.nn.relu(super().call(x, training=training))


@wrong(LAYER, "wrong-shape")
class ReturnsNothing(Base):
    def call(self, x, training=False):
        super().call(x, training=training)


@wrong(LAYER, "wrong-shape")
class ReturnsTheMean(Base):
    def call(self, x, training=False):
        return self.moments(super().call(x, training=training))[0]


@wrong(LAYER, "wrong-shape")
def makes_no_layer(momentum, epsilon):
    return lambda x, training: (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon)


@wrong(LAYER, "raises")
class NoSuchArgument(Base):
    def __init__(self, momentum=0.99):
        super().__init__(momentum)


@wrong(LAYER, "raises")
class AFlagThatNobodyPasses(Base):
    def call(self, x, training, mode):
        return super().call(x, training=training)


@wrong(LAYER, "not-attempted")
class Stub(Base):
    def call(self, x, training=False):
        raise NotImplementedError()


@wrong(LAYER, "not-attempted")
class StubOfAPart(Base):
    def moments(self, x):
        raise NotImplementedError("later")
